// Sealed batches of a lock's log: what is taken once, what is refused, and what is an alarm.
import { expect, test } from 'vitest';
import { decodeHex, encodeHex } from '#protocol/bytes.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { nextChain } from '#protocol/log/row.ts';
import { signerOf } from '#protocol/signed/cose.ts';
import { verifyLogAck } from '#protocol/signed/log-ack.ts';
import { aCloud, type Client } from './cloud-fixture.ts';
import { aHouse } from './house.ts';
import { activate, type PaperLock } from './paper-lock.ts';
import { PaperLog, postLog } from './paper-log.ts';

async function aLoggingDoor() {
  const cloud = await aCloud();
  const house = await aHouse(cloud.manager);
  const doorId = house.door('4B');
  const lock = await activate(cloud.manager, doorId);
  const log = new PaperLog(lock, Math.floor(cloud.clock.nowMs() / 1000) - 3_600);
  return { cloud, manager: cloud.manager, house, doorId, lock, log };
}

const ackIn = (lock: PaperLock, ack: string | null) =>
  verifyLogAck(nodeEngine, decodeHex(ack!)!, lock.lockId, lock.keySet!.timeKey);

const refusal = async (client: Client, doorId: string, batch: string) =>
  (await client.refused('postLogBatch', { params: { doorId }, body: { batch } })).code;

const rowsHeld = async (client: Client, doorId: string): Promise<number> => {
  const { items } = await client.call('activity', { query: { doorId, limit: '200' } });
  expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
  return items.length;
};

const alarmsAt = async (client: Client, doorId: string) =>
  (await client.call('alarms', { query: { doorId } })).items.map(({ kind }) => kind);

test('a batch is stored once and acknowledged, and the same again gets the same word', async () => {
  const { manager, doorId, lock, log } = await aLoggingDoor();
  for (let n = 0; n < 3; n++) log.write({ type: 'doorForced' });
  const batch = log.batch();
  const first = await postLog(manager, doorId, batch);
  expect(first.next).toBe(4);
  expect(ackIn(lock, first.ack)).toMatchObject({ upToSequence: 3, chain: log.rows[2]!.chain });
  const again = await postLog(manager, doorId, batch);
  expect(ackIn(lock, again.ack)).toEqual(ackIn(lock, first.ack));
  expect(await rowsHeld(manager, doorId)).toBe(3);
  log.write({ type: 'doorForced' });
  const more = await postLog(manager, doorId, log.batch());
  expect(ackIn(lock, more.ack).upToSequence).toBe(4);
  expect(await rowsHeld(manager, doorId)).toBe(4);
});

test('a log that is empty has nothing to acknowledge', async () => {
  const { manager, doorId, log } = await aLoggingDoor();
  expect(await postLog(manager, doorId, log.batch())).toEqual({ ack: null, next: 1 });
});

test('a batch that comes too early is asked for from where the log is held, and then fits', async () => {
  const { manager, doorId, lock, log } = await aLoggingDoor();
  for (let n = 0; n < 9; n++) log.write({ type: 'doorForced' });
  await postLog(manager, doorId, log.batch({ to: 3 }));
  const early = await postLog(manager, doorId, log.batch({ from: 7 }));
  expect(early.next).toBe(4);
  expect(ackIn(lock, early.ack).upToSequence).toBe(3);
  await postLog(manager, doorId, log.batch({ from: 4, to: 6 }));
  expect((await postLog(manager, doorId, log.batch({ from: 7 }))).next).toBe(10);
  // A late copy of an early one moves nothing back.
  expect((await postLog(manager, doorId, log.batch({ to: 2 }))).next).toBe(10);
  expect(await rowsHeld(manager, doorId)).toBe(9);
});

test('a batch that is forged, of another lock, altered, cut short or too large changes nothing', async () => {
  const { manager, house, doorId, log } = await aLoggingDoor();
  const other = await activate(manager, house.door('Entrance'));
  const otherLog = new PaperLog(other, log.nowS);
  otherLog.write({ type: 'doorForced' });
  log.write({ type: 'doorForced' });
  const good = log.batch();
  const flipped = [40, 200, good.length / 2 - 70].map((at) => {
    const bytes = decodeHex(good)!;
    bytes[at]! ^= 1;
    return encodeHex(bytes);
  });
  const forger = signerOf(nodeEngine, systemRandom.bytes(32));
  for (const batch of [
    log.batch({ signer: forger }),
    otherLog.batch(),
    ...flipped,
    good.slice(2),
    good.slice(0, -2),
    `${good}00`,
    '00',
  ]) {
    expect(await refusal(manager, doorId, batch)).toBe('LOG_BATCH_INVALID');
  }
  for (const batch of ['', 'zz', '00'.repeat(4_097), 7, null]) {
    expect(await refusal(manager, doorId, batch as string)).toBe('INPUT_INVALID');
  }
  expect(await rowsHeld(manager, doorId)).toBe(0);
  expect((await postLog(manager, doorId, good)).next).toBe(2);
});

