// The control messages of a Door Sync, one codec each. Couriers speak types below 64, locks those from 64 on.
// WIRE 9.
import {
  bool,
  bytes,
  decodeWith,
  encodeWith,
  enumeration,
  field,
  int,
  literal,
  nullable,
  struct,
  text,
  u32,
  u8,
} from '../cbor/codec.ts';
import { concat, readU16, u16, utf8 } from '../bytes.ts';
import type { CryptoEngine } from '../crypto/engine.ts';
import { hashCodec, type Hash } from '../ids.ts';
import { CONTROL_MESSAGE_MAX_BYTES } from '../limits.ts';
import { NONCE_BYTES, type TableState } from '../signed/receipt.ts';
import { tripleCodec, type Triple } from '../triple.ts';
import { refuseUnless, WireError } from '../wire-error.ts';
import { refusalNumbers, type RefusalCode } from './refusals.ts';

export const MESSAGE = {
  hello: 1,
  /** Body: a signed key set. */
  keySet: 2,
  offer: 3,
  /** Body: an activation request. */
  activate: 4,
  /** Body: an activation grant. */
  grant: 5,
  /** No body. */
  timeRequest: 6,
  /** Body: a time statement. */
  time: 7,
  logPull: 8,
  /** Body: the cloud's acknowledgement of the log. */
  logAck: 9,
  /** Body: as an offer, with a signed firmware manifest. */
  firmwareOffer: 10,
  /** Body: a deactivation. */
  deactivate: 11,
  /** Body: a release by root keys. */
  release: 12,
  helloAnswer: 65,
  keySetAnswer: 66,
  offerAnswer: 67,
  /** Body: an activation statement. */
  statement: 68,
  /** Body: a receipt. */
  receipt: 69,
  refusal: 70,
  ack: 71,
  timeChallenge: 72,
  timeAnswer: 73,
  /** Body: a signed and sealed batch of event rows. */
  logBatch: 74,
  logAckAnswer: 75,
  firmwareAnswer: 76,
} as const;

export type MessageName = keyof typeof MESSAGE;

/** Couriers speak below, locks from here on. */
const FIRST_LOCK_TYPE = 64;

/** The name of a message that came from that side. Throws UNKNOWN_MESSAGE. */
export function messageName(type: number, from: 'courier' | 'lock'): MessageName {
  const isFromLock = type >= FIRST_LOCK_TYPE;
  const found = (Object.keys(MESSAGE) as MessageName[]).find((name) => MESSAGE[name] === type);
  if (found === undefined || isFromLock !== (from === 'lock')) {
    throw new WireError('UNKNOWN_MESSAGE', `message ${type} means nothing from a ${from}`);
  }
  return found;
}

export const PROTOCOL_VERSION = 1;
export const CONNECTION_NONCE_BYTES = 8;
const MAC_BYTES = 8;

/** WIRE 9.2. */
export interface Hello {
  readonly version: number;
  readonly courierNonce: Uint8Array;
  /** From the cloud, for the receipt. */
  readonly cloudNonce: Uint8Array;
  /** Which nonce the MAC is over: the connection's, or, sent without a read before, the advert's. */
  readonly boundTo: 'connection' | 'advert';
  readonly mac: Uint8Array;
}

const helloCodec = struct<Hello>({
  version: field(1, u8),
  courierNonce: field(2, bytes(NONCE_BYTES)),
  cloudNonce: field(3, bytes(NONCE_BYTES)),
  boundTo: field(4, enumeration({ connection: 0, advert: 1 })),
  mac: field(5, bytes(MAC_BYTES)),
});

export const encodeHello = (hello: Hello): Uint8Array => encodeWith(helloCodec, hello);
export const decodeHello = (body: Uint8Array): Hello =>
  decodeWith(helloCodec, body, CONTROL_MESSAGE_MAX_BYTES, 'hello');

/** 8 bytes of HMAC under the advertising key over kind, the lock's nonce, the courier's and the cloud's. */
export function helloMac(
  engine: CryptoEngine,
  advertisingKey: Uint8Array,
  boundTo: Hello['boundTo'],
  nonce: Uint8Array,
  { courierNonce, cloudNonce }: Pick<Hello, 'courierNonce' | 'cloudNonce'>,
): Uint8Array {
  const message = concat(utf8(`doorlab/hello/1/${boundTo}`), nonce, courierNonce, cloudNonce);
  return engine.hmacSha256(advertisingKey, message).slice(0, MAC_BYTES);
}

/** WIRE 9.3: where the lock stands. Comes only after a right MAC. */
export interface HelloAnswer {
  readonly version: typeof PROTOCOL_VERSION;
  readonly activated: boolean;
  readonly tableState: TableState;
  /** With table version 0 where there is no table. */
  readonly triple: Triple;
  /** 0 before activation. */
  readonly keySetNumber: number;
  readonly tableHash: Hash | null;
  /** Manifest hash of the set being received. */
  readonly stageHash: Hash | null;
  readonly firmware: number;
  readonly capacityRows: number;
}

