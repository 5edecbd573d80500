// What keeps a phone from opening a door, typed, each with what to do next.
import { DoorlabError } from '#protocol/errors.ts';
import type { EventReason } from '#protocol/log/event-types.ts';
import { REASON_SENTENCES, type AppCommandEnd } from '../courier/app-unlock.ts';
import { failureOf, GatewayError, interrupted } from '../gateway-error.ts';

export type PhoneErrorCode =
  | 'PHONE_NOT_SIGNED_IN' // never, or no longer
  | 'PHONE_FILE_UNREADABLE' // its key file is not what it should be
  | 'PHONE_FILE_TOO_OPEN' // others may read it
  | 'PHONE_FILE_NOT_WRITTEN' // the disk is full, or the folder is not ours
  | 'DOOR_NOT_OPENED' // the lock answered no, see `reason`
  | 'DOOR_CLOSED'; // there is nothing to ask yet: no lock, or access that has not begun

export class PhoneError extends DoorlabError {
  readonly code: PhoneErrorCode;
  readonly reason: EventReason | undefined;

  constructor(
    code: PhoneErrorCode,
    message: string,
    options: { cause?: unknown; next?: string; reason?: EventReason } = {},
  ) {
    super(message, options);
    this.code = code;
    this.reason = options.reason;
  }
}

export const notSignedIn = (message: string, cause?: unknown): PhoneError =>
  new PhoneError('PHONE_NOT_SIGNED_IN', message, { cause, next: 'Sign in: doorlab app login EMAIL' });

const ASK = 'Ask the property about your access; doorlab app doors shows what it is now.';

/** What mends it, whether or not the cloud can be asked. */
const NEXT: Partial<Readonly<Record<EventReason, string>>> = {
  OUT_OF_SCHEDULE: 'Come back within the hours of your Key, or ask the property for them.',
  PRIVACY: 'Knock: it can be opened from the inside alone.',
  CLOCK_UNTRUSTED: 'Get a connection, then try again at the door: the clock is set with it, by a Door Sync.',
};

/** Of a command that the lock answered, and did not do. `isOnline`: the cloud could be asked. */
export function notOpened(
  doorName: string,
  { outcome, reason }: { readonly outcome: string; readonly reason: EventReason | null },
  isOnline: boolean,
): PhoneError {
  if (outcome === 'cannot-move')
    return new PhoneError('DOOR_NOT_OPENED', `${doorName}: the lock's battery is empty.`, {
      next: 'Use the key, and tell the property to change the batteries.',
    });
  if (reason === null)
    return new PhoneError('DOOR_NOT_OPENED', `${doorName}: the lock can't keep its log and opens nothing.`, {
      next: 'Use the key, and tell the property: the lock has to be exchanged.',
    });
  const next =
    NEXT[reason] ??
    (isOnline ? ASK : 'Get a connection, then try again: the lock may need the newest access list.');
  return new PhoneError('DOOR_NOT_OPENED', `${doorName}: ${REASON_SENTENCES[reason]}`, { reason, next });
}

/** From the moment that a lock is told to open until it says what came of it: what whoever goes away now has to know. */
export const openUnanswered = (doorName: string): { readonly message: string; readonly next: string } => ({
  message: `${doorName} was told to open, and had not said yet what came of it.`,
  next: 'Look whether the door is open; otherwise try again.',
});

/** Of a lock that gave no answer. */
export function noAnswer(
  doorName: string,
  end: Exclude<AppCommandEnd, { readonly result: 'answered' }>,
): GatewayError {
  switch (end.result) {
    case 'timed-out':
      return new GatewayError(
        'TIMEOUT',
        end.awaited === 'answer'
          ? `${doorName} took the command and never said what came of it.`
          : `${doorName} did not answer.`,
        { next: 'Look whether the door is open; otherwise try again.' },
      );
    case 'link-lost':
      return new GatewayError('LINK_LOST', `The link to ${doorName} was lost: ${end.detail}.`, {
        next: 'Look whether the door is open; otherwise come closer and try again.',
      });
    case 'cancelled':
      return interrupted();
    case 'garbled': {
      const { code, message } = failureOf(doorName, end);
      return new GatewayError(code, message, {
        next: 'Look whether the door is open; otherwise update the lock firmware or this program: they speak differently.',
      });
    }
    case 'refused':
    case 'unreachable':
      return failureOf(doorName, end);
  }
}

export const doorNotFound = (doorName: string): GatewayError =>
  new GatewayError('DOOR_NOT_FOUND', `${doorName} is not in range.`, {
    next: 'Go to the door and try again; a lock without power shows nothing.',
  });
