// Every refusal of a parser, typed: whatever bytes come in, a decoder returns its type or throws this.
import { DoorlabError } from './errors.ts';

export type WireErrorCode =
  // WIRE 2: strict CBOR
  | 'TOO_LARGE'
  | 'TRUNCATED'
  | 'TRAILING_BYTES'
  | 'NOT_DETERMINISTIC'
  | 'DUPLICATE_KEY'
  | 'UNEXPECTED_TAG'
  | 'UNSUPPORTED_VALUE'
  | 'UNKNOWN_FIELD'
  | 'MISSING_FIELD'
  | 'WRONG_TYPE'
  | 'OUT_OF_RANGE'
  | 'WRONG_LENGTH'
  | 'WRONG_FORMAT'
  // WIRE 3: signatures
  | 'WRONG_ALGORITHM'
  | 'UNKNOWN_KEY'
  | 'WRONG_AUDIENCE'
  | 'WRONG_ROLE'
  | 'BAD_SIGNATURE'
  | 'TOO_FEW_SIGNATURES'
  | 'KEY_SET_OUT_OF_ORDER'
  // WIRE 5, 6: table and package
  | 'BAD_PADDING'
  | 'NOT_SORTED'
  | 'GROUP_TOO_LARGE'
  | 'GROUP_SPLIT'
  | 'BAD_CHUNK'
  | 'BAD_SEAL'
  | 'TABLE_MISMATCH'
  | 'LIMIT_EXCEEDED'
  // WIRE 13: the event log
  | 'BAD_CHAIN'
  // WIRE 8, 9: on the air
  | 'OUT_OF_SEQUENCE'
  | 'UNKNOWN_MESSAGE'
  | 'BAD_LABEL';

export class WireError extends DoorlabError {
  readonly code: WireErrorCode;

  constructor(code: WireErrorCode, message: string, options: { cause?: unknown; next?: string } = {}) {
    super(message, options);
    this.code = code;
  }
}

export function refuseUnless(condition: boolean, code: WireErrorCode, message: string): asserts condition {
  if (!condition) throw new WireError(code, message);
}
