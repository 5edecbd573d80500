// lock-status: what anybody may read. No stable identity: the advert's bytes rotate, the nonce is the
// connection's own. WIRE 8.3.
import { concat } from '../bytes.ts';
import { LOCK_STATUS_MAX_BYTES } from '../limits.ts';
import { refuseUnless } from '../wire-error.ts';
import { ADVERT_BYTES } from './advert.ts';
import { CONNECTION_NONCE_BYTES } from './messages.ts';
import { decodeProgress, encodeProgress, type Progress } from './progress.ts';

const FORMAT = 1;
const FIXED_BYTES = 2 + ADVERT_BYTES + CONNECTION_NONCE_BYTES + 1;

export interface LockStatus {
  readonly gattVersion: number;
  readonly advert: Uint8Array;
  readonly connectionNonce: Uint8Array;
  /** Of the offer that this connection or an earlier one of this boot made. */
  readonly transfer: { readonly offerId: number; readonly progress: Progress } | undefined;
}

export const encodeLockStatus = (status: LockStatus): Uint8Array =>
  concat(
    Uint8Array.of(FORMAT, status.gattVersion),
    status.advert,
    status.connectionNonce,
    status.transfer === undefined
      ? Uint8Array.of(0)
      : concat(Uint8Array.of(1, status.transfer.offerId), encodeProgress(status.transfer.progress)),
  );

/** Throws WireError. */
export function decodeLockStatus(value: Uint8Array): LockStatus {
  refuseUnless(value.length >= FIXED_BYTES, 'TRUNCATED', 'a lock-status that ends early');
  refuseUnless(value.length <= LOCK_STATUS_MAX_BYTES, 'TOO_LARGE', 'a lock-status above 244 bytes');
  refuseUnless(value[0] === FORMAT, 'WRONG_FORMAT', `lock-status format ${value[0]}`);
  const present = value[FIXED_BYTES - 1] ?? 0;
  refuseUnless(present <= 1, 'OUT_OF_RANGE', 'a transfer mark of no meaning');
  refuseUnless(present === 1 || value.length === FIXED_BYTES, 'TRAILING_BYTES', 'bytes behind a lock-status');
  refuseUnless(present === 0 || value.length > FIXED_BYTES, 'TRUNCATED', 'a transfer without its offer');
  return {
    gattVersion: value[1] ?? 0,
    advert: value.slice(2, 2 + ADVERT_BYTES),
    connectionNonce: value.slice(2 + ADVERT_BYTES, FIXED_BYTES - 1),
    transfer:
      present === 0
        ? undefined
        : { offerId: value[FIXED_BYTES] ?? 0, progress: decodeProgress(value.subarray(FIXED_BYTES + 1)) },
  };
}
