// The clock part's state in a file of the lock's folder, written whole. A file that is not there is a lock whose
// clock was just set; one that can't be read is a clock that has lost the time.
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { replaceFile } from '#protocol/node/durable-file.ts';
import { orStoreFailed } from '../storage/storage-error.ts';
import type { RtcStore } from './device-rtc.ts';
import { DRIFT_MAX_PPM, loseRtc, manufacturedRtc, type RtcState } from './rtc.ts';

const OWNER_ONLY = 0o600;
const FORMAT = 1;

const milliseconds = z.number().min(0).max(8.64e15);
/** Fields that it does not know are passed over: a later version may have written them. */
const File = z.object({
  format: z.literal(FORMAT),
  registerMs: milliseconds,
  anchorMs: milliseconds,
  driftPpm: z.number().min(-DRIFT_MAX_PPM).max(DRIFT_MAX_PPM),
  isLost: z.boolean(),
  setToMs: milliseconds,
  setUncertaintyS: z.number().min(0).max(0xffff_ffff),
  darkSinceMs: milliseconds.nullable(),
});

export class ClockFile implements RtcStore {
  readonly #path: string;
  #state: RtcState;

  /** `nowMs`: what the clock of a lock that is made now is set to. */
  constructor(path: string, nowMs: number) {
    this.#path = path;
    this.#state = existsSync(path) ? readState(path, nowMs) : manufacturedRtc(nowMs);
    if (!existsSync(path)) this.#put(this.#state);
  }

  load(): RtcState {
    return this.#state;
  }

  /** Throws StorageError, and then the state stays as it was. */
  replace(state: RtcState): void {
    this.#put(state);
    this.#state = state;
  }

  #put(state: RtcState): void {
    const text = `${JSON.stringify({ format: FORMAT, ...state })}\n`;
    orStoreFailed(this.#path, () => replaceFile(this.#path, Buffer.from(text, 'utf8'), OWNER_ONLY));
  }
}

function readState(path: string, nowMs: number): RtcState {
  try {
    const { format: _, ...state } = File.parse(JSON.parse(readFileSync(path, 'utf8')));
    return state;
  } catch {
    return loseRtc(manufacturedRtc(nowMs), nowMs);
  }
}
