// What the settings keep of firmware images: which one is confirmed, and which one is to be tried or is being tried.
// Nothing else says what boots.
import { concat, readU32, u32 } from '#protocol/bytes.ts';
import { HASH_BYTES, type Hash } from '#protocol/ids.ts';
import type { SettingsValues } from '../storage/settings-values.ts';
import type { ImageSlot } from '../storage/layout.ts';

export interface ImageRecord {
  readonly firmware: number;
  readonly slot: ImageSlot;
  readonly imageBytes: number;
  readonly imageHash: Hash;
}

export interface Trial {
  /** `staged`: whole in flash, the next boot takes it. `running`: it was booted, and has not been confirmed. */
  readonly phase: 'staged' | 'running';
  readonly image: ImageRecord;
}

const RECORD_BYTES = 4 + 1 + 4 + HASH_BYTES;
const PHASES = { staged: 1, running: 2 } as const;
const NONE = new Uint8Array(0);

export const encodeConfirmed = (image: ImageRecord | undefined): Uint8Array =>
  image === undefined
    ? NONE
    : concat(u32(image.firmware), Uint8Array.of(image.slot), u32(image.imageBytes), image.imageHash);

export const encodeTrial = (trial: Trial | undefined): Uint8Array =>
  trial === undefined ? NONE : concat(Uint8Array.of(PHASES[trial.phase]), encodeConfirmed(trial.image));

/** Undefined for none; what is no record counts as none. */
export const confirmedIn = ({ firmwareConfirmed }: SettingsValues): ImageRecord | undefined =>
  decodeRecord(firmwareConfirmed);

export function trialIn({ firmwareTrial }: SettingsValues): Trial | undefined {
  const image = decodeRecord(firmwareTrial.subarray(1));
  if (image === undefined) return undefined;
  return { phase: firmwareTrial[0] === PHASES.staged ? 'staged' : 'running', image };
}

function decodeRecord(bytes: Uint8Array): ImageRecord | undefined {
  if (bytes.length !== RECORD_BYTES) return undefined;
  return {
    firmware: readU32(bytes, 0),
    slot: bytes[4] === 2 ? 2 : 1,
    imageBytes: readU32(bytes, 5),
    imageHash: bytes.slice(9) as Hash,
  };
}
