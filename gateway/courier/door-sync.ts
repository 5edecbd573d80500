// The courier's side of a Door Sync, or of a firmware image's way, over one connection: a union of phases and one pure
// step. Nothing is open while frames are under way but in `checking`, where acknowledgements stayed away. WIRE 9.
import { equalBytes } from '#protocol/bytes.ts';
import { KEY_SET_STEPS_PER_CONNECTION_MAX } from '#protocol/limits.ts';
import { encodeHello, encodeOffer, helloMac, MESSAGE, PROTOCOL_VERSION } from '#protocol/sync/messages.ts';
import type { FirmwareAnswer } from '#protocol/sync/firmware-messages.ts';
import type { Hello, HelloAnswer } from '#protocol/sync/messages.ts';
import { frameBytesFor, type Ack } from '#protocol/sync/frames.ts';
import type { LockStatus } from '#protocol/sync/lock-status.ts';
import type { Progress } from '#protocol/sync/progress.ts';
import { WireError } from '#protocol/wire-error.ts';
import { endByAnswer, endByReceipt, endByGreeting, neededKeySet, offerTypeOf } from './cargo.ts';
import * as limits from './courier-limits.ts';
import type { CarriedReceipt, LockMessage } from './lock-messages.ts';
import {
  applyAck,
  applyProgress,
  beginTransfer,
  fillWindow,
  isWhole,
  planFrames,
  progressOf,
} from './transfer.ts';
import { awaitedIn, type DoorSync, type Sending } from './sync-phases.ts';
import type { SyncEffect, SyncEnd, SyncInput, SyncJob, SyncPhase, SyncStep } from './sync-phases.ts';

/** Where an advert told whose lock it is, and its handles are known, the hello saves the round trip of a read. */
export const beginDoorSync = (job: SyncJob): SyncStep =>
  job.shownNonce === undefined
    ? go(job, { name: 'reading-status' }, { type: 'read-status' }, wait(limits.STATUS_READ_DEADLINE_MS))
    : greet(job, 'advert', job.shownNonce, firstOfferId(job));

/** Inputs that a phase does not expect change nothing. Never throws. */
export function stepDoorSync(state: DoorSync, input: SyncInput): SyncStep {
  if (state.phase.name === 'done') return { state, effects: [] };
  if (state.phase.name === 'greeting' && state.phase.isUnread && isNoGreeting(input))
    return end(state, { result: input.type === 'garbled' ? 'stale-handles' : 'not-recognised' });
  try {
    switch (input.type) {
      case 'link-lost':
        return end(state, { result: 'link-lost', detail: input.detail });
      case 'garbled':
        return onGarbled(state, input.error);
      case 'silence':
        return onSilence(state);
      case 'no-frame':
        return onNoFrame(state);
      case 'status':
        return onStatus(state, input.status);
      case 'key-sets':
        return onKeySets(state, input.keySets);
      case 'message':
        return onMessage(state, input.message);
    }
  } catch (error) {
    if (error instanceof WireError) return end(state, garbled(error));
    throw error;
  }
}

/** Whatever the reason, a meeting that begins with a read finds it out. */
const isNoGreeting = (input: SyncInput): boolean =>
  input.type === 'silence' ||
  input.type === 'garbled' ||
  input.type === 'link-lost' ||
  (input.type === 'message' && input.message.type === 'refusal');

/** Through kept handles of another layout anything may be read. */
function onGarbled(state: DoorSync, error: WireError): SyncStep {
  const mayBeStale = state.phase.name === 'reading-status' && state.job.keptGattVersion !== undefined;
  return end(state, mayBeStale ? { result: 'stale-handles' } : garbled(error));
}

function onMessage(state: DoorSync, message: LockMessage): SyncStep {
  switch (message.type) {
    case 'refusal':
      return end(state, { result: 'refused', refusal: message.refusal });
    case 'hello-answer':
      return state.phase.name === 'greeting'
        ? greeted(state.job, message.answer, state.phase.offerId)
        : ignored(state);
    case 'key-set-answer':
      return onKeySetAnswer(state, message.answer.keySetNumber);
    case 'offer-answer':
      return onOfferAnswer(state, message.answer.offerId, message.progress);
    case 'ack':
      return 'transfer' in state.phase ? onAck(state, state.phase, message.ack) : ignored(state);
    case 'receipt':
      return onReceipt(state, message);
    case 'firmware-answer':
      return onFirmwareAnswer(state, message.answer);
    case 'statement':
    case 'time-challenge':
    case 'time-answer':
    case 'log-batch':
    case 'log-ack-answer':
      return ignored(state);
  }
}

function onStatus(state: DoorSync, status: LockStatus): SyncStep {
  const { job, phase } = state;
  if (phase.name === 'checking') return checked(job, phase, status);
  if (phase.name !== 'reading-status') return ignored(state);
  const isStale = job.keptGattVersion !== undefined && job.keptGattVersion !== status.gattVersion;
  if (isStale) return end(state, { result: 'stale-handles' });
  const { transfer, connectionNonce } = status;
  const offerId = transfer === undefined ? firstOfferId(job) : idAfter(transfer.offerId);
  return greet(job, 'connection', connectionNonce, offerId);
}

