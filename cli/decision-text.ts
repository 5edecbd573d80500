// A lock's decision as people and programs read it: the sentence, and what it was made from.
import type { DecidedAtBench } from '#lock-sim/control/replies.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { timeText } from './numbers.ts';
import type { JsonObject } from './output.ts';

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun', 'holidays'] as const;

export const exitOf = ({ outcome }: DecidedAtBench): ExitCode =>
  outcome === 'open' ? EXIT.done : EXIT.refused;

export const decisionJson = (decided: DecidedAtBench): JsonObject => ({ ...decided });

/** A line for each part. */
export function decisionParts(decided: DecidedAtBench): string[] {
  const { credential, tableVersion, row, schedule, clock, lockout, reason } = decided;
  const part = (name: string, text: string): string => `  ${name.padEnd(11)} ${text}`;
  return [
    part('reason', reason),
    part('credential', credential.id === undefined ? credential.kind : `${credential.kind} ${credential.id}`),
    part('table', tableVersion === undefined ? 'none in force' : `version ${tableVersion}`),
    part('row', row === undefined ? 'none' : rowText(row)),
    part('schedule', schedule === undefined ? 'none' : scheduleText(schedule)),
    part('clock', clockText(clock)),
    part('lockout', lockoutText(lockout)),
  ];
}

function rowText({ credentialId, kind, isGuest, startS, endS }: NonNullable<DecidedAtBench['row']>): string {
  const end = endS === undefined ? 'with no end' : `until ${timeText(endS)}`;
  return `credential ${credentialId}, a ${kind}${isGuest ? ' of a guest' : ''}, from ${timeText(startS)} ${end}`;
}

function scheduleText({ number, windows }: NonNullable<DecidedAtBench['schedule']>): string {
  if (number === 0) return 'always';
  return `${number}: ${windows.map(windowText).join(' or ') || 'no window'}, in the time of the building`;
}

function windowText({
  days,
  startMinute,
  endMinute,
}: NonNullable<DecidedAtBench['schedule']>['windows'][number]): string {
  const named = DAYS.filter((_, bit) => (days & (1 << bit)) !== 0);
  return `${named.join(' ')} ${minuteText(startMinute)}-${minuteText(endMinute)}`;
}

function minuteText(minute: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

export const clockText = ({ nowS, trust, uncertaintyS }: DecidedAtBench['clock']): string =>
  trust === 'lost'
    ? `lost: ${timeText(nowS)} at least`
    : `${timeText(nowS)}, ${trust}, to within ${uncertaintyS} s`;

function lockoutText({ failures, remainingS }: DecidedAtBench['lockout']): string {
  const entries = `${failures} wrong ${failures === 1 ? 'entry' : 'entries'}`;
  return remainingS > 0 ? `another ${remainingS} s, after ${entries}` : `none, ${entries} counted`;
}
