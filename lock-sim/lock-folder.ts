// A lock's home on disk: its flash, its secure element, what it is, and its label. Opening it a second time from
// another process is refused by the flash file.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { utf8 } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { DoorlabError } from '#protocol/errors.ts';
import { formatLabel, labelHashOf } from '#protocol/label.ts';
import { CHUNKS_MAX, EQUAL_VERIFIERS_MAX, ROWS_MAX, ROWS_PER_CHUNK } from '#protocol/limits.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import { replaceFile } from '#protocol/node/durable-file.ts';
import type { Random } from '#protocol/ports/random.ts';
import { ClockFile } from './clock/clock-file.ts';
import type { RtcStore } from './clock/device-rtc.ts';
import { DEFAULT_PROFILE } from './door-hardware.ts';
import { openFlashFile, type FlashFile } from './flash/flash-file.ts';
import { PROFILES, type Profile } from './mechanics/profile.ts';
import { manufacture } from './secure-element/secure-contents.ts';
import { openSecureFile } from './secure-element/secure-file.ts';
import type { SecureStore } from './secure-element/secure-element.ts';
import { layOut, type StorageLayout } from './storage/layout.ts';

const FLASH_FILE = 'flash.bin';
const SECURE_FILE = 'secure.bin';
const CLOCK_FILE = 'clock.json';
const MODEL_FILE = 'lock.json';
export const LABEL_FILE = 'label.txt';
const OWNER_ONLY_FOLDER = 0o700;
const MODEL_FILE_MODE = 0o644;

/** What a residential deadbolt of the kind holds. */
export const DEFAULT_CAPACITY_ROWS = 1_500;

export class LockFolderError extends DoorlabError {
  readonly code = 'LOCK_FOLDER_INVALID';
}

const Model = z.strictObject({
  format: z.literal(1),
  capacityRows: z.int().min(1).max(ROWS_MAX),
  profile: z.enum(PROFILES).default(DEFAULT_PROFILE),
});
type Model = z.infer<typeof Model>;

export interface LockFolder {
  readonly flash: FlashFile;
  readonly secure: SecureStore;
  readonly rtc: RtcStore;
  readonly layout: StorageLayout;
  readonly capacityRows: number;
  readonly profile: Profile;
  readonly label: string;
  close(): void;
}

export interface LockFolderOptions {
  readonly path: string;
  readonly engine: CryptoEngine;
  readonly random: Random;
  readonly clock: Clock;
  /** Of a lock to be made; one that exists keeps what it has. */
  readonly capacityRows?: number;
  /** As `capacityRows`. */
  readonly profile?: Profile;
}

/** Opens the lock, or manufactures one. Throws LockFolderError, FlashFileError, SecureFileError. */
export function openLockFolder({ path, engine, random, clock, ...wanted }: LockFolderOptions): LockFolder {
  mkdirSync(path, { recursive: true, mode: OWNER_ONLY_FOLDER });
  const model = readModel(path) ?? writeModel(path, wanted);
  const layout = layOut({ capacityChunks: chunksFor(model.capacityRows) });
  const isNew = !existsSync(join(path, SECURE_FILE));
  if (!isNew && !existsSync(join(path, FLASH_FILE))) {
    throw new LockFolderError(`${path} has a secure element and no flash.`, {
      next: 'Restore flash.bin from a copy, or move the folder away to make another lock.',
    });
  }
  const flash = openFlashFile({ path: join(path, FLASH_FILE), geometry: layout.geometry });
  try {
    if (isNew) refuseUsed(flash, path);
    const secure = openSecureFile(join(path, SECURE_FILE), () => manufacture(random));
    const identityKey = engine.ed25519PublicKey(secure.load().identitySeed);
    const label = formatLabel(engine, labelHashOf(engine, identityKey));
    const rtc = new ClockFile(join(path, CLOCK_FILE), clock.nowMs());
    writeFileSync(join(path, LABEL_FILE), `${label}\n`);
    return {
      flash,
      secure,
      rtc,
      layout,
      capacityRows: model.capacityRows,
      profile: model.profile,
      label,
      close: () => flash.close(),
    };
  } catch (error) {
    flash.close();
    throw error;
  }
}

/** A lock is born with blank flash; one in use has lost its secure element, and must not turn into another lock. */
function refuseUsed(flash: FlashFile, path: string): void {
  const isUsed = Array.from({ length: flash.geometry.sectors }, (_, i) => flash.eraseCount(i)).some(Boolean);
  if (!isUsed) return;
  throw new LockFolderError(`${path} has a flash in use and no secure element.`, {
    next: 'Restore secure.bin from a copy, or move the folder away to make another lock.',
  });
}

/** Chunks that so many rows take at the worst: a group of equal verifiers may leave a chunk short by seven. */
export const chunksFor = (rows: number): number =>
  Math.min(CHUNKS_MAX, 1 + Math.ceil(rows / (ROWS_PER_CHUNK - EQUAL_VERIFIERS_MAX + 1)));

export const isLockFolder = (path: string): boolean => existsSync(join(path, MODEL_FILE));

function readModel(path: string): Model | undefined {
  const file = join(path, MODEL_FILE);
  if (!existsSync(file)) return undefined;
  try {
    return Model.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new LockFolderError(`${file} does not say what lock this is: ${reasonOf(cause)}.`, {
      cause,
      next: 'Restore it from a copy, or move the folder away to make another lock.',
    });
  }
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof z.ZodError)) return 'it is no JSON';
  const [issue] = cause.issues;
  const where = issue?.path.map(String).join('.') ?? '';
  return `${where === '' ? '' : `${where}: `}${issue?.message ?? 'not one'}`;
}

function writeModel(
  path: string,
  { capacityRows = DEFAULT_CAPACITY_ROWS, profile }: Pick<LockFolderOptions, 'capacityRows' | 'profile'>,
): Model {
  const model = Model.parse({ format: 1, capacityRows, profile });
  // Whole or not there: a killed maker leaves a folder that the next one finishes.
  replaceFile(join(path, MODEL_FILE), utf8(`${JSON.stringify(model)}\n`), MODEL_FILE_MODE);
  return model;
}
