// An app unlock whatever the air does to it: it ends, with what happened; the lock opens at most once a command that was
// said; and the very next phone is served.
import { expect, it } from 'vitest';
import { portableEngine } from '#protocol/crypto/portable-engine.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { commandLock } from '#gateway/courier/app-unlock.ts';
import { deliver } from '#gateway/courier/delivery.ts';
import type { Faults } from '#radio/air/faults.ts';
import { openMemoryRadio } from '#radio/memory/memory-radio.ts';
import { PairedPeripheral } from '#radio/paired/paired-peripheral.ts';
import type { ConnectOptions } from '#radio/ports/central.ts';
import { aLock } from '../builders/lock.ts';
import { aRunningLock } from '../builders/running-lock.ts';
import { SEED } from '../builders/seeded-property.ts';
import { aSignedSet } from '../builders/signed-set.ts';
import { anAppRow, phoneSecret } from '../lock-sim/hand-phone.ts';
import { settle } from './settle.ts';

const built = aLock();
const ROUNDS = 12;

/** A lock in two airs at once: a good one, over which it got its table, and one with faults. */
async function aDoor(faults: Faults) {
  const clock = new VirtualClock();
  const link = { intervalMs: 30 };
  const good = openMemoryRadio({ clock, link });
  const bad = openMemoryRadio({ clock, link, faults });
  const [near, far] = [await good.peripheral(), await bad.peripheral()];
  const peripheral = new PairedPeripheral(near, far);
  const { lock } = await settle(clock, aRunningLock({ peripheral, clock, lock: built }));
  const random = seededRandom(faults.seed);
  const set = aSignedSet({ lock: built, rows: [anAppRow(built, 'own', 1)] });
  const [nearCentral, farCentral] = [await good.central(), await bad.central()];
  const { advertisingKey } = built.secrets;
  const synced = await settle(
    clock,
    deliver(
      { engine: nodeEngine, clock, random },
      { lockId: built.lockId, advertisingKey, cloudNonce: random.bytes(16), package: set },
      {
        connect: (options) => nearCentral.connect(near.peripheralId, options),
        keySetsAfter: () => Promise.resolve([]),
      },
    ),
  );
  expect(synced.result).toBe('applied');
  const job = {
    engine: portableEngine,
    lockId: built.lockId,
    ownershipEpoch: 1,
    channelKey: built.channelKey,
    phoneSecret: phoneSecret('own'),
  };
  const { signal } = new AbortController();
  const unlock = (connect: (options: ConnectOptions) => ReturnType<typeof nearCentral.connect>) =>
    settle(clock, commandLock(job, 'unlock', { clock, random, signal, connect }));
  return {
    openings: () => [...lock.firmware!.storage.events.read(1)].filter(({ type }) => type === 'opened').length,
    unlockWell: () => unlock((options) => nearCentral.connect(near.peripheralId, options)),
    unlock: () => unlock((options) => farCentral.connect(far.peripheralId, options)),
  };
}

it.each<[string, Omit<Faults, 'seed'>]>([
  ['one packet in ten lost', { packetLoss: 0.1 }],
  ['a third of the values doubled', { pduDuplicate: 0.33 }],
  ['the link lost somewhere', { loseLinkAtPdu: [1, 24] }],
  ['the peer’s host dead from somewhere on', { silentFromPdu: [1, 24] }],
  ['a peer that is slow', { slowPeerMs: 400 }],
  ['the smallest MTU', { attMtuMax: 23 }],
  ['four pairs an event and short packets', { noDataLength: true, pairsPerEventMax: 4 }],
  [
    'all of it',
    { packetLoss: 0.05, pduDuplicate: 0.1, loseLinkAtPdu: [5, 60], attMtuMax: 23, delayMsMax: 5 },
  ],
])('with %s', async (_name, faults) => {
  for (let round = 0; round < ROUNDS; round++) {
    const seed = `${SEED}.${round}`;
    const door = await aDoor({ ...faults, seed });
    const outcome = await door.unlock();
    const openings = door.openings();
    const where = `DOORLAB_SEED=${SEED}, round ${round}: ${outcome.result}`;
    if (outcome.result === 'answered') expect([outcome.answer.outcome, openings], where).toEqual(['done', 1]);
    else expect(openings, where).toBeLessThanOrEqual(1);
    expect(outcome.result === 'refused' && outcome.error.code === 'HANDSHAKE_FAILED', where).toBe(false);
    expect(await door.unlockWell(), where).toMatchObject({ result: 'answered', answer: { outcome: 'done' } });
  }
});
