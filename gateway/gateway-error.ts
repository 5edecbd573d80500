// What a gateway could not do at a door, typed: who reads it has been there for nothing, so each says what to do next.
import { DoorlabError } from '#protocol/errors.ts';
import type { RefusalCode } from '#protocol/sync/refusals.ts';
import type { DeliveryEnd } from './courier/delivery.ts';
import type { ActivationEnd } from './courier/activation.ts';
import type { DepartureEnd } from './courier/departure.ts';

export type GatewayErrorCode =
  | 'DOOR_UNKNOWN' // no door of that name or id, or none with a lock
  | 'DOOR_AMBIGUOUS' // several doors of that name
  | 'DOOR_NOT_FOUND' // its lock was not met on the air
  | 'TIMEOUT' // the lock stopped answering
  | 'LINK_LOST' // the link dropped again and again
  | 'LOCK_REFUSED' // see `refusal`
  | 'LOCK_GARBLED' // what it says is not the protocol
  | 'NOT_APPLIED' // the lock vouches for another table
  | 'KEY_SETS_MISSING' // the cloud does not give the key sets that the lock needs
  | 'IMAGE_UNTRUSTED' // a firmware image that the key in force did not sign
  | 'FIRMWARE_FELL_BACK' // its trial was not passed
  | 'FIRMWARE_WAITS' // it is in the lock, and was not seen to come up
  | 'LOCK_UNPROVEN' // a lock with a network of its own signs nothing
  | 'RECEIPT_HELD' // done at the lock, and the cloud does not know yet
  | 'PARTLY_DONE' // some doors were done, others not
  | 'AGENT_NOT_RUNNING' // nobody to be watched
  | 'AGENT_SILENT' // one is there, and says nothing
  | 'INTERRUPTED';

export class GatewayError extends DoorlabError {
  readonly code: GatewayErrorCode;
  readonly refusal: RefusalCode | undefined;

  constructor(
    code: GatewayErrorCode,
    message: string,
    options: { cause?: unknown; next?: string; refusal?: RefusalCode } = {},
  ) {
    super(message, options);
    this.code = code;
    this.refusal = options.refusal;
  }
}

type Failure =
  | Exclude<DepartureEnd, { readonly result: 'left' }>
  | Exclude<DeliveryEnd, { readonly result: 'applied' | 'already-current' }>
  | Exclude<ActivationEnd, { readonly result: 'activated' }>;

/** `doorName` for people. */
export function failureOf(doorName: string, end: Failure): GatewayError {
  switch (end.result) {
    case 'refused':
      return new GatewayError('LOCK_REFUSED', `${doorName}: ${end.error.message}.`, {
        cause: end.error,
        refusal: end.error.code,
        // Of the rest a lock says no more than that it could not read it.
        next: end.error.next ?? 'Try again; if it stays, update the lock firmware or this program.',
      });
    case 'unreachable':
      return new GatewayError('DOOR_NOT_FOUND', `${doorName} shows itself but can't be connected to.`, {
        next: 'Another courier may be connected to it: try again in a moment, or come closer.',
      });
    case 'timed-out':
      return new GatewayError(
        'TIMEOUT',
        `${doorName} did not go on: its ${wordsOf(end.awaited)} never came.`,
        {
          next: 'Try again; what the lock has received is kept.',
        },
      );
    case 'link-lost':
      return new GatewayError('LINK_LOST', `The link to ${doorName} was lost: ${end.detail}.`, {
        next: 'Come closer and try again; what the lock has received is kept.',
      });
    case 'garbled':
      return new GatewayError(
        'LOCK_GARBLED',
        `${doorName} said what no lock says (${end.code}): ${end.detail}.`,
        {
          next: 'Update the lock firmware or this program: they speak differently.',
        },
      );
    case 'not-applied':
      return new GatewayError(
        'NOT_APPLIED',
        `${doorName} vouches for another table than the one it was given.`,
        {
          next: 'Sync it again; DOOR OS shows what the lock reported.',
        },
      );
    case 'no-key-sets':
      return new GatewayError(
        'KEY_SETS_MISSING',
        `The cloud has no key set that follows number ${end.after}.`,
        {
          next: 'Check that this is the cloud that the lock was activated by.',
        },
      );
    case 'cancelled':
      return interrupted();
  }
}

export const interrupted = (): GatewayError =>
  new GatewayError('INTERRUPTED', 'It was stopped.', {
    next: 'Run it again: what was received and what is to be told to the cloud is kept.',
  });

export const notInRange = (doorName: string): GatewayError =>
  new GatewayError('DOOR_NOT_FOUND', `${doorName} is not in range.`, {
    next: 'Go to the door, check that its lock has power, and look around with doorlab scan.',
  });

export const otherLock = (doorName: string): GatewayError =>
  new GatewayError('DOOR_UNKNOWN', `${doorName} has been given another lock meanwhile.`, {
    next: 'Run it again.',
  });

const wordsOf = (awaited: string): string => awaited.replaceAll('-', ' ');
