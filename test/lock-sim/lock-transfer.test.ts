// Transfers that go wrong in every order: offers upon offers, commits in flight, chunks that are not what was signed.
import { describe, expect, it } from 'vitest';
import { countBits } from '#protocol/bitmap.ts';
import { OPEN_CHUNKS_MAX, SEALED_CHUNK_BYTES } from '#protocol/limits.ts';
import { TYPICAL_TIMING } from '#lock-sim/flash/nor-flash.ts';
import { LOCK_STATUS } from '#protocol/sync/gatt.ts';
import { aSignedSet, reSigned } from '#test/builders/signed-set.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench, eventsOf } from './lock-bench.ts';

const one = aSignedSet({ tableVersion: 1, rows: 3 });
const big = aSignedSet({ tableVersion: 2, rows: 600 });
const three = aSignedSet({ tableVersion: 3, rows: 4 });

describe('an offer made while flash is busy', () => {
  it('of the same set goes on with the chunks that are waiting to be programmed', async () => {
    const bench = await aBench({ timing: TYPICAL_TIMING });
    const courier = HandCourier.greeted(bench);
    courier.offer(big);
    courier.chunk(0);
    courier.chunk(1);
    courier.offer(big, { offerId: 2 });
    for (let chunk = 2; chunk < big.chunks.length; chunk++) {
      courier.chunk(chunk);
      bench.clock.advance(500);
    }
    expect(courier.receipts).toMatchObject([{ triple: big.triple }]);
  });

  it('with another frame size keeps what is whole and asks for the rest anew', async () => {
    const bench = await aBench({ timing: TYPICAL_TIMING });
    const courier = HandCourier.greeted(bench);
    courier.offer(big);
    courier.chunk(0);
    courier.frame(18);
    courier.offer(big, { offerId: 2, frameBytes: 100 });
    expect(courier.progress?.open.map(({ index }) => index)).toEqual([0]);
    for (let chunk = 1; chunk < big.chunks.length; chunk++) {
      courier.chunk(chunk);
      bench.clock.advance(500);
    }
    expect(courier.receipts).toMatchObject([{ triple: big.triple }]);
  });

  it('of a higher set drops the programs of the old one, and nothing of it is ever in force', async () => {
    const bench = await aBench({ timing: TYPICAL_TIMING });
    const courier = HandCourier.greeted(bench);
    courier.offer(big);
    for (let chunk = 0; chunk < 5; chunk++) courier.chunk(chunk);
    const receipt = courier.deliver(three, 2);
    expect(receipt?.triple).toEqual(three.triple);
    expect(bench.lock.report().version).toBe('1.1.3');
    expect(bench.lock.press(three.codes[3]!)?.outcome).toBe('open');
    expect(bench.lock.press(big.codes[599]!)?.outcome).toBe('refused');
  });

  it('of a higher set while a commit waits for the flash unmakes the commit', async () => {
    const bench = await aBench({ timing: TYPICAL_TIMING });
    const courier = HandCourier.greeted(bench);
    courier.offer(one);
    courier.chunk(0);
    courier.chunk(1);
    while (bench.lock.firmware?.conversation.sync.transfer?.have[0] !== 3) bench.clock.step();
    courier.offer(three, { offerId: 2 });
    bench.clock.advance(500);
    expect(bench.lock.report()).toMatchObject({ tableState: 'none', staging: { version: '1.1.3' } });
    expect(courier.deliver(three, 3)?.triple).toEqual(three.triple);
  });

  it('of a higher set while a commit takes its time is not lost with it', async () => {
    const bench = await aBench({ timing: TYPICAL_TIMING });
    const first = HandCourier.greeted(bench);
    first.offer(one);
    first.chunk(0);
    first.chunk(1);
    while (bench.lock.report().tableState !== 'active') bench.clock.step();
    first.offer(three, { offerId: 2 });
    bench.clock.advance(500);
    expect(first.receipts).toEqual([]);
    expect(first.status.transfer?.offerId).toBe(2);
    first.chunk(0);
    first.chunk(1);
    bench.clock.advance(1_000);
    expect(first.receipts).toMatchObject([{ triple: three.triple }]);
  });

  it('of the set just committed gets a receipt above every receipt before', async () => {
    const bench = await aBench({ timing: TYPICAL_TIMING });
    const courier = HandCourier.greeted(bench);
    courier.deliver(one);
    courier.offer(three, { offerId: 2 });
    courier.chunk(0);
    courier.chunk(1);
    while (bench.lock.report().version !== '1.1.3') bench.clock.step();
    courier.offer(three, { offerId: 3 });
    const [old, now] = courier.receipts;
    expect(now).toMatchObject({ triple: three.triple, bootCount: old!.bootCount });
    expect(now!.logSequence).toBeGreaterThan(old!.logSequence);
  });

  it('of a lower set waits while the higher one moves, and is taken once it has stood still', async () => {
    const bench = await aBench();
    const courier = HandCourier.greeted(bench);
    courier.offer(three);
    courier.offer(big, { offerId: 2 });
    expect(courier.refusals).toEqual(['STAGE_BUSY']);
    courier.leave();
    bench.clock.advance(30_000);
    expect(HandCourier.greeted(bench).deliver(big)?.triple).toEqual(big.triple);
  });

  it('of a lower set is not held up by one who offers the higher one again and again and sends nothing', async () => {
    const bench = await aBench();
    HandCourier.greeted(bench).offer(three);
    bench.clock.advance(9_000);
    for (let again = 0; again < 3; again++) {
      HandCourier.greeted(bench).offer(three, { offerId: 2 + again });
      bench.clock.advance(9_000);
    }
    expect(HandCourier.greeted(bench).deliver(big)?.triple).toEqual(big.triple);
  });
});

