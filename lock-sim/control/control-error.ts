// What can go wrong between hands and a running lock, and where its socket lies.
import { join } from 'node:path';
import { DoorlabError } from '#protocol/errors.ts';

const SOCKET_FILE = 'control.sock';
/** sun_path of unix(7), with its closing zero. */
const SOCKET_PATH_MAX_BYTES = 107;

export const CONTROL_ERROR_CODES = [
  'CONTROL_PATH_TOO_LONG',
  'CONTROL_FAILED',
  'LOCK_NOT_RUNNING',
  /** It runs, and its power is cut: nothing happens. */
  'LOCK_DARK',
  /** It has power, and its storage did not keep what had to be kept first. */
  'LOCK_STORAGE_FAILED',
  /** It has too little power to read or to move anything. */
  'LOCK_BATTERY_EMPTY',
  'CONTROL_REFUSED',
] as const;
export type ControlErrorCode = (typeof CONTROL_ERROR_CODES)[number];

export class ControlError extends DoorlabError {
  readonly code: ControlErrorCode;

  constructor(code: ControlErrorCode, message: string, options: { cause?: unknown; next?: string } = {}) {
    super(message, options);
    this.code = code;
  }
}

/** Throws ControlError. */
export function controlPath(folder: string): string {
  const path = join(folder, SOCKET_FILE);
  if (Buffer.byteLength(path) > SOCKET_PATH_MAX_BYTES) {
    throw new ControlError('CONTROL_PATH_TOO_LONG', `${path} is too long a name for a socket.`, {
      next: 'Choose a data folder nearer to the root with --data.',
    });
  }
  return path;
}
