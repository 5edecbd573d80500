// Deliveries over the in-memory radio to the model lock, in virtual time.
import { expect, test } from 'vitest';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { verifyReceipt } from '#protocol/signed/receipt.ts';
import {
  CONNECT_DEADLINE_MS,
  FRUITLESS_CONNECTIONS_MAX,
  UNMET_CONNECTIONS_MAX,
} from '#gateway/courier/courier-limits.ts';
import { deliver, type DeliveryOptions, type DeliveryOutcome } from '#gateway/courier/delivery.ts';
import { openMemoryRadio, type MemoryRadio, type MemoryRadioOptions } from '#radio/memory/memory-radio.ts';
import type { AddressedPeripheral } from '#radio/memory/memory-radio.ts';
import type { Central } from '#radio/ports/central.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import { aLock } from '#test/builders/lock.ts';
import { aSignedSet, type BuiltSet } from '#test/builders/signed-set.ts';
import { ModelLock, type Faults } from './model-lock.ts';
import { putOnAir } from './model-peripheral.ts';
import { settle } from './settle.ts';

interface Scene {
  readonly clock: VirtualClock;
  readonly radio: MemoryRadio;
  readonly central: Central;
  readonly peripheral: AddressedPeripheral;
  readonly lock: ModelLock;
  deliver(set: BuiltSet, options?: Partial<DeliveryOptions>): Promise<DeliveryOutcome>;
}

async function aScene(faults: Faults = {}, radioOptions: Partial<MemoryRadioOptions> = {}): Promise<Scene> {
  const clock = new VirtualClock();
  const radio = openMemoryRadio({ clock, link: { intervalMs: 30 }, ...radioOptions });
  const [central, peripheral] = [await radio.central(), await radio.peripheral()];
  const lock = new ModelLock(aLock(), faults);
  await putOnAir(peripheral, lock);
  const ports = { engine: nodeEngine, clock, random: seededRandom(1) };
  return {
    clock,
    radio,
    central,
    peripheral,
    lock,
    deliver: (set, options = {}) =>
      settle(
        clock,
        deliver(
          ports,
          {
            lockId: lock.built.lockId,
            advertisingKey: lock.built.secrets.advertisingKey,
            cloudNonce: new Uint8Array(16).fill(7),
            package: set,
          },
          {
            connect: (how) => central.connect(peripheral.peripheralId, how),
            keySetsAfter: async () => [],
            ...options,
          },
        ),
      ),
  };
}

test('a lock without a table gets the set, and its receipt comes back', async () => {
  const { deliver, lock } = await aScene();
  const set = aSignedSet({ rows: 600 });
  const seen: number[] = [];
  const outcome = await deliver(set, { onProgress: ({ bytes }) => seen.push(bytes) });
  expect(outcome.result).toBe('applied');
  expect(lock.active?.triple).toEqual(set.triple);
  if (outcome.result !== 'applied') return;
  const receipt = verifyReceipt(
    nodeEngine,
    outcome.receiptBytes,
    lock.built.lockId,
    lock.built.identity.publicKey,
  );
  expect([...receipt.cloudNonce]).toEqual(Array.from({ length: 16 }, () => 7));
  expect(outcome.framesSent).toBe(lock.framesHeard);
  expect(outcome.connections).toBe(1);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(lock.misbehaviour.outOfBounds).toEqual([]);
});

test('a lock that has the set already signs for it at once', async () => {
  const { deliver, lock } = await aScene();
  const set = aSignedSet({ rows: 600 });
  await deliver(set);
  const framesBefore = lock.framesHeard;
  const outcome = await deliver(set);
  expect(outcome).toMatchObject({ result: 'already-current', framesSent: 0, connections: 1 });
  expect(lock.framesHeard).toBe(framesBefore);
});

test('a link that drops again and again is met again, and no frame goes twice to a lock that has it', async () => {
  const { deliver, lock } = await aScene({}, { faults: { seed: 7, loseLinkAtPdu: [50, 90] } });
  const outcome = await deliver(aSignedSet({ rows: 1400 }));
  expect(outcome.result).toBe('applied');
  expect(outcome.connections).toBeGreaterThan(FRUITLESS_CONNECTIONS_MAX);
  expect(lock.misbehaviour.duplicates).toBe(0);
});