describe('a courier that goes away', () => {
  it('after the last frame finds its receipt at the next offer, and nobody else is sent it', async () => {
    const bench = await aBench({ timing: TYPICAL_TIMING });
    const first = HandCourier.greeted(bench);
    first.offer(one);
    first.chunk(0);
    first.chunk(1);
    first.leave();
    const second = HandCourier.greeted(bench);
    bench.clock.advance(1_000);
    expect(bench.lock.report().version).toBe('1.1.1');
    expect([...first.receipts, ...second.receipts, ...second.acks]).toEqual([]);
    expect(second.deliver(one)).toMatchObject({
      triple: one.triple,
      courierNonce: new Uint8Array(16).fill(2),
    });
    expect(eventsOf(bench, 'tableCommitted')).toHaveLength(1);
  });

  it('leaves frames that only its own next offer goes on with', async () => {
    const bench = await aBench();
    const first = HandCourier.greeted(bench);
    first.offer(big);
    for (let number = 0; number < 10; number++) first.frame(number);
    first.leave();
    const second = HandCourier.greeted(bench);
    second.link.write('d00b1ab0000540008000a1b2c3d4e5f6', Uint8Array.of(1, 0, 10, ...new Uint8Array(241)));
    expect(countBits(second.status.transfer!.progress.open[0]!.frames)).toBe(10);
    second.offer(big);
    expect(countBits(second.progress!.open[0]!.frames)).toBe(10);
    expect(second.deliver(big, 2)?.triple).toEqual(big.triple);
  });
});

