// What a call was refused with: the code of its WireError, undefined where it was taken. Any other error is a
// defect and goes on.
import { WireError, type WireErrorCode } from '#protocol/wire-error.ts';

export function codeOf(call: () => unknown): WireErrorCode | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
}