function greet(job: SyncJob, boundTo: Hello['boundTo'], nonce: Uint8Array, offerId: number): SyncStep {
  const { engine, advertisingKey, courierNonce, cloudNonce } = job;
  const mac = helloMac(engine, advertisingKey, boundTo, nonce, job);
  const body = encodeHello({ version: PROTOCOL_VERSION, courierNonce, cloudNonce, boundTo, mac });
  return go(
    job,
    { name: 'greeting', offerId, isUnread: boundTo === 'advert' },
    // The hello first: the lock has its answer ready by the time it is asked for notifications.
    { type: 'send', messageType: MESSAGE.hello, body },
    { type: 'listen' },
    wait(limits.HELLO_ANSWER_DEADLINE_MS),
  );
}

function greeted(job: SyncJob, answer: HelloAnswer, offerId: number): SyncStep {
  const over = endByGreeting(job.cargo, answer);
  if (over !== undefined) return go(job, { name: 'done', end: over });
  const isBehind = answer.activated && answer.keySetNumber < neededKeySet(job.cargo);
  // A lock that is not activated, or is ahead of the package, says so itself by refusing the offer.
  return isBehind ? fetchKeySets(job, offerId, answer.keySetNumber) : offer(job, offerId, 1);
}

const fetchKeySets = (job: SyncJob, offerId: number, number: number): SyncStep =>
  go(
    job,
    { name: 'fetching-key-sets', offerId, number },
    { type: 'fetch-key-sets', after: number },
    wait(limits.KEY_SET_FETCH_DEADLINE_MS),
  );

function onKeySets(state: DoorSync, keySets: readonly Uint8Array[]): SyncStep {
  const { job, phase } = state;
  if (phase.name !== 'fetching-key-sets') return ignored(state);
  const { offerId, number } = phase;
  const wanted = neededKeySet(job.cargo) - number;
  const queue = keySets.slice(0, Math.min(wanted, KEY_SET_STEPS_PER_CONNECTION_MAX));
  return sendKeySet(state, { name: 'rotating', offerId, number, queue, taken: 0 });
}

function onKeySetAnswer(state: DoorSync, keySetNumber: number): SyncStep {
  const { phase } = state;
  if (phase.name !== 'rotating') return ignored(state);
  if (keySetNumber <= phase.number) throw new WireError('OUT_OF_RANGE', 'a key set taken without effect');
  return sendKeySet(state, { ...phase, number: keySetNumber, taken: phase.taken + 1 });
}

function sendKeySet(state: DoorSync, phase: SyncPhase & { readonly name: 'rotating' }): SyncStep {
  const { job } = state;
  if (phase.number >= neededKeySet(job.cargo)) return offer(job, phase.offerId, 1);
  if (phase.taken >= KEY_SET_STEPS_PER_CONNECTION_MAX) return end(state, { result: 'more-key-sets' });
  const [body, ...queue] = phase.queue;
  if (body === undefined) return end(state, { result: 'no-key-sets', after: phase.number });
  return go(
    job,
    { ...phase, queue },
    { type: 'send', messageType: MESSAGE.keySet, body },
    wait(limits.KEY_SET_ANSWER_DEADLINE_MS),
  );
}

function offer(job: SyncJob, offerId: number, offers: number): SyncStep {
  const frameBytes = frameBytesFor(job.mtu, job.packetBytes);
  const { manifestBytes } = job.cargo.package;
  const body = encodeOffer({ offerId, frameBytes, manifestBytes });
  return go(
    job,
    { name: 'offering', offerId, offers },
    { type: 'send', messageType: offerTypeOf(job.cargo), body },
    wait(limits.OFFER_ANSWER_DEADLINE_MS),
  );
}

function onOfferAnswer(state: DoorSync, offerId: number, progress: Progress): SyncStep {
  const { job, phase } = state;
  if (phase.name !== 'offering' || offerId !== phase.offerId) return ignored(state);
  const plan = planFrames(job.cargo.package.manifest, frameBytesFor(job.mtu, job.packetBytes));
  const transfer = beginTransfer(plan, offerId, progress);
  return send(job, { transfer, offers: phase.offers }, true);
}

function onAck(state: DoorSync, phase: SyncPhase & Sending, ack: Ack): SyncStep {
  if (ack.offerId !== phase.transfer.offerId) return ignored(state);
  const transfer = applyAck(phase.transfer, ack);
  const hasMoved = !equalBytes(transfer.held, phase.transfer.held) || transfer.limit > phase.transfer.limit;
  // While lock-status is being read, frames would wait behind the read: they go out with its answer.
  if (phase.name === 'checking' && !isWhole(transfer)) {
    return go(state.job, { ...phase, transfer }, ...awaitFrame(hasMoved));
  }
  return send(state.job, { transfer, offers: phase.offers }, hasMoved);
}

