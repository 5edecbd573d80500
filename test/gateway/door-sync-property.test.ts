// The machine against the model lock over a link that loses what a lock may lose: frames, acknowledgements, receipts
// and the connection itself. Whatever is lost, it converges, and never sends where it must not.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { uniform } from '#protocol/ports/random.ts';
import { encodeFrame, frameCount, frameBytesFor } from '#protocol/sync/frames.ts';
import { decodeLockStatus } from '#protocol/sync/lock-status.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { beginDoorSync, stepDoorSync } from '#gateway/courier/door-sync.ts';
import { parseLockMessage } from '#gateway/courier/lock-messages.ts';
import type { SyncEffect, SyncEnd, SyncInput } from '#gateway/courier/sync-phases.ts';
import { frameOf } from '#gateway/courier/transfer.ts';
import { aLock } from '#test/builders/lock.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { ModelLock } from './model-lock.ts';

const built = aLock();
const sets = [3, 500, 1400].map((rows) => aSignedSet({ lock: built, rows }));

interface Losses {
  readonly seed: number;
  readonly frameOneIn: number;
  readonly ackOneIn: number;
  readonly receiptOneIn: number;
  /** A disconnect after so many frames and answers together, drawn from 1 to this. */
  readonly linkUpTo: number;
  readonly rebootOneIn: number;
  readonly badChunkOneIn: number;
  readonly mtu: number;
  readonly set: number;
}

interface Run {
  readonly lock: ModelLock;
  readonly sent: number;
  readonly connections: number;
  readonly end: SyncEnd | undefined;
  /** Frames sent further than 64 from the lowest missing one that the courier had been told of. */
  readonly outOfWindow: number[];
}

const CONNECTIONS_MAX = 400;
/** In FRAME_DEADLINE_MS, which is over once; every other wait goes on ending. */
const SILENCES_TILL_DEADLINE = 2;

/** One delivery, connection after connection, until it ends by something else than a loss. */
function run(losses: Losses): Run {
  const random = seededRandom(losses.seed);
  const one = (inSo: number): boolean => inSo > 0 && uniform(random, inSo) === 0;
  const lock = new ModelLock(built, { isBadChunk: () => one(losses.badChunkOneIn) });
  const set = sets[losses.set % sets.length]!;
  const outOfWindow: number[] = [];
  let sent = 0;
  for (let connections = 1; connections <= CONNECTIONS_MAX; connections++) {
    lock.connect();
    const job = {
      engine: nodeEngine,
      lockId: built.lockId,
      advertisingKey: built.secrets.advertisingKey,
      courierNonce: random.bytes(16),
      cloudNonce: random.bytes(16),
      cargo: { kind: 'set' as const, package: set },
      mtu: losses.mtu,
      keptGattVersion: undefined,
    };
    let silences = 0;
    let packetsLeft = losses.linkUpTo === 0 ? Infinity : 1 + uniform(random, losses.linkUpTo);
    const toLock: SyncEffect[] = [];
    const toCourier: SyncInput[] = [];
    let step = beginDoorSync(job);
    let toldNext = 0;
    const feed = (input: SyncInput): void => {
      if (input.type === 'message' && input.message.type === 'ack') toldNext = input.message.ack.next;
      step = stepDoorSync(step.state, input);
      const { phase } = step.state;
      // What an answer or a status tells as a bitmap is looked up where the machine keeps it.
      if (input.type !== 'message' || input.message.type !== 'ack') {
        toldNext = 'transfer' in phase ? phase.transfer.next : toldNext;
      }
      for (const effect of step.effects) {
        if (effect.type !== 'send-frames') continue;
        outOfWindow.push(...effect.numbers.filter((number) => number > toldNext + 64));
      }
      toLock.push(...step.effects);
    };
    const answer = (messages: ReturnType<ModelLock['hear']>): void => {
      for (const message of messages) {
        if (message.type === MESSAGE.ack && one(losses.ackOneIn)) continue;
        if (message.type === MESSAGE.receipt && one(losses.receiptOneIn)) continue;
        toCourier.push({ type: 'message', message: parseLockMessage(message, built.lockId) });
      }
    };
    toLock.push(...step.effects);
    while (step.state.phase.name !== 'done') {
      // A random interleaving of both directions, each in order.
      const effect = toLock.length > 0 && (toCourier.length === 0 || one(2)) ? toLock.shift() : undefined;
      if (effect === undefined) {
        feed(
          --packetsLeft < 0
            ? { type: 'link-lost', detail: 'lost' }
            : (toCourier.shift() ?? { type: silences++ === SILENCES_TILL_DEADLINE ? 'no-frame' : 'silence' }),
        );
        continue;
      }
      if (effect.type === 'await-frame') {
        silences = 0;
      } else if (effect.type === 'read-status') {
        toCourier.push({ type: 'status', status: decodeLockStatus(lock.status()) });
      } else if (effect.type === 'send') {
        answer(lock.hear({ type: effect.messageType, body: effect.body }));
      } else if (effect.type === 'send-frames') {
        const [number, ...rest] = effect.numbers;
        if (rest.length > 0) toLock.unshift({ ...effect, numbers: rest });
        sent++;
        if (--packetsLeft < 0) feed({ type: 'link-lost', detail: 'lost' });
        else if (!one(losses.frameOneIn)) {
          const { plan, offerId } = effect.transfer;
          answer(lock.hearFrame(encodeFrame(frameOf(plan, set.chunks, offerId, number!))));
        }
      }
    }
    const { end } = step.state.phase;
    if (one(losses.rebootOneIn)) lock.reboot();
    const isLoss = end.result === 'link-lost' || end.result === 'timed-out';
    if (!isLoss) return { lock, sent, connections, end, outOfWindow };
  }
  return { lock, sent, connections: CONNECTIONS_MAX, end: undefined, outOfWindow };
}

