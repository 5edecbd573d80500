// One sentence a row, for people: what happened at the door, in the words of the product. Names of people and Keys
// are for whoever knows them; here credentials have their numbers.
import { encodeHex } from '../bytes.ts';
import { formatTriple } from '../triple.ts';
import { decodeEvent, type EventData, type LockEvent } from './event-fields.ts';
import {
  EVENT_GAP_REASONS,
  type EventCause,
  type EventCredential,
  type EventReason,
  type EventType,
} from './event-types.ts';
import type { LogEntry } from './row.ts';

const CREDENTIALS: Readonly<Record<EventCredential, string>> = {
  doorcode: 'Doorcode',
  keycard: 'Keycard',
  app: 'App',
  daily: 'Daily code',
  dailySingleUse: 'Single-use daily code',
};

const REASONS: Readonly<Record<EventReason, string>> = {
  OPENED: 'it is live',
  NO_TABLE: 'the lock had no table in force',
  TABLE_DAMAGED: 'its part of the table could not be read',
  UNKNOWN_CREDENTIAL: 'nothing in the table knew it',
  NOT_YET: 'it had not begun',
  EXPIRED: 'it had ended',
  OUT_OF_SCHEDULE: 'it was outside of its schedule',
  CLOCK_UNTRUSTED: 'it is bound to a time and the clock was lost',
  LOCKED_OUT: 'the keypad was locked out after wrong codes',
  CODE_BARRED: 'the cloud had barred it',
  CODE_USED: 'it had been used',
  PRIVACY: 'the privacy deadbolt was thrown',
  MALFORMED: 'what was entered is no code',
};

const CAUSES: Readonly<Record<EventCause, string>> = {
  credential: 'a credential',
  hand: 'hand',
  key: 'the mechanical key',
  inside: 'the inside',
  timer: 'the time that was set',
  command: 'a command',
  app: 'the app',
  schedule: 'the schedule',
};

/** Also of a row whose type or data came later than this code. `holder`: the name of whose credential it was. */
export function describeRow(
  { typeNumber, data }: Pick<LogEntry, 'typeNumber' | 'data'>,
  holder?: string,
): string {
  const event = decodeEvent(typeNumber, data);
  return event === undefined
    ? `Event of type ${typeNumber}, which this version cannot read.`
    : describeEvent(event, holder);
}

export function describeEvent(event: LockEvent, holder?: string): string {
  switch (event.type) {
    case 'gap':
      return `Rows ${event.from} to ${event.to} may be missing: ${gapReasons(event.reasons)}.`;
    case 'booted':
      return `The lock started with table ${formatTriple(event.triple)} at its floor.`;
    case 'flashReplaced':
      return 'The flash was found to be from an earlier day, or empty: nothing in it was believed.';
    case 'tableCommitted':
      return `Table ${formatTriple(event.triple)} came into force.`;
    case 'opened':
      return `${presented(event, holder)} opened by table version ${event.tableVersion}.`;
    case 'refused':
      return `${presented(event, holder)} was refused: ${REASONS[event.reason]}.`;
    case 'activated':
      return `The lock was activated for door ${encodeHex(event.doorId)}.`;
    case 'alarm':
      return `Refused ${event.code} under the cloud's signature, with ${formatTriple(event.triple)} at the floor.`;
    case 'lockedOut':
      return `The keypad locked itself out for ${event.seconds} s after ${event.failures} wrong codes.`;
    case 'lockoutEnded':
      return `The lockout of the keypad ended by ${CAUSES[event.cause]}.`;
    case 'boltJammed':
      return `The bolt jammed: ${event.tries} tries failed.`;
    case 'doorAjar':
      return `The door has stood open for ${event.openSeconds} s.`;
    case 'doorForced':
      return 'The door was opened although nobody had been let in.';
    case 'ajarEnded':
      return `The door was closed after ${event.openSeconds} s.`;
    case 'batteryLow':
      return `The battery is low: ${event.percent} %.`;
    case 'batteryEmpty':
      return 'The battery is empty: the motor stands still.';
    case 'clockSet':
      return `The clock was set, to within ${event.uncertaintyS} s.`;
    case 'clockLost':
      return 'The lock lost its clock.';
    case 'deactivated':
      return `The lock was deactivated: ownership epoch ${event.ownershipEpoch}.`;
    case 'reset':
      return `The lock was reset by hand: ownership epoch ${event.ownershipEpoch}; it keeps its owner.`;
    case 'released':
      return `The owner released the lock: ownership epoch ${event.ownershipEpoch}.`;
    case 'keySetAdopted':
      return `Key set ${event.number} came into force.`;
    case 'firmwareStaged':
      return `Firmware ${event.firmware} is there and waits for its trial.`;
    case 'firmwareTrial':
      return `Firmware ${event.firmware} was tried.`;
    case 'firmwareConfirmed':
      return `Firmware ${event.firmware} passed its trial.`;
    case 'firmwareFellBack':
      return `Firmware ${event.from} failed its trial: back to ${event.to}.`;
    case 'tampered':
      return 'The lock was tampered with.';
    case 'privacyThrown':
      return 'The privacy deadbolt was thrown from the inside.';
    case 'privacyReleased':
      return 'The privacy deadbolt was released.';
    case 'manualUnlock':
      return `The door was unlocked by ${CAUSES[event.cause]}.`;
    case 'holdOpenStarted':
      return 'The door is held open by its schedule.';
    case 'holdOpenEnded':
      return 'The door is no longer held open.';
    case 'boltLocked':
      return `The bolt locked by ${CAUSES[event.cause]}.`;
    case 'boltUnlocked':
      return `The bolt unlocked by ${CAUSES[event.cause]}.`;
    case 'rowsCounted':
      return counted(event.ofType, event.count);
  }
}

function presented({ credential, credentialId }: EventData<'opened'>, holder: string | undefined): string {
  if (holder !== undefined) return `${CREDENTIALS[credential]} of ${holder}`;
  return credentialId === 0
    ? `A ${CREDENTIALS[credential].toLowerCase()}`
    : `${CREDENTIALS[credential]} ${credentialId}`;
}

function gapReasons(bits: number): string {
  const words = [
    (bits & EVENT_GAP_REASONS.overflow) !== 0 ? 'the log was full' : undefined,
    (bits & EVENT_GAP_REASONS.damaged) !== 0 ? 'the power failed while they were written' : undefined,
    (bits & EVENT_GAP_REASONS.skipped) !== 0 ? 'their numbers were passed over' : undefined,
  ].filter((word) => word !== undefined);
  return words.length === 0 ? 'no reason given' : words.join(', ');
}

const counted = (type: EventType, count: number): string =>
  count === 0
    ? `More rows of type ${type} today are only counted.`
    : `Counted and not written: ${count} more rows of type ${type}.`;
