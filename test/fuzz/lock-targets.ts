// What a lock does with what comes, beyond one message's form: a conversation in each of its states, frames of a
// transfer, chunks of a table, a delta merged with its base.
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { concat } from '#protocol/bytes.ts';
import { decodeFrame, encodeFrame } from '#protocol/sync/frames.ts';
import { MESSAGE, type MessageName } from '#protocol/sync/messages.ts';
import { packTable, TableCheck } from '#protocol/table/chunks.ts';
import { decodeDelta, deltaBetween, encodeDelta } from '#protocol/table/delta.ts';
import { openChunk } from '#protocol/table/seal.ts';
import { measureDelta } from '#lock-sim/storage/delta-merge.ts';
import { startTransfer, stepTransfer } from '#lock-sim/sync/receiver.ts';
import type { Session } from '#lock-sim/sync/session-state.ts';
import { stepSession } from '#lock-sim/sync/session.ts';
import type { LockFacts } from '#lock-sim/sync/facts.ts';
import { aSignedSet } from '../builders/signed-set.ts';
import { greeted, helloTo, keys, owned, unowned } from '../lock-sim/session-rig.ts';
import { newSession } from '#lock-sim/sync/session-state.ts';
import { believingEngine } from './believing-engine.ts';
import type { Target } from './fuzzing.ts';
import { samplesOf } from './message-samples.ts';

const BODIES: Readonly<Partial<Record<MessageName, string>>> = {
  hello: 'hello',
  keySet: 'key set',
  offer: 'offer',
  activate: 'activation request',
  grant: 'activation grant',
  time: 'time statement',
  logPull: 'log pull',
  logAck: 'log acknowledgement',
  deactivate: 'deactivation',
  release: 'release',
};

/** Type, then body, as the fragments bring them. */
const spoken: readonly Uint8Array[] = Object.entries(BODIES).flatMap(([name, kind]) =>
  samplesOf(kind).map((body) => concat(Uint8Array.of(MESSAGE[name as MessageName]), body)),
);
const offered = ['manifest', 'firmware manifest'].flatMap((kind, i) =>
  samplesOf(kind).map((manifest) =>
    concat(Uint8Array.of(i === 0 ? MESSAGE.offer : MESSAGE.firmwareOffer, 1, 0, 241), manifest),
  ),
);

const conversation = (name: string, session: Session, facts: LockFacts): Target => ({
  name: `a message to a lock, ${name}`,
  parse: (input) =>
    stepSession(
      believingEngine,
      session,
      { type: (input[0] ?? 0) & 0x7f, body: input.subarray(1) },
      facts,
      keys,
    ),
  samples: [...spoken, ...offered],
});

const small = aSignedSet({ rows: 3 });
const larger = aSignedSet({ tableVersion: 2, rows: 5 });
const chunks = packTable(small.headBytes, small.rows);
const base = { chunkCount: chunks.length, openChunk: (index: number) => chunks[index] };

function framesOfOneTransfer(): Target {
  const { manifest } = aSignedSet({ rows: 600 });
  const have = new Uint8Array(Math.ceil(manifest.chunkCount / 8));
  let transfer = startTransfer(manifest, 1, 241, have);
  return {
    name: 'frames of a transfer',
    parse(input) {
      const step = stepTransfer(nodeEngine, transfer, { type: 'frame', frame: decodeFrame(input) });
      // What does not match is thrown away; from time to time all of it.
      transfer = step.transfer.open.length > 4 ? startTransfer(manifest, 1, 241, have) : step.transfer;
    },
    samples: [0, 1, 16, 17, 84].map((number) =>
      encodeFrame({ offerId: 1, number, payload: new Uint8Array(241).fill(number) }),
    ),
  };
}

export const LOCK_TARGETS: readonly Target[] = [
  conversation('greeted and owned', greeted(owned), owned),
  conversation('greeted and new', greeted(unowned), unowned),
  {
    ...conversation(
      'before its hello',
      newSession(new Uint8Array(8).fill(3), new Uint8Array(4).fill(4)),
      owned,
    ),
    samples: [...spoken, concat(Uint8Array.of(MESSAGE.hello), helloTo(owned).body)],
  },
  framesOfOneTransfer(),
  {
    name: 'chunks of a table',
    parse(input) {
      const check = new TableCheck(nodeEngine);
      const half = Math.ceil(input.length / 2);
      check.addChunk(input.subarray(0, half));
      check.addChunk(input.subarray(half));
    },
    samples: [concat(chunks[0]!, chunks[1]!)],
  },
  {
    name: 'delta merged with its base',
    parse: (input) => measureDelta(nodeEngine, base, decodeDelta(input), small.manifest, 13),
    samples: [encodeDelta(deltaBetween(small, larger)), ...samplesOf('delta')],
  },
  {
    name: 'sealed chunk',
    parse: (input) => openChunk(nodeEngine, new Uint8Array(32), 0, input),
    samples: [small.chunks[0]!],
  },
];