describe('a set that is not what was signed', () => {
  it('does no harm to the courier that inherits its frames', async () => {
    const bench = await aBench();
    const forger = HandCourier.greeted(bench);
    forger.offer(big);
    forger.frame(3, (payload) => payload.map((byte) => byte ^ 1));
    forger.leave();
    const honest = HandCourier.greeted(bench);
    honest.offer(big);
    for (let number = 0; number < 17; number++) if (number !== 3) honest.frame(number);
    expect(honest.refusals).toEqual([]);
    expect(honest.acks.at(-1)?.next).toBe(0);
    expect(honest.deliver(big, 2)?.triple).toEqual(big.triple);
  });

  it('is refused by the chunk, and an honest offer on the same connection goes on from the chunks in flash', async () => {
    const bench = await aBench();
    const courier = HandCourier.greeted(bench);
    courier.offer(big);
    courier.chunk(0);
    bench.clock.advance(1);
    for (let n = 17; n < 34; n++)
      courier.frame(n, (p) => p.map((byte, i) => (n === 20 && i === 0 ? byte ^ 1 : byte)));
    expect(courier.refusals).toEqual(['BAD_CHUNK']);
    const operations = bench.lock.flashOperations;
    courier.chunk(1);
    bench.clock.advance(1);
    expect(bench.lock.flashOperations).toBe(operations);
    expect(courier.deliver(big, 2)?.triple).toEqual(big.triple);
  });

  it('whose table does not check out is refused at each offer, writes no more, and gives way to a lower version', async () => {
    const bench = await aBench();
    const courier = HandCourier.greeted(bench);
    courier.deliver(one);
    const manifestBytes = reSigned(three, { tableBytes: three.manifest.tableBytes + 1 });
    const broken = { ...three, manifestBytes };
    courier.deliver(broken, 2);
    expect(courier.refusals).toEqual(['TABLE_MISMATCH']);
    const operations = bench.lock.flashOperations;
    const sequence = bench.lock.report().events;
    for (let offer = 3; offer < 103; offer++) courier.deliver(broken, offer);
    expect(courier.refusals).toHaveLength(101);
    expect(bench.lock.flashOperations).toBe(operations);
    expect(bench.lock.report()).toMatchObject({ version: '1.1.1', events: sequence });
    bench.lock.cutPower();
    bench.lock.restorePower();
    const later = HandCourier.greeted(bench);
    later.deliver(broken);
    expect(later.refusals).toEqual(['TABLE_MISMATCH']);
    expect(later.deliver(big, 2)?.triple).toEqual(big.triple);
  });

  it('that was sealed to another lock is refused before anything is erased', async () => {
    const bench = await aBench();
    const courier = HandCourier.greeted(bench);
    const operations = bench.lock.flashOperations;
    const over = { ephemeralKey: big.manifest.ephemeralKey };
    courier.offer({ ...three, manifestBytes: reSigned(three, over) });
    courier.chunk(0);
    bench.clock.advance(1);
    expect(courier.refusals).toEqual(['BAD_SEAL']);
    expect(bench.lock.flashOperations).toBe(operations);
  });

  it('whose key gives no secret is refused, and the lock goes on', async () => {
    const bench = await aBench();
    const courier = HandCourier.greeted(bench);
    courier.offer({ ...three, manifestBytes: reSigned(three, { ephemeralKey: new Uint8Array(32) }) });
    expect(courier.refusals).toEqual(['BAD_SEAL']);
    bench.clock.advance(1);
    expect(HandCourier.greeted(bench).deliver(three)?.triple).toEqual(three.triple);
  });
});

describe('the memory and the words of a transfer', () => {
  it('stay within five open chunks and 244 bytes of lock-status, on the smallest MTU and the largest set', async () => {
    const bench = await aBench({ capacityChunks: 112, timing: TYPICAL_TIMING });
    const whole = aSignedSet({ tableVersion: 1, rows: 111 * 127 });
    expect(whole.chunks).toHaveLength(112);
    const courier = HandCourier.greeted(bench, { mtu: 23 });
    courier.offer(whole);
    const perChunk = 241;
    for (let n = 0; n < 7 * perChunk; n++) if (n % perChunk !== 5) courier.frame(n);
    const open = bench.lock.firmware!.conversation.sync.transfer!.open;
    expect(open).toHaveLength(OPEN_CHUNKS_MAX);
    expect(open.reduce((sum, { buffer }) => sum + buffer.length, 0)).toBe(
      OPEN_CHUNKS_MAX * SEALED_CHUNK_BYTES,
    );
    const status = courier.link.read(LOCK_STATUS);
    expect(status).toHaveLength(206);
    expect(courier.progress?.chunkCount).toBe(112);
  });
});
