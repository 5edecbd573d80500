// What came of bringing a firmware image to a lock, and what each refusal asks of a person. Pure.
import { LockRefusal, type RefusalCode } from '#protocol/sync/refusals.ts';
import type { Refusal } from '#protocol/sync/messages.ts';
import type { StoppedEnd } from './carrier.ts';
import type { MeetingsEnd } from './meetings.ts';
import type { SyncEnd } from './sync-phases.ts';

export type ImageOutcomeEnd =
  /** It was brought, stood its trial and runs for good. */
  | { readonly result: 'confirmed' }
  /** It ran before anything was brought. */
  | { readonly result: 'already-running' }
  /** Its trial is over and it was not confirmed; `running` runs as before. */
  | { readonly result: 'fell-back'; readonly running: number | undefined }
  /** Whole in the lock. What comes of its trial was not seen. */
  | { readonly result: 'staged'; readonly because: 'not-watched' | 'not-met' | 'waiting' | 'on-trial' }
  | { readonly result: 'refused'; readonly error: LockRefusal }
  | StoppedEnd
  | MeetingsEnd;

const NEXT: Partial<Record<RefusalCode, string>> = {
  FIRMWARE_NOT_NEWER: 'Sign an image of a higher number: a lock never goes back.',
  STAGE_BUSY: 'Let the other courier finish, and the other image stand its trial; then try again.',
  WEAR_LIMIT: 'It failed its trial twice: try again in a day, or bring a higher number.',
  CAPACITY: 'Sign a smaller image: this one does not fit the lock.',
  UNKNOWN_KEY: 'Sync the lock, and sign the image with the firmware key in force: doorlab cloud firmware.',
  BAD_SIGNATURE: 'Sign the image anew: doorlab cloud firmware.',
  IMAGE_MISMATCH: 'Sign the image anew: doorlab cloud firmware.',
};

const refusedImage = ({ code, detail }: Refusal): ImageOutcomeEnd => ({
  result: 'refused',
  error: new LockRefusal(code, detail, NEXT[code]),
});

/** `running`: as the lock said at its greeting; `wasBrought`: any of it, by this courier. */
export function endOfRefusal(
  refusal: Refusal,
  firmware: number,
  running: number | undefined,
  wasBrought: boolean,
): ImageOutcomeEnd {
  // Neither on trial nor below what is confirmed, so it is what was confirmed.
  const runsForGood = refusal.code === 'FIRMWARE_NOT_NEWER' && running === firmware;
  if (!runsForGood) return refusedImage(refusal);
  return { result: wasBrought ? 'confirmed' : 'already-running' };
}

export interface Look {
  readonly end: SyncEnd;
  /** As the lock said at its greeting. */
  readonly running: number | undefined;
  /** Its battery was too low for the restart at this look or one before: it waits for that, as long as it takes. */
  readonly hasWaited: boolean;
}

/** What a look after staging shows; undefined where it shows nothing, and another may. */
export function endOfLook({ end, running, hasWaited }: Look, firmware: number): ImageOutcomeEnd | undefined {
  switch (end.result) {
    case 'staged':
      return { result: 'staged', because: 'waiting' };
    case 'on-trial':
      return { result: 'staged', because: 'on-trial' };
    case 'not-running':
      return hasWaited ? { result: 'staged', because: 'waiting' } : { result: 'fell-back', running };
    case 'refused':
      return endOfRefusal(end.refusal, firmware, running, true);
    default:
      return undefined;
  }
}