test('a lock that restarts in the middle is met again and goes on by its whole chunks', async () => {
  const scene = await aScene();
  let restarted = false;
  const outcome = await scene.deliver(aSignedSet({ rows: 1400 }), {
    onProgress: ({ chunk }) => {
      if (chunk < 5 || restarted) return;
      restarted = true;
      scene.lock.reboot();
      scene.radio.dropLink(scene.peripheral.peripheralId);
    },
  });
  expect(outcome).toMatchObject({ result: 'applied', connections: 2 });
  expect(scene.lock.framesHeard).toBeLessThan(13 * 17 + 5 * 17);
});

test('a link that the lock ends is noticed at once, not by the silence that follows', async () => {
  const scene = await aScene();
  const { clock, peripheral, central } = scene;
  let endedMs: number | undefined;
  const meetingsMs: number[] = [];
  await scene.deliver(aSignedSet({ rows: 1400 }), {
    connect: (how) => {
      meetingsMs.push(clock.monotonicMs());
      return central.connect(peripheral.peripheralId, how);
    },
    onProgress: ({ chunk }) => {
      if (chunk < 3 || endedMs !== undefined) return;
      endedMs = clock.monotonicMs();
      void peripheral.close();
    },
  });
  expect(meetingsMs[1]! - endedMs!).toBeLessThan(1_000);
});

test('a lock far behind in key sets takes sixteen a connection', async () => {
  const { deliver, lock } = await aScene();
  const all = Array.from({ length: 20 }, (_, i) => aKeySet({ number: i + 1 }));
  const asked: number[] = [];
  const outcome = await deliver(aSignedSet({ keySet: all[19]! }), {
    keySetsAfter: async (number) => {
      asked.push(number);
      return all.slice(number, number + 16).map(({ bytes }) => bytes);
    },
  });
  expect(outcome).toMatchObject({ result: 'applied', connections: 2 });
  expect(asked).toEqual([1, 17]);
  expect(lock.keySetNumber).toBe(20);
});

test('handles are learned once; kept ones of another layout are dropped and discovered anew', async () => {
  const scene = await aScene();
  const first = await scene.deliver(aSignedSet({ tableVersion: 1 }));
  expect(first.handles?.gattVersion).toBe(1);
  const second = await scene.deliver(aSignedSet({ tableVersion: 2 }), { handles: first.handles });
  expect(second).toMatchObject({ result: 'applied', connections: 1 });
  scene.lock.gattVersion = 2;
  const third = await scene.deliver(aSignedSet({ tableVersion: 3 }), { handles: first.handles });
  expect(third).toMatchObject({ result: 'applied', connections: 2, handles: { gattVersion: 2 } });
});

test('a refusal of the lock ends it at once, with its code and what to do', async () => {
  const { deliver } = await aScene({ refuseOffers: 'CAPACITY' });
  const outcome = await deliver(aSignedSet());
  expect(outcome).toMatchObject({ result: 'refused', connections: 1, error: { code: 'CAPACITY' } });
  expect(outcome.result === 'refused' && outcome.error.next).toContain('larger capacity');
});

/** A lock met before with one read of its status, by whose kept handles the next set goes out. */
async function aSecondMeeting(shown: number[], shift = 0) {
  const { deliver, lock } = await aScene();
  const { handles } = await deliver(aSignedSet());
  const moved = <T extends { readonly valueHandle: number }>(one: T): T => ({
    ...one,
    valueHandle: one.valueHandle + shift,
  });
  const services = handles!.gattTable.services.map(({ characteristics, ...service }) => ({
    ...service,
    characteristics: characteristics.map(moved),
  }));
  const outcome = await deliver(aSignedSet({ tableVersion: 2 }), {
    handles: { gattVersion: 1, gattTable: { services } },
    shownNonce: () => Uint8Array.from(shown),
  });
  return { outcome, lock };
}

test('a lock met before, and recognised by its advert, is greeted without a read', async () => {
  const { outcome, lock } = await aSecondMeeting([1, 2, 3, 4]);
  expect(outcome).toMatchObject({ result: 'applied', connections: 1 });
  expect(lock.statusReads).toBe(1);
});

test('an advert that rotated before the lock was met costs another connection, and nothing else', async () => {
  const { outcome, lock } = await aSecondMeeting([9, 9, 9, 9]);
  expect(outcome).toMatchObject({ result: 'applied', connections: 2 });
  expect(lock.statusReads).toBe(2);
});

test('kept handles of another layout, greeted by them unread, are found out again', async () => {
  const { outcome } = await aSecondMeeting([1, 2, 3, 4], 1);
  expect(outcome.result).toBe('applied');
});