/** Goes on from the bitmap; where the lock no longer knows of this offer, offers again. */
function checked(job: SyncJob, phase: SyncPhase & Sending, { transfer: atLock }: LockStatus): SyncStep {
  const { transfer, offers } = phase;
  if (atLock?.offerId === transfer.offerId) {
    const now = applyProgress(transfer, atLock.progress);
    const hasMoved = !equalBytes(now.held, transfer.held) || now.limit > transfer.limit;
    // What is lost, or waits for flash, is asked after again in a while.
    if (job.isByReading === true && !hasMoved && !isWhole(now))
      return go(job, { ...phase, name: 'sending', transfer: now }, wait(limits.READING_PAUSE_MS));
    return send(job, { transfer: now, offers }, hasMoved);
  }
  if (offers >= limits.OFFERS_PER_CONNECTION_MAX) {
    return go(job, { name: 'done', end: { result: 'timed-out', awaited: 'ack' } });
  }
  return offer(job, idAfter(transfer.offerId), offers + 1);
}

/** `hasMoved`: the lock has more of it than it had. */
function send(job: SyncJob, before: Sending, hasMoved: boolean): SyncStep {
  const progress: SyncEffect = { type: 'progress', ...progressOf(before.transfer) };
  if (isWhole(before.transfer)) {
    return go(job, { ...before, name: 'awaiting-last-word' }, progress, wait(limits.RECEIPT_DEADLINE_MS));
  }
  const { transfer, frames } = fillWindow(before.transfer);
  const effects: SyncEffect[] = [progress, ...awaitFrame(hasMoved)];
  if (frames.length > 0) effects.unshift({ type: 'send-frames', transfer, numbers: frames });
  if (job.isByReading !== true)
    return go(job, { ...before, name: 'sending', transfer }, ...effects, wait(limits.ACK_SILENCE_MS));
  // The read is answered behind all frames sent before it: its bitmap acknowledges them.
  return look(job, { ...before, transfer }, ...effects);
}

const look = (job: SyncJob, sending: Sending, ...before: readonly SyncEffect[]): SyncStep =>
  go(
    job,
    { ...sending, name: 'checking' },
    ...before,
    { type: 'read-status' },
    wait(limits.STATUS_READ_DEADLINE_MS),
  );

function onReceipt(state: DoorSync, carried: CarriedReceipt): SyncStep {
  const { job, phase } = state;
  if (job.cargo.kind !== 'set' || !isOffered(phase)) return ignored(state);
  // A later offer of one connection stands for the first, of which the lock has committed the frames.
  const wasOfferedOnly = phase.name === 'offering' && phase.offers === 1;
  return end(state, endByReceipt(job.cargo.package, job.courierNonce, carried, wasOfferedOnly));
}

function onFirmwareAnswer(state: DoorSync, answer: FirmwareAnswer): SyncStep {
  const { cargo } = state.job;
  if (cargo.kind !== 'image' || !isOffered(state.phase)) return ignored(state);
  return end(state, endByAnswer(cargo.package, answer));
}

const isOffered = (phase: SyncPhase): boolean => phase.name === 'offering' || 'transfer' in phase;

function onSilence(state: DoorSync): SyncStep {
  const { job, phase } = state;
  if (phase.name !== 'sending') return end(state, { result: 'timed-out', awaited: awaitedIn(state) });
  return job.isByReading === true ? send(job, phase, false) : look(job, phase);
}

/** The courier is the first to end it, and so knows that its frames did not get on. */
const onNoFrame = (state: DoorSync): SyncStep =>
  state.phase.name === 'sending' || state.phase.name === 'checking'
    ? end(state, { result: 'timed-out', awaited: 'ack' })
    : ignored(state);

/** Any: over a new link no late frame of an earlier offer comes. */
const firstOfferId = (job: SyncJob): number => idAfter(job.courierNonce[0] ?? 0);

const idAfter = (offerId: number): number => (offerId + 1) & 0xff;

const wait = (ms: number): SyncEffect => ({ type: 'wait', ms });

const awaitFrame = (hasMoved: boolean): readonly SyncEffect[] =>
  hasMoved ? [{ type: 'await-frame', ms: limits.FRAME_DEADLINE_MS }] : [];

const go = (job: SyncJob, phase: SyncPhase, ...effects: readonly SyncEffect[]): SyncStep => ({
  state: { job, phase },
  effects,
});

const end = (state: DoorSync, how: SyncEnd): SyncStep => go(state.job, { name: 'done', end: how });

const ignored = (state: DoorSync): SyncStep => ({ state, effects: [] });

const garbled = (error: WireError): SyncEnd => ({
  result: 'garbled',
  code: error.code,
  detail: error.message,
});
