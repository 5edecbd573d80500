// The live channel: one WebSocket a subscriber, JSON in text frames, on which the cloud says at once what a courier or a
// lock would otherwise find out by asking. It only ever wakes: what is to be done is asked for over the routes. And how
// a lock with a network of its own gets the token for it.
import { z } from 'zod';
import { STATEMENT_MAX_BYTES } from '../limits.ts';
import { LIVE_NONCE_BYTES } from '../signed/live-proof.ts';
import { API_BASE } from './contract.ts';
import { syncStates } from './door-sync.ts';
import { Bytes, Id, TimeS, Triple } from './values.ts';

/** `GET` with an upgrade and `Authorization: Bearer TOKEN`. No compression: what is secret and what is not share a frame. */
export const LIVE_PATH = `${API_BASE}/live`;

/** How often the server pings, and after how long without a frame either side gives the connection up. */
export const LIVE_PING_MS = 20_000;
export const LIVE_SILENCE_MS = 50_000;
/** One frame to a client, and one from it. */
export const LIVE_FRAME_MAX_BYTES = 1024 * 1024;
export const LIVE_CLIENT_FRAME_MAX_BYTES = 1_024;
/** Doors in one hello. */
export const LIVE_HELLO_DOORS_MAX = 1_000;

/** Why the server closes, beside 1009 (a frame too large). */
export const LIVE_CLOSE = {
  /** RFC 6455, 7.4.1: it stops, come again. */
  goingAway: 1_001,
  /** The token was revoked or is over, or the door has another lock: sign in anew. */
  tokenEnded: 4_401,
  /** A frame that is none of this channel's. */
  notUnderstood: 4_400,
  /** The client read too slowly, or is behind what is kept: come again, the hello has it all. */
  tooSlow: 4_408,
} as const;

/** Goes up by one with each announcement; a client may have it again, and skips what it has seen. */
const FeedNumber = z.int().min(0);

export const LiveDoor = z.object({
  doorId: Id,
  /** What the cloud wants; null where no lock is bound. */
  target: Triple.nullable(),
  /** Of the last receipt; null before the first. */
  applied: Triple.nullable(),
  state: z.enum(syncStates),
});
export type LiveDoor = z.infer<typeof LiveDoor>;

export const LiveServerMessage = z.discriminatedUnion('type', [
  /** First, after each connect. With `more` another hello follows for further doors. */
  z.object({
    type: z.literal('hello'),
    number: FeedNumber,
    doors: z.array(LiveDoor).max(LIVE_HELLO_DOORS_MAX),
    more: z.boolean(),
  }),
  /** The version that is wanted at a door rose. */
  z.object({ type: z.literal('target'), number: FeedNumber, doorId: Id, target: Triple }),
  /** Somebody pressed Sync now. The same request may come twice. */
  z.object({ type: z.literal('sync-request'), doorId: Id, requestId: z.string().min(1).max(128) }),
  z.object({ type: z.literal('ping') }),
]);
export type LiveServerMessage = z.infer<typeof LiveServerMessage>;

export const LiveClientMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('pong') }),
  /** Everything up to that number came. */
  z.strictObject({ type: z.literal('seen'), number: FeedNumber }),
]);
export type LiveClientMessage = z.infer<typeof LiveClientMessage>;

/** Undefined for what is no such message; an unknown type of a later cloud is none either. */
export const parseLiveServerMessage = (frame: string): LiveServerMessage | undefined =>
  parsed(LiveServerMessage, frame);
export const parseLiveClientMessage = (frame: string): LiveClientMessage | undefined =>
  parsed(LiveClientMessage, frame);
export const encodeLiveMessage = (message: LiveServerMessage | LiveClientMessage): string =>
  JSON.stringify(message);

function parsed<T extends z.ZodType>(schema: T, frame: string): z.output<T> | undefined {
  try {
    return schema.safeParse(JSON.parse(frame)).data;
  } catch {
    return undefined;
  }
}

const LOCK_ID_BYTES = 16;

export const LockSessionStart = z.strictObject({ lockId: Bytes(LOCK_ID_BYTES, LOCK_ID_BYTES) });
/** The same for a lock that the cloud does not know: who asks learns nothing from it. */
export const LockSession = z.object({
  sessionId: Id,
  /** What the live proof has to bear, WIRE 18. */
  nonce: Bytes(LIVE_NONCE_BYTES, LIVE_NONCE_BYTES),
  expiresAtS: TimeS,
});
export type LockSession = z.infer<typeof LockSession>;

export const LockProof = z.strictObject({ proof: Bytes(STATEMENT_MAX_BYTES, 1) });
/** A bearer token of scope `lock`, for that door alone. */
export const LockToken = z.object({
  token: z.string(),
  expiresAtS: TimeS,
  doorId: Id,
  doorName: z.string(),
});
export type LockToken = z.infer<typeof LockToken>;