const helloAnswerCodec = struct<HelloAnswer>({
  version: field(1, literal(PROTOCOL_VERSION)),
  activated: field(2, bool),
  tableState: field(3, enumeration({ none: 0, active: 1, degraded: 2 })),
  triple: field(4, tripleCodec),
  keySetNumber: field(5, u32),
  tableHash: field(6, nullable(hashCodec)),
  stageHash: field(7, nullable(hashCodec)),
  firmware: field(8, u32),
  capacityRows: field(9, u32),
});

export const encodeHelloAnswer = (answer: HelloAnswer): Uint8Array => encodeWith(helloAnswerCodec, answer);
export const decodeHelloAnswer = (body: Uint8Array): HelloAnswer =>
  decodeWith(helloAnswerCodec, body, CONTROL_MESSAGE_MAX_BYTES, 'hello answer');

/** WIRE 9.4: the number of the key set now in force. */
export interface KeySetAnswer {
  readonly keySetNumber: number;
}

const keySetAnswerCodec = struct<KeySetAnswer>({ keySetNumber: field(1, u32) });

export const encodeKeySetAnswer = (answer: KeySetAnswer): Uint8Array => encodeWith(keySetAnswerCodec, answer);
export const decodeKeySetAnswer = (body: Uint8Array): KeySetAnswer =>
  decodeWith(keySetAnswerCodec, body, CONTROL_MESSAGE_MAX_BYTES, 'key set answer');

/** WIRE 9.5: not CBOR, so that a manifest of full size fits: offer id 1, frame bytes 2, manifest. */
export interface Offer {
  /** Marks this offer's frames, so that a late one of an earlier offer is told apart. */
  readonly offerId: number;
  /** Payload bytes of a frame: 1..241. */
  readonly frameBytes: number;
  readonly manifestBytes: Uint8Array;
}

const OFFER_HEADER_BYTES = 3;
export const FRAME_BYTES_MIN = 17;
export const FRAME_BYTES_MAX = 241;

export const encodeOffer = (offer: Offer): Uint8Array =>
  concat(Uint8Array.of(offer.offerId), u16(offer.frameBytes), offer.manifestBytes);

export function decodeOffer(body: Uint8Array): Offer {
  refuseUnless(body.length > OFFER_HEADER_BYTES, 'TRUNCATED', 'an offer without a manifest');
  const frameBytes = readU16(body, 1);
  const isUsual = frameBytes >= FRAME_BYTES_MIN && frameBytes <= FRAME_BYTES_MAX;
  refuseUnless(isUsual, 'OUT_OF_RANGE', `frames of ${frameBytes} bytes`);
  return { offerId: body[0] ?? 0, frameBytes, manifestBytes: body.slice(OFFER_HEADER_BYTES) };
}

/** WIRE 9.5: what is still to be sent. A manifest equal to the active one is answered by a receipt instead. */
export interface OfferAnswer {
  readonly offerId: number;
  readonly status: 'send' | 'nothing-missing';
  /** See progress.ts. */
  readonly progress: Uint8Array;
}

const PROGRESS_MAX_BYTES = 244;
const offerAnswerCodec = struct<OfferAnswer>({
  offerId: field(1, u8),
  status: field(2, enumeration({ send: 0, 'nothing-missing': 1 })),
  progress: field(3, bytes(1, PROGRESS_MAX_BYTES)),
});

export const encodeOfferAnswer = (answer: OfferAnswer): Uint8Array => encodeWith(offerAnswerCodec, answer);
export const decodeOfferAnswer = (body: Uint8Array): OfferAnswer =>
  decodeWith(offerAnswerCodec, body, CONTROL_MESSAGE_MAX_BYTES, 'offer answer');

/** What a refusal is of that is of the transfer, or of fragments that make no message. */
export const OF_NO_MESSAGE = 0;

/** WIRE 9.8. */
export interface Refusal {
  readonly code: RefusalCode;
  /** The message type that is refused, or OF_NO_MESSAGE. */
  readonly ofType: number;
  readonly detail: string;
}

const DETAIL_MAX_CHARACTERS = 120;
const refusalCodec = struct<Refusal>({
  code: field(1, enumeration(refusalNumbers)),
  ofType: field(2, int(0, 127)),
  detail: field(3, text(DETAIL_MAX_CHARACTERS)),
});

/** The detail is cut to what fits; characters that are not printable ASCII become '?'. */
export function encodeRefusal(refusal: Refusal): Uint8Array {
  const detail = refusal.detail.replace(/[^\x20-\x7e]/g, '?').slice(0, DETAIL_MAX_CHARACTERS);
  return encodeWith(refusalCodec, { ...refusal, detail });
}
export const decodeRefusal = (body: Uint8Array): Refusal =>
  decodeWith(refusalCodec, body, CONTROL_MESSAGE_MAX_BYTES, 'refusal');
