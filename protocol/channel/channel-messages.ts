// What a phone and a lock say on the channel: the handshake in the clear of Noise's own, then sealed commands and answers,
// one codec each. Phones speak types below 64, locks those from 64 on. WIRE 14.
import {
  bool,
  decodeWith,
  encodeWith,
  enumeration,
  field,
  int,
  nullable,
  struct,
  u32,
} from '../cbor/codec.ts';
import { concat, u32 as u32Bytes, utf8 } from '../bytes.ts';
import { AEAD_TAG_BYTES } from '../crypto/engine.ts';
import type { LockId } from '../ids.ts';
import { CHANNEL_MESSAGE_MAX_BYTES } from '../limits.ts';
import { EVENT_REASONS, type EventReason } from '../log/event-types.ts';
import type { ClockTrust } from '../signed/receipt.ts';
import { tripleCodec, type Triple } from '../triple.ts';

export const CHANNEL_MESSAGE = {
  /** Body: Noise's first message, with an empty payload. */
  open: 1,
  /** Body: a sealed command. */
  command: 2,
  /** Body: Noise's second message, with an empty payload. */
  opened: 65,
  /** Body: a sealed answer. */
  answer: 66,
  /** Body: a refusal, in the clear and believed by nobody: it only says why the channel is over. */
  refusal: 70,
} as const;

/** What both sides must agree on beforehand: an open channel is with this lock, of this owner. WIRE 14.1. */
export const channelPrologue = (lockId: LockId, ownershipEpoch: number): Uint8Array =>
  concat(utf8('doorlab/1'), lockId, u32Bytes(ownershipEpoch));

/** Room in a message behind the tag that seals it. */
const PLAIN_MAX_BYTES = CHANNEL_MESSAGE_MAX_BYTES - AEAD_TAG_BYTES;
const FIRST_NUMBER = 1;
const commandNumber = int(FIRST_NUMBER, 0xffff_ffff);

/** WIRE 14.3. */
export interface ChannelCommand {
  /** Higher than that of every other command on this channel; the very last one again gets its answer again. */
  readonly number: number;
  readonly kind: 'unlock' | 'status';
}

const commandCodec = struct<ChannelCommand>({
  number: field(1, commandNumber),
  kind: field(2, enumeration({ unlock: 1, status: 2 })),
});

export const encodeChannelCommand = (command: ChannelCommand): Uint8Array =>
  encodeWith(commandCodec, command);
export const decodeChannelCommand = (plain: Uint8Array): ChannelCommand =>
  decodeWith(commandCodec, plain, PLAIN_MAX_BYTES, 'channel command');

/** How the lock is, for a phone that it knows. */
export interface DoorState {
  /** Of a mortise its latch, of a reader its relay. */
  readonly bolt: 'locked' | 'unlocked' | 'jammed';
  /** Whether a hand outside opens the door now. */
  readonly opensFromOutside: boolean;
  readonly batteryPercent: number;
  readonly lockTimeS: number;
  readonly clockTrust: ClockTrust;
  /** With table version 0 where there is no table. */
  readonly triple: Triple;
  readonly firmware: number;
}

const doorStateCodec = struct<DoorState>({
  bolt: field(1, enumeration({ locked: 0, unlocked: 1, jammed: 2 })),
  opensFromOutside: field(2, bool),
  batteryPercent: field(3, int(0, 100)),
  lockTimeS: field(4, u32),
  clockTrust: field(5, enumeration({ trusted: 0, drifting: 1, lost: 2 })),
  triple: field(6, tripleCodec),
  firmware: field(7, u32),
});

/** WIRE 14.3. */
export interface ChannelAnswer {
  /** The command's. */
  readonly number: number;
  /** `cannot-move`: no charge to move anything. `failed`: flash that keeps no row any more. */
  readonly outcome: 'done' | 'refused' | 'cannot-move' | 'failed';
  /** What was decided; null where nothing was. */
  readonly reason: EventReason | null;
  /** Null for a phone that no row of the table in force knows. */
  readonly state: DoorState | null;
}

const answerCodec = struct<ChannelAnswer>({
  number: field(1, commandNumber),
  outcome: field(2, enumeration({ done: 0, refused: 1, 'cannot-move': 2, failed: 3 })),
  reason: field(3, nullable(enumeration(EVENT_REASONS))),
  state: field(4, nullable(doorStateCodec)),
});

export const encodeChannelAnswer = (answer: ChannelAnswer): Uint8Array => encodeWith(answerCodec, answer);
export const decodeChannelAnswer = (plain: Uint8Array): ChannelAnswer =>
  decodeWith(answerCodec, plain, PLAIN_MAX_BYTES, 'channel answer');
