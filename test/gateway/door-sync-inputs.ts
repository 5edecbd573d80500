// Inputs and states for the tests of the courier's machine: a set of 8 x 17 frames for one lock, and each phase as the
// canonical inputs lead to it.
import type { DoorSync, SyncInput, SyncJob, SyncStep } from '#gateway/courier/sync-phases.ts';
import { stepDoorSync, beginDoorSync } from '#gateway/courier/door-sync.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { framesPerChunk } from '#protocol/sync/frames.ts';
import { MESSAGE, type HelloAnswer } from '#protocol/sync/messages.ts';
import type { Progress } from '#protocol/sync/progress.ts';
import { WireError } from '#protocol/wire-error.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import { aLock } from '#test/builders/lock.ts';
import { aReceipt } from '#test/builders/receipt.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';

export const lock = aLock();
export const keySet = aKeySet({ number: 3 });
/** Head and seven chunks of rows: 8 x 17 frames of 241 bytes. */
export const set = aSignedSet({ lock, keySet, rows: 7 * 127 });
export const FRAMES = 8 * 17;
export const job: SyncJob = {
  engine: nodeEngine,
  lockId: lock.lockId,
  advertisingKey: lock.secrets.advertisingKey,
  courierNonce: new Uint8Array(16).fill(9),
  cloudNonce: new Uint8Array(16).fill(8),
  cargo: { kind: 'set', package: set },
  mtu: 247,
  keptGattVersion: undefined,
};

export const statusInput = (
  over: { gattVersion?: number; offerId?: number; progress?: Progress } = {},
): SyncInput => ({
  type: 'status',
  status: {
    gattVersion: over.gattVersion ?? 1,
    advert: new Uint8Array(16),
    connectionNonce: new Uint8Array(8),
    transfer:
      over.offerId === undefined
        ? undefined
        : { offerId: over.offerId, progress: over.progress ?? progress() },
  },
});

export const progress = (have: readonly number[] = []) => ({
  chunkCount: 8,
  framesPerChunk: framesPerChunk(241),
  have: Uint8Array.of(have.reduce((bits, chunk) => bits | (1 << chunk), 0)),
  open: [],
});

export const helloAnswer = (over: Partial<HelloAnswer> = {}): SyncInput => ({
  type: 'message',
  message: {
    type: 'hello-answer',
    answer: {
      version: 1,
      activated: true,
      tableState: 'none',
      triple: { ownershipEpoch: 1, keyEpoch: 3, tableVersion: 0 },
      keySetNumber: 3,
      tableHash: null,
      stageHash: null,
      firmware: 1,
      capacityRows: 1500,
      ...over,
    },
  },
});

export const offerAnswer = (offerId: number, have: readonly number[] = []): SyncInput => ({
  type: 'message',
  message: {
    type: 'offer-answer',
    answer: { offerId, status: 'send', progress: new Uint8Array(1) },
    progress: progress(have),
  },
});

export const ack = (
  offerId: number,
  next: number,
  limit = FRAMES,
  received = new Uint8Array(8),
): SyncInput => ({
  type: 'message',
  message: { type: 'ack', ack: { offerId, next, limit, received } },
});

export const keySetAnswer = (keySetNumber: number): SyncInput => ({
  type: 'message',
  message: { type: 'key-set-answer', answer: { keySetNumber } },
});

export const receiptInput = (over: Parameters<typeof aReceipt>[0] = {}): SyncInput => {
  const { bytes, receipt } = aReceipt({
    lock,
    triple: set.triple,
    tableHash: set.manifest.tableHash,
    courierNonce: job.courierNonce,
    ...over,
  });
  return { type: 'message', message: { type: 'receipt', receiptBytes: bytes, receipt } };
};

export const refusal: SyncInput = {
  type: 'message',
  message: { type: 'refusal', refusal: { code: 'STALE', ofType: MESSAGE.offer, detail: 'older' } },
};
export const silence: SyncInput = { type: 'silence' };
export const noFrame: SyncInput = { type: 'no-frame' };
export const linkLost: SyncInput = { type: 'link-lost', detail: 'gone' };
export const garbled: SyncInput = { type: 'garbled', error: new WireError('TRUNCATED', 'half a message') };
export const statement: SyncInput = {
  type: 'message',
  message: { type: 'statement', statement: new Uint8Array(1) },
};
export const keySets = (...numbers: readonly number[]): SyncInput => ({
  type: 'key-sets',
  keySets: numbers.map((number) => aKeySet({ number }).bytes),
});

export const after = (start: DoorSync, ...inputs: readonly SyncInput[]): DoorSync =>
  inputs.reduce((state, input) => stepDoorSync(state, input).state, start);

export const readingStatus = beginDoorSync(job).state;
export const readingKept = beginDoorSync({ ...job, keptGattVersion: 1 }).state;
/** By the advert and kept handles, before anything was read. */
export const greetingUnread = beginDoorSync({
  ...job,
  keptGattVersion: 1,
  shownNonce: Uint8Array.of(1, 2, 3, 4),
}).state;
export const greeting = after(readingStatus, statusInput({ offerId: 41 }));
export const fetching = after(greeting, helloAnswer({ keySetNumber: 1 }));
export const rotating = after(fetching, keySets(2, 3));
export const offering = after(greeting, helloAnswer());
export const sending = after(offering, offerAnswer(42));
export const checking = after(sending, silence);
export const awaitingLastWord = after(sending, ack(42, FRAMES));
export const done = after(awaitingLastWord, receiptInput());

export const endOf = ({ phase }: DoorSync): unknown => (phase.name === 'done' ? phase.end : undefined);
export const effectsOf = (step: SyncStep): string[] => step.effects.map(({ type }) => type);
export const framesOf = (step: SyncStep): number[] =>
  step.effects.flatMap((effect) => (effect.type === 'send-frames' ? [...effect.numbers] : []));
export const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);
