// Who comes in: the words of WIRE 6.5 to 6.7, and of the docs on what is empty, locked out or private.
import { saysS, trust } from './clock.ts';
import { counted, remainingS, waiting } from './lockout.ts';
import type { Burned, ModelLock, Outcome } from './state.ts';
import type { Credential, Presented, Table } from './table.ts';
import { isOpen, wallTime } from './wall-time.ts';

export interface Said {
  readonly reason: string;
  readonly credential: string;
  /** Of the row that decided, or the slot. */
  readonly id: number | undefined;
  /** A complete doorcode that nobody has. */
  readonly isGuess: boolean;
}

export interface Moment {
  readonly trueMs: number;
  readonly monotonicMs: number;
}

/** What would be said, without any effect. */
export function decide(lock: ModelLock, presented: Presented, now: Moment): Said {
  const credential = presented.by === 'card' ? 'keycard' : presented.by === 'phone' ? 'app' : 'doorcode';
  const refused = (reason: string, isGuess = false): Said => ({ reason, credential, id: undefined, isGuess });
  const isCode = credential === 'doorcode';
  const digits = presented.by === 'code' ? presented.digits : '';
  if (presented.by === 'code' && (digits.length < 4 || digits.length > 7)) return refused('MALFORMED');
  if (isCode && remainingS(lock.lockout, now.monotonicMs) > 0) return refused('LOCKED_OUT');
  const { inForce } = lock;
  if (inForce === undefined) return refused('NO_TABLE');
  const secret = presented.by === 'code' ? digits : presented.by === 'daily' ? undefined : presented.name;
  const rows = inForce.table.credentials.filter((row) => row.kind === credential && row.secret === secret);
  if (rows.length > 0)
    return nearest(rows.map((row) => ({ row, reason: judge(lock, inForce.table, row, now) })));
  const { daily } = inForce.table;
  const isSeven = presented.by === 'daily' || digits.length === 7;
  if (isCode && isSeven && daily.dailySlots + daily.singleUseSlots > 0) {
    if (trust(lock.clock, now.trueMs) === 'lost') return refused('CLOCK_UNTRUSTED', true);
    const said = presented.by === 'daily' ? judgeDaily(lock, inForce.table, presented, now) : undefined;
    if (said !== undefined) return said;
  }
  return refused('UNKNOWN_CREDENTIAL', isCode);
}

function judge({ clock }: ModelLock, table: Table, row: Credential, { trueMs }: Moment): string {
  const { startS, endS, schedule } = row;
  if (trust(clock, trueMs) === 'lost') {
    if (endS !== undefined && endS <= clock.floorS) return 'EXPIRED';
    const isBound = endS !== undefined || schedule !== 0 || startS > clock.floorS;
    return isBound ? 'CLOCK_UNTRUSTED' : 'OPENED';
  }
  const nowS = saysS(clock, trueMs);
  if (endS !== undefined && nowS >= endS) return 'EXPIRED';
  if (nowS < startS) return 'NOT_YET';
  return schedule === 0 || isOpen(table, schedule, nowS) ? 'OPENED' : 'OUT_OF_SCHEDULE';
}

interface Judged {
  readonly row: Credential;
  readonly reason: string;
}

function nearest(judged: readonly Judged[]): Said {
  const by = (reason: string): Judged[] => judged.filter((one) => one.reason === reason);
  const soonest = by('NOT_YET').sort((a, b) => a.row.startS - b.row.startS);
  const latest = by('EXPIRED').sort((a, b) => (b.row.endS ?? 0) - (a.row.endS ?? 0));
  const inOrder = [
    ...by('OPENED'),
    ...by('CLOCK_UNTRUSTED'),
    ...by('OUT_OF_SCHEDULE'),
    ...soonest,
    ...latest,
  ];
  const first = inOrder[0];
  if (first === undefined) throw new Error('a row is judged');
  return { reason: first.reason, credential: first.row.kind, id: first.row.id, isGuess: false };
}

type Daily = Extract<Presented, { by: 'daily' }>;

function judgeDaily(lock: ModelLock, table: Table, code: Daily, { trueMs }: Moment): Said | undefined {
  const { epoch, dailySlots, singleUseSlots, barred } = table.daily;
  const { day } = wallTime(table.zone, saysS(lock.clock, trueMs));
  if (code.epoch !== epoch || code.day !== day || code.slot >= dailySlots + singleUseSlots) return undefined;
  const isSingleUse = code.slot >= dailySlots;
  const credential = isSingleUse ? 'dailySingleUse' : 'daily';
  const said = (reason: string): Said => ({ reason, credential, id: code.slot, isGuess: false });
  if (barred.includes(code.slot)) return said('CODE_BARRED');
  if (isSingleUse && isUsed(lock, code)) return said('CODE_USED');
  return said(lock.isPrivacyThrown ? 'PRIVACY' : 'OPENED');
}

