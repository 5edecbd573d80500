// Why a ceremony of the cloud's keys does not go on: a rotation, a request, a signature of a root key.
import { DoorlabError } from '#protocol/errors.ts';

export type KeyCeremonyErrorCode =
  | 'REQUEST_UNREADABLE'
  | 'SIGNATURE_UNREADABLE'
  | 'ROOT_UNKNOWN'
  | 'SIGNED_BEFORE'
  | 'ROTATION_PENDING'
  | 'ROTATION_NONE'
  | 'ROTATION_REFUSED'
  | 'RELEASE_REFUSED';

export class KeyCeremonyError extends DoorlabError {
  readonly code: KeyCeremonyErrorCode;

  constructor(code: KeyCeremonyErrorCode, message: string, options: { cause?: unknown; next?: string } = {}) {
    super(message, options);
    this.code = code;
  }
}
