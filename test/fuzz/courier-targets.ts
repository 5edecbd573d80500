// What a courier does with what a lock sends: any message, acknowledgements and progress of its transfer, batches of a log
// that it can't check.
import { concat } from '#protocol/bytes.ts';
import { peekLogBatch } from '#protocol/signed/log-batch.ts';
import { decodeAck } from '#protocol/sync/frames.ts';
import { MESSAGE, type MessageName } from '#protocol/sync/messages.ts';
import { decodeProgress } from '#protocol/sync/progress.ts';
import { parseLockMessage } from '#gateway/courier/lock-messages.ts';
import { applyAck, applyProgress, beginTransfer, fillWindow, planFrames } from '#gateway/courier/transfer.ts';
import { aLock } from '../builders/lock.ts';
import { aSignedSet } from '../builders/signed-set.ts';
import type { Target } from './fuzzing.ts';
import { samplesOf } from './message-samples.ts';

const { lockId } = aLock();
const BODIES: Readonly<Partial<Record<MessageName, string>>> = {
  helloAnswer: 'hello answer',
  keySetAnswer: 'key set answer',
  offerAnswer: 'offer answer',
  statement: 'activation statement',
  receipt: 'receipt',
  refusal: 'refusal',
  firmwareAnswer: 'firmware answer',
  ack: 'acknowledgement',
};

function transferOfOnePackage(): Target {
  const { manifest } = aSignedSet({ rows: 600 });
  const nothing = { chunkCount: manifest.chunkCount, framesPerChunk: 17, have: new Uint8Array(1), open: [] };
  let transfer = beginTransfer(planFrames(manifest, 241), 1, nothing);
  return {
    name: 'acknowledgement or progress, at a courier',
    parse(input) {
      const body = input.subarray(1);
      const isAck = (input[0] ?? 0) % 2 === 0;
      const told = isAck
        ? applyAck(transfer, decodeAck(body))
        : applyProgress(transfer, decodeProgress(body));
      transfer = fillWindow(told).transfer;
    },
    samples: [
      ...samplesOf('acknowledgement').map((body) => concat(Uint8Array.of(0), body)),
      ...samplesOf('progress').map((body) => concat(Uint8Array.of(1), body)),
      Uint8Array.of(1, manifest.chunkCount, 0, 17, 0x15, 1, 1, 0xff, 0, 1),
      Uint8Array.of(0, 1, 0, 20, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0, 0, 60),
    ],
  };
}

export const COURIER_TARGETS: readonly Target[] = [
  {
    name: 'a message from a lock, at a courier',
    parse: (input) => parseLockMessage({ type: (input[0] ?? 0) & 0x7f, body: input.subarray(1) }, lockId),
    samples: Object.entries(BODIES).flatMap(([name, kind]) =>
      samplesOf(kind).map((body) => concat(Uint8Array.of(MESSAGE[name as MessageName]), body)),
    ),
  },
  {
    name: 'log batch, at a courier',
    parse: (input) => peekLogBatch(input, lockId),
    samples: samplesOf('log batch'),
  },
  transferOfOnePackage(),
];