test('the advertising key of another door is refused', async () => {
  const { clock, central, peripheral, lock } = await aScene();
  const job = {
    lockId: lock.built.lockId,
    advertisingKey: new Uint8Array(32),
    cloudNonce: new Uint8Array(16),
    package: aSignedSet(),
  };
  const outcome = await settle(
    clock,
    deliver({ engine: nodeEngine, clock, random: seededRandom(1) }, job, {
      connect: (how) => central.connect(peripheral.peripheralId, how),
      keySetsAfter: async () => [],
    }),
  );
  expect(outcome).toMatchObject({ result: 'refused', error: { code: 'WRONG_MAC' } });
});

test('a second courier at a lock that serves one already ends by its deadline, as unreachable', async () => {
  const scene = await aScene();
  const other = await scene.radio.central();
  const held = await settle(scene.clock, other.connect(scene.peripheral.peripheralId));
  const startMs = scene.clock.monotonicMs();
  const outcome = await scene.deliver(aSignedSet());
  expect(outcome).toMatchObject({ result: 'unreachable', code: 'CONNECT_TIMEOUT', connections: 0 });
  const tookMs = scene.clock.monotonicMs() - startMs;
  expect(tookMs).toBeLessThan(UNMET_CONNECTIONS_MAX * CONNECT_DEADLINE_MS + 5_000);
  await settle(scene.clock, held.disconnect());
  expect((await scene.deliver(aSignedSet())).result).toBe('applied');
});

test('two couriers at one lock: one is served, the other ends typed, and the lock has the set', async () => {
  const scene = await aScene();
  const other = await scene.radio.central();
  const set = aSignedSet({ rows: 1400 });
  const connect: DeliveryOptions['connect'] = (how) => other.connect(scene.peripheral.peripheralId, how);
  const outcomes = await Promise.all([scene.deliver(set), scene.deliver(set, { connect })]);
  const results = outcomes.map(({ result }) => result);
  expect(results).toContain('applied');
  expect(['already-current', 'unreachable']).toContain(results.find((result) => result !== 'applied'));
  expect(scene.lock.active?.triple).toEqual(set.triple);
});

test('a lock whose firmware hangs is given up in time, and its link is let go', async () => {
  const scene = await aScene();
  const outcome = await scene.deliver(aSignedSet({ rows: 1400 }), {
    onProgress: () => scene.radio.silence(scene.peripheral.peripheralId, true),
  });
  expect(['link-lost', 'timed-out']).toContain(outcome.result);
  expect(scene.clock.monotonicMs()).toBeLessThan(120_000);
  scene.radio.silence(scene.peripheral.peripheralId, false);
  expect((await scene.deliver(aSignedSet({ rows: 1400 }))).result).toBe('applied');
});

test('at every PDU of a sync the lock may fall silent or the link may drop: each delivery ends typed', async () => {
  const set = aSignedSet({ rows: 200 });
  for (const fault of ['silentFromPdu', 'loseLinkAtPdu'] as const) {
    for (let pdu = 1; pdu < 75; pdu += 2) {
      const { deliver } = await aScene({}, { faults: { seed: 1, [fault]: pdu } });
      const { result } = await deliver(set);
      expect(['applied', 'already-current', 'link-lost', 'timed-out', 'unreachable']).toContain(result);
    }
  }
});

test('cancelled in the middle it ends as cancelled, and the next delivery goes on from there', async () => {
  const scene = await aScene();
  const set = aSignedSet({ rows: 1400 });
  const abort = new AbortController();
  const outcome = await scene.deliver(set, {
    signal: abort.signal,
    onProgress: ({ chunk }) => {
      if (chunk >= 6) abort.abort();
    },
  });
  expect(outcome).toMatchObject({ result: 'cancelled', connections: 1 });
  const rest = await scene.deliver(set);
  expect(rest.result).toBe('applied');
  expect(outcome.framesSent + rest.framesSent).toBeLessThan(13 * 17 + 70);
});

test('cancelled before it began nothing is sent', async () => {
  const { deliver, lock } = await aScene();
  const outcome = await deliver(aSignedSet(), { signal: AbortSignal.abort() });
  expect(outcome).toMatchObject({ result: 'cancelled', connections: 0 });
  expect(lock.framesHeard).toBe(0);
});

test('a radio that is of no use at all is thrown, not told as an outcome', async () => {
  const { deliver, central } = await aScene();
  await central.close();
  await expect(deliver(aSignedSet())).rejects.toMatchObject({ code: 'CLOSED' });
});
