// What a courier carries to a lock, a credential set or a firmware image: which offer it goes by, which key set the lock
// has to be at for it, and what the lock's last word on it means. The transfer between is one and the same.
import { equalBytes } from '#protocol/bytes.ts';
import type { FirmwarePackage } from '#protocol/signed/firmware.ts';
import type { FirmwareAnswer } from '#protocol/sync/firmware-messages.ts';
import { MESSAGE, type HelloAnswer, type Refusal } from '#protocol/sync/messages.ts';
import type { Package } from '#protocol/table/package.ts';
import { compareTriples } from '#protocol/triple.ts';
import { WireError } from '#protocol/wire-error.ts';
import type { CarriedReceipt } from './lock-messages.ts';

export type Cargo =
  | { readonly kind: 'set'; readonly package: Package }
  | {
      readonly kind: 'image';
      readonly package: FirmwarePackage;
      /** The first key set with the firmware key that signed it; 0 where that is not known. */
      readonly keySet: number;
      /** Only how far the lock is with it is wanted: no frame is sent. */
      readonly isLook: boolean;
    };

export type SetEnd =
  | ({ readonly result: 'applied' | 'already-current' } & CarriedReceipt)
  /** The lock vouches for another table than the one offered. */
  | ({ readonly result: 'not-applied' } & CarriedReceipt);

export type ImageEnd =
  /** Whole and marked: the lock restarts into it. */
  | { readonly result: 'staged' }
  /** The lock runs it, and it has yet to pass. */
  | { readonly result: 'on-trial' }
  /** Where a look is all that is wanted: another runs. */
  | { readonly result: 'not-running' };

export const offerTypeOf = ({ kind }: Cargo): number =>
  kind === 'set' ? MESSAGE.offer : MESSAGE.firmwareOffer;

export const lastWordOn = ({ kind }: Cargo): 'receipt' | 'firmware-answer' =>
  kind === 'set' ? 'receipt' : 'firmware-answer';

/** The lock is brought up to that number first. */
export const neededKeySet = (cargo: Cargo): number =>
  cargo.kind === 'set' ? cargo.package.manifest.triple.keyEpoch : cargo.isLook ? 0 : cargo.keySet;

/** Where what the lock says at its greeting is all that there is to it. */
export function endByGreeting(
  cargo: Cargo,
  { firmware: running }: HelloAnswer,
): ImageEnd | { readonly result: 'refused'; readonly refusal: Refusal } | undefined {
  if (cargo.kind === 'set') return undefined;
  const { firmware } = cargo.package.manifest;
  // An offer would be no look any more: where all chunks are in flash the lock tries the image anew.
  if (firmware > running) return cargo.isLook ? { result: 'not-running' } : undefined;
  if (firmware === running) return undefined;
  // As the lock itself would refuse it, and raise an alarm for an owner who only took the wrong file.
  const detail = `firmware ${firmware} is below ${running}, which runs`;
  const refusal = { code: 'FIRMWARE_NOT_NEWER', ofType: MESSAGE.firmwareOffer, detail } as const;
  return { result: 'refused', refusal };
}

/** `wasOfferedOnly`: no frame of it was sent on this connection. Throws WireError for a receipt of another one. */
export function endByReceipt(
  { manifest }: Package,
  courierNonce: Uint8Array,
  { receiptBytes, receipt }: CarriedReceipt,
  wasOfferedOnly: boolean,
): SetEnd {
  if (!equalBytes(receipt.courierNonce, courierNonce)) {
    throw new WireError('OUT_OF_SEQUENCE', 'a receipt for another connection');
  }
  const isTarget =
    receipt.tableState === 'active' &&
    compareTriples(receipt.triple, manifest.triple) === 0 &&
    equalBytes(receipt.tableHash ?? new Uint8Array(0), manifest.tableHash);
  const result = !isTarget ? 'not-applied' : wasOfferedOnly ? 'already-current' : 'applied';
  return { result, receiptBytes, receipt };
}

/** Throws WireError where the lock speaks of another image than the one it was offered. */
export function endByAnswer({ manifest }: FirmwarePackage, { running, staged }: FirmwareAnswer): ImageEnd {
  if (staged === manifest.firmware) return { result: 'staged' };
  if (running === manifest.firmware && staged === null) return { result: 'on-trial' };
  throw new WireError('OUT_OF_SEQUENCE', 'an answer about another firmware');
}