function isUsed({ burned, floor }: ModelLock, { epoch, day, slot }: Daily): boolean {
  if (burned.ownershipEpoch !== floor.ownershipEpoch) return floor.ownershipEpoch < burned.ownershipEpoch;
  if (burned.day === 'unknown') return true;
  if (burned.epoch !== epoch) return epoch < burned.epoch;
  if (burned.day !== day) return day < burned.day;
  return burned.slots === 'all' || burned.slots.includes(slot);
}

/** Undefined: an empty battery reads nothing. */
export function present(lock: ModelLock, presented: Presented, now: Moment): Outcome<Said | undefined> {
  if (lock.batteryPercent === 0) return { lock, says: undefined, rows: [] };
  const isCode = presented.by === 'code' || presented.by === 'daily';
  const ready = isCode ? settleUnknown(lock, presented, now) : lock;
  const says = decide(ready, presented, now);
  const { lockout } = ready;
  const version = lock.inForce?.triple.tableVersion ?? 0;
  const isOpened = says.reason === 'OPENED';
  const row = `${isOpened ? 'opened' : 'refused'} ${says.reason} ${says.credential} ${says.id ?? 0} v${version}`;
  if (says.reason === 'MALFORMED') return { lock: ready, says, rows: [] };
  if (says.reason === 'LOCKED_OUT') {
    const after = { ...ready, lockout: { ...lockout, isRefusalLogged: true } };
    return { lock: after, says, rows: lockout.isRefusalLogged ? [] : [row] };
  }
  if (!isCode) {
    const isForgiven =
      isOpened && presented.by === 'phone' && lockout.waitS > 0 && ruleOf(lock) === 'igloohome';
    if (!isForgiven) return { lock: ready, says, rows: [row] };
    return { lock: { ...ready, lockout: waiting(0, 0, 0) }, says, rows: [row, 'lockoutEnded'] };
  }
  if (says.isGuess) {
    const after = counted(ruleOf(lock), lockout, now.monotonicMs);
    const rows = after.waitS > 0 ? [row, `lockedOut ${after.failures} ${after.waitS}`] : [row];
    return { lock: { ...ready, lockout: after }, says, rows };
  }
  if (!isOpened) return { lock: ready, says, rows: [row] };
  return {
    lock: { ...ready, lockout: waiting(0, 0, 0), burned: burnedBy(ready, says, now) },
    says,
    rows: [row],
  };
}

export const ruleOf = ({ inForce }: ModelLock) => inForce?.table.lockout ?? 'exponential';

/** The memory of used codes is gone: those of the first day on which a code is compared count as used. */
function settleUnknown(lock: ModelLock, presented: Presented, { trueMs, monotonicMs }: Moment): ModelLock {
  const { burned, inForce, clock, floor } = lock;
  const isWhole = presented.by === 'daily' || (presented.by === 'code' && /^\d{4,7}$/.test(presented.digits));
  const isCompared = isWhole && inForce !== undefined && remainingS(lock.lockout, monotonicMs) === 0;
  if (burned.day !== 'unknown' || !isCompared || trust(clock, trueMs) === 'lost') return lock;
  const { day } = wallTime(inForce.table.zone, saysS(clock, trueMs));
  const { epoch } = inForce.table.daily;
  return { ...lock, burned: { ownershipEpoch: floor.ownershipEpoch, epoch, day, slots: 'all' } };
}

function burnedBy({ burned, floor, inForce, clock }: ModelLock, said: Said, { trueMs }: Moment): Burned {
  if (said.credential !== 'dailySingleUse' || inForce === undefined || said.id === undefined) return burned;
  const { epoch } = inForce.table.daily;
  const { day } = wallTime(inForce.table.zone, saysS(clock, trueMs));
  const { ownershipEpoch } = floor;
  const isSame = burned.ownershipEpoch === ownershipEpoch && burned.epoch === epoch && burned.day === day;
  const slots = !isSame ? [said.id] : burned.slots === 'all' ? ('all' as const) : [...burned.slots, said.id];
  return { ownershipEpoch, epoch, day, slots };
}
