// Whose lock it is and which set it takes: the words of WIRE 1.3, 4.2, 10, 11.2 and 16.
import { compare, type ModelLock, type Numbered, type Outcome, type Triple } from './state.ts';
import type { Moment } from './door.ts';

export interface Offer extends Numbered {
  /** Number of the key set whose table key signed; undefined for a stranger's. */
  readonly signedBy: number | undefined;
  readonly isForThisLock: boolean;
  /** A delta from that table; undefined for a full set. */
  readonly base: Numbered | undefined;
}

/** 'receipt': it is in force now. 'goes on': send what is missing. Anything else is a refusal. */
export type OfferVerdict = 'receipt' | 'goes on' | (string & {});

export function judgeOffer(lock: ModelLock, offer: Offer, { monotonicMs }: Moment): OfferVerdict {
  const { triple, table, signedBy, base } = offer;
  if (lock.life !== 'activated') return 'NOT_ACTIVATED';
  if (!offer.isForThisLock) return 'WRONG_AUDIENCE';
  if (signedBy !== lock.keySet) return triple.keyEpoch > (lock.keySet ?? 0) ? 'KEY_EPOCH' : 'UNKNOWN_KEY';
  if (triple.keyEpoch !== lock.keySet) return 'KEY_EPOCH';
  const { floor } = lock;
  if (triple.ownershipEpoch !== floor.ownershipEpoch) return 'WRONG_OWNERSHIP';
  const order = compare(triple, floor);
  if (order < 0) return 'STALE';
  if (order === 0 && lock.floorTable !== table.name) return 'CONFLICT';
  if (order === 0 && lock.inForce !== undefined) return 'receipt';
  const isTooFar = triple.keyEpoch === floor.keyEpoch && triple.tableVersion - floor.tableVersion > 65_535;
  if (isTooFar) return 'JUMP_TOO_FAR';
  if (base !== undefined && base.table.name !== lock.inForce?.table.name) return 'WRONG_BASE';
  const { receiving } = lock;
  const isMoving = receiving !== undefined && monotonicMs - receiving.movedAtMs < 30_000;
  return isMoving && compare(triple, receiving.triple) < 0 ? 'STAGE_BUSY' : 'goes on';
}

const ALARMS = ['CONFLICT', 'JUMP_TOO_FAR', 'LOG_MISMATCH'];

/** What was refused under the cloud's own signature: one row a code an hour. */
export function refuse<T>(lock: ModelLock, says: T & string, { monotonicMs }: Moment): Outcome<T> {
  const lastMs = lock.alarmedAtMs[says];
  const isTold = lastMs !== undefined && monotonicMs - lastMs < 3_600_000;
  if (!ALARMS.includes(says) || isTold) return { lock, says, rows: [] };
  const alarmedAtMs = { ...lock.alarmedAtMs, [says]: monotonicMs };
  return { lock: { ...lock, alarmedAtMs }, says, rows: [`alarm ${says} ${spell(lock.floor)}`] };
}

export const spell = ({ ownershipEpoch, keyEpoch, tableVersion }: Triple): string =>
  `${ownershipEpoch}.${keyEpoch}.${tableVersion}`;

/** All of it has come. */
export const commit = (lock: ModelLock, { triple, table }: Numbered): Outcome<'receipt'> => ({
  lock: { ...lock, inForce: { triple, table }, floor: triple, floorTable: table.name, receiving: undefined },
  says: 'receipt',
  rows: [`tableCommitted ${spell(triple)}`],
});

export function takeKeySet(
  lock: ModelLock,
  next: { readonly number: number; readonly isOwners: boolean },
  { monotonicMs }: Moment,
): Outcome<string> {
  const refused = (says: string): Outcome<string> => ({ lock, says, rows: [] });
  if (lock.keySet === undefined)
    return refused(monotonicMs < lock.windowEndsAtMs ? 'taken' : 'WINDOW_CLOSED');
  if (!next.isOwners) return refused('TOO_FEW_SIGNATURES');
  const isPinnedAgain = next.number === lock.keySet && lock.life !== 'activated';
  if (isPinnedAgain) return { lock, says: 'taken', rows: [] };
  if (next.number !== lock.keySet + 1) return refused('KEY_SET_OUT_OF_ORDER');
  return { lock: { ...lock, keySet: next.number }, says: 'taken', rows: [`keySetAdopted ${next.number}`] };
}