const rarely = fc.constantFrom(0, 3, 10, 40);
const anyLosses: fc.Arbitrary<Losses> = fc.record({
  seed: fc.nat(),
  frameOneIn: rarely,
  ackOneIn: fc.constantFrom(0, 2, 5, 20),
  receiptOneIn: fc.constantFrom(0, 2),
  linkUpTo: fc.constantFrom(0, 60, 300, 2000),
  rebootOneIn: fc.constantFrom(0, 3),
  badChunkOneIn: fc.constantFrom(0, 4),
  mtu: fc.constantFrom(247, 185, 66),
  set: fc.nat(2),
});

const RUNS = { numRuns: 120 };

test('whatever is lost, the set arrives, and no frame goes at or beyond the limit or outside the window', () => {
  fc.assert(
    fc.property(anyLosses, (losses) => {
      const { lock, end, outOfWindow } = run(losses);
      expect(['applied', 'already-current']).toContain(end?.result);
      expect(lock.active?.triple).toEqual(sets[losses.set % sets.length]!.triple);
      expect(lock.misbehaviour.outOfBounds).toEqual([]);
      expect(outOfWindow).toEqual([]);
    }),
    RUNS,
  );
});

test('a receipt lost behind a second offer ends the connection, and the next one brings it', () => {
  const losses = {
    frameOneIn: 3,
    ackOneIn: 0,
    receiptOneIn: 2,
    linkUpTo: 0,
    rebootOneIn: 3,
    badChunkOneIn: 0,
  };
  expect(run({ seed: 1_938_936_093, mtu: 66, set: 1, ...losses })).toMatchObject({
    end: { result: 'already-current' },
  });
});

test('no frame is sent to a lock that has it already', () => {
  fc.assert(
    fc.property(anyLosses, (losses) => {
      expect(run({ ...losses, badChunkOneIn: 0 }).lock.misbehaviour.duplicates).toBe(0);
    }),
    RUNS,
  );
});

test('without losses each frame goes out once', () => {
  fc.assert(
    fc.property(anyLosses, ({ seed, mtu, set }) => {
      const none = {
        frameOneIn: 0,
        ackOneIn: 0,
        receiptOneIn: 0,
        linkUpTo: 0,
        rebootOneIn: 0,
        badChunkOneIn: 0,
      };
      const { sent, connections, end } = run({ seed, mtu, set, ...none });
      expect(end?.result).toBe('applied');
      expect(connections).toBe(1);
      expect(sent).toBe(frameCount(sets[set]!.manifest, frameBytesFor(mtu)));
    }),
    { numRuns: 30 },
  );
});