test('a batch sealed to a key that is not here is refused, and the lock keeps its rows', async () => {
  const { manager, doorId, lock, log } = await aLoggingDoor();
  log.write({ type: 'doorForced' });
  expect(await refusal(manager, doorId, log.batch({ keySetNumber: 2 }))).toBe('LOG_BATCH_UNREADABLE');
  const foreign = nodeEngine.x25519PublicKey(systemRandom.bytes(32));
  expect(await refusal(manager, doorId, log.batch({ logKey: foreign }))).toBe('LOG_BATCH_INVALID');
  expect(ackIn(lock, (await postLog(manager, doorId, log.batch())).ack).upToSequence).toBe(1);
});

test('another history than the one that is held is an alarm, and nothing of it is taken', async () => {
  const { manager, doorId, lock, log } = await aLoggingDoor();
  for (let n = 0; n < 4; n++) log.write({ type: 'doorForced' });
  await postLog(manager, doorId, log.batch());
  const retold = new PaperLog(lock, log.nowS);
  for (let n = 0; n < 6; n++) retold.write({ type: 'tampered' });
  expect(await refusal(manager, doorId, retold.batch())).toBe('LOG_CONTRADICTS');
  expect(await refusal(manager, doorId, retold.batch())).toBe('LOG_CONTRADICTS');
  expect(await alarmsAt(manager, doorId)).toEqual(['log-contradicts']);
  const { items } = await manager.call('activity', { query: { doorId } });
  expect(items.map(({ type }) => type)).toEqual(Array(4).fill('doorForced'));
});

test('a row that was changed after it was told of is another history', async () => {
  const { manager, doorId, log } = await aLoggingDoor();
  for (let n = 0; n < 3; n++) log.write({ type: 'doorForced' });
  await postLog(manager, doorId, log.batch());
  log.write({ type: 'doorForced' });
  const [last] = log.rows.splice(3);
  const chain = nextChain(nodeEngine, new Uint8Array(32), 4, last!);
  log.rows.push({ ...last!, chain });
  expect(await refusal(manager, doorId, log.batch({ from: 4 }))).toBe('LOG_CONTRADICTS');
});

test('rows that are missing are shown, and are an alarm only once the log is there and no row explains them', async () => {
  const { manager, doorId, log } = await aLoggingDoor();
  for (let n = 0; n < 2; n++) log.write({ type: 'doorForced' });
  log.skip(3);
  for (let n = 0; n < 5; n++) log.write({ type: 'doorForced' });
  await postLog(manager, doorId, log.batch({ to: 7 }));
  expect(await alarmsAt(manager, doorId)).toEqual([]);
  const gapOf = async () =>
    (await manager.call('activity', { query: { doorId } })).items.find(({ gapBefore }) => gapBefore)
      ?.gapBefore;
  expect(await gapOf()).toEqual({ rows: 3, explained: false });
  await postLog(manager, doorId, log.batch());
  expect(await alarmsAt(manager, doorId)).toEqual(['log-lost']);
  log.write({ type: 'gap', from: 3, to: 5, reasons: 1 });
  await postLog(manager, doorId, log.batch());
  expect(await alarmsAt(manager, doorId)).toEqual([]);
  expect(await gapOf()).toEqual({ rows: 3, explained: true });
});

test('a lock that owns up to what it lost in time raises no alarm', async () => {
  const { manager, doorId, log } = await aLoggingDoor();
  for (let n = 0; n < 5; n++) log.write({ type: 'doorForced' });
  await postLog(manager, doorId, log.batch());
  for (let n = 0; n < 5; n++) log.write({ type: 'doorForced' });
  log.write({ type: 'gap', from: 6, to: 8, reasons: 1 });
  log.lose(1, 8);
  await postLog(manager, doorId, log.batch({ from: 6 }));
  expect(await alarmsAt(manager, doorId)).toEqual([]);
});

test('hundreds of rows in batches of any size are all there once, whatever the order of posting', async () => {
  const { manager, doorId, log } = await aLoggingDoor();
  for (let n = 0; n < 180; n++) log.write({ type: 'doorForced' });
  let from = 1;
  while (from <= 180) {
    const batch = log.batch({ from, to: from + 44 });
    await Promise.all([postLog(manager, doorId, batch), postLog(manager, doorId, batch)]);
    from = (await postLog(manager, doorId, batch)).next;
  }
  expect(await rowsHeld(manager, doorId)).toBe(180);
});

test('a row of a type that came later than this cloud is kept and told of as such', async () => {
  const { manager, house, log: _log } = await aLoggingDoor();
  const doorId = house.door('Entrance');
  const lock = await activate(manager, doorId);
  const log = new PaperLog(lock, _log.nowS);
  log.writeRaw(200, Uint8Array.of(1, 2, 3));
  await postLog(manager, doorId, log.batch());
  const { items } = await manager.call('activity', { query: { doorId } });
  expect(items.map(({ type, sentence }) => [type, sentence])).toEqual([
    [null, 'Event of type 200, which this version cannot read.'],
  ]);
});