const EPOCH_JUMP_MAX = 16_777_215;

function judgeEpoch({ floor }: ModelLock, ownershipEpoch: number): string | undefined {
  if (ownershipEpoch <= floor.ownershipEpoch) return 'WRONG_OWNERSHIP';
  return ownershipEpoch - floor.ownershipEpoch > EPOCH_JUMP_MAX ? 'JUMP_TOO_FAR' : undefined;
}

const wiped = (lock: ModelLock): ModelLock => ({ ...lock, inForce: undefined, receiving: undefined });
const ended = (lock: ModelLock, ownershipEpoch: number): ModelLock => ({
  ...wiped(lock),
  floor: { ownershipEpoch, keyEpoch: 0, tableVersion: 0 },
  floorTable: undefined,
});

export function deactivate(lock: ModelLock, ownershipEpoch: number, signedBy?: number): Outcome<string> {
  const said = (says: string): Outcome<string> => ({ lock, says, rows: [] });
  if (lock.keySet === undefined) return said('NOT_ACTIVATED');
  if (signedBy !== lock.keySet) return said('UNKNOWN_KEY');
  const isOver = lock.life !== 'activated';
  if (isOver && ownershipEpoch === lock.floor.ownershipEpoch) return said('receipt');
  if (lock.life === 'deactivated') return said('NOT_ACTIVATED');
  const refusal = judgeEpoch(lock, ownershipEpoch);
  if (refusal !== undefined) return said(refusal);
  const after: ModelLock = { ...ended(lock, ownershipEpoch), life: 'deactivated' };
  return { lock: after, says: 'receipt', rows: [`deactivated ${ownershipEpoch}`] };
}

export function release(lock: ModelLock, ownershipEpoch: number, isByRoots: boolean): Outcome<string> {
  const said = (says: string): Outcome<string> => ({ lock, says, rows: [] });
  if (lock.keySet === undefined)
    return said(ownershipEpoch === lock.floor.ownershipEpoch ? 'receipt' : 'NOT_ACTIVATED');
  if (!isByRoots) return said('TOO_FEW_SIGNATURES');
  const refusal = judgeEpoch(lock, ownershipEpoch);
  if (refusal !== undefined) return said(refusal);
  const after: ModelLock = { ...ended(lock, ownershipEpoch), life: 'new', keySet: undefined };
  return { lock: after, says: 'receipt', rows: [`released ${ownershipEpoch}`] };
}

/** A hand, from the inside: no access is left, the owner is. */
export function reset(lock: ModelLock): Outcome<boolean> {
  if (lock.life !== 'activated') return { lock: { ...lock, receiving: undefined }, says: false, rows: [] };
  const after: ModelLock = { ...wiped(lock), life: 'reset' };
  return { lock: after, says: true, rows: [`reset ${lock.floor.ownershipEpoch}`] };
}

/** By the button, under the very key set that is pinned or any where none is. */
export function activate(
  before: ModelLock,
  by: { readonly keySet: number; readonly isOwners: boolean; readonly ownershipEpoch: number },
  now: Moment,
): Outcome<string> {
  const { keySet, isOwners, ownershipEpoch } = by;
  const lock = { ...before, windowEndsAtMs: now.monotonicMs + 60_000 };
  // What the owner's next key set brings about stays, whatever comes of the activation.
  const sent = takeKeySet(lock, { number: keySet, isOwners }, now);
  const said = (says: string): Outcome<string> => ({ lock: sent.lock, says, rows: sent.rows });
  if (lock.life === 'activated') return said('ALREADY_ACTIVATED');
  if (sent.says !== 'taken' || (lock.keySet !== undefined && !isOwners)) return said('UNKNOWN_KEY');
  const refusal = judgeEpoch(lock, ownershipEpoch);
  if (refusal !== undefined) return said(refusal);
  if (lock.batteryPercent < 20) return said('BATTERY_LOW');
  const after: ModelLock = {
    ...sent.lock,
    life: 'activated',
    windowEndsAtMs: 0,
    keySet,
    floor: { ownershipEpoch, keyEpoch: keySet, tableVersion: 0 },
    floorTable: undefined,
    clock: lock.keySet === undefined ? { ...lock.clock, floorKeySet: 0 } : lock.clock,
  };
  return { lock: after, says: 'receipt', rows: [...sent.rows, 'activated'] };
}
