// Signing a firmware image: from an image file, or from one that is made up for the simulated locks.
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { concat } from '#protocol/bytes.ts';
import {
  decodeImageHeader,
  encodeImage,
  FIRMWARE_IMAGE_MAX_BYTES,
  makeFirmwarePackage,
  type FirmwarePackage,
  type ImageHeader,
} from '#protocol/signed/firmware.ts';
import { encodeFirmwareFile, parseFirmwareFile } from '#protocol/signed/firmware-file.ts';
import { FIRMWARE_FILE_MAX_BYTES } from '#protocol/limits.ts';
import { WireError } from '#protocol/wire-error.ts';
import { firmwareSigning } from '#cloud/keys/firmware-signing.ts';
import { fingerprintOf } from '#cloud/keys/sign-request.ts';
import type { Context } from './context.ts';
import { engine } from './courier-session.ts';
import { keysFolderOf } from './data-folders.ts';
import { CliError } from './errors.ts';
import { readInputFile } from './input-file.ts';
import { numberOf } from './numbers.ts';
import type { Outcome } from './output.ts';

export interface FirmwareOptions {
  readonly simulated?: ImageHeader['selfTest'];
  readonly number?: string;
  readonly out: string;
  readonly keys?: string;
}

const NUMBER_MAX = 0xffff_ffff;
/** Of a made-up image behind its header: five chunks, so that its way is seen. */
const SIMULATED_CODE_BYTES = 20_000;

export async function signFirmwareImage(
  context: Context,
  name: string | undefined,
  options: FirmwareOptions,
): Promise<Outcome> {
  const image = imageOf(context, name, options);
  const { signer, keySetNumber } = firmwareSigning(keysFolderOf(context, options), engine);
  const made = makeFirmwarePackage(engine, signer, image);
  const file = resolve(context.cwd, options.out);
  // Over no other file: the image itself, or a key, may be named by mistake.
  await writeFile(file, encodeFirmwareFile(made), { flag: 'wx' });
  const { firmware, imageBytes } = made.manifest;
  const key = fingerprintOf(engine, signer.publicKey);
  return {
    result: { file, firmware, bytes: imageBytes, keySet: keySetNumber, key },
    text: `Firmware ${firmware}, ${imageBytes} bytes, signed by key ${key} of key set ${keySetNumber}, is in ${file}: doorlab update DOOR --image FILE brings it.`,
  };
}

function imageOf(
  context: Context,
  name: string | undefined,
  { simulated, number }: FirmwareOptions,
): Uint8Array {
  if ((name === undefined) === (simulated === undefined)) {
    throw new CliError('USAGE', 'Name an image file, or give --simulated with how its self test ends.');
  }
  const firmware =
    number === undefined ? undefined : numberOf('--number', number, { min: 1, max: NUMBER_MAX });
  if (name !== undefined) return readImage(resolve(context.cwd, name), firmware);
  if (simulated === undefined || firmware === undefined) {
    throw new CliError('USAGE', 'A simulated image needs its --number.', {
      next: 'Give one above that of the locks: doorlab lock status NAME says it.',
    });
  }
  const code = context.random.bytes(SIMULATED_CODE_BYTES);
  return concat(encodeImage({ format: 1, firmware, selfTest: simulated }, code));
}

function readImage(file: string, firmware: number | undefined): Uint8Array {
  const image = readInputFile(file, FIRMWARE_IMAGE_MAX_BYTES, 'a firmware image');
  const header = parsed(file, 'no firmware image', () => decodeImageHeader(image), {
    next: 'Name an image as its build made it; --simulated makes one up for simulated locks.',
  });
  if (firmware !== undefined && firmware !== header.firmware) {
    throw new CliError('USAGE', `${file} is firmware ${header.firmware}, not ${firmware}.`, {
      next: 'Leave --number out, or name the other image.',
    });
  }
  return image;
}

/** A signed image as `doorlab cloud firmware` wrote it. Throws FILE_MISSING, FILE_UNREADABLE. */
export function readFirmwareFile(file: string): FirmwarePackage {
  const bytes = readInputFile(file, FIRMWARE_FILE_MAX_BYTES, 'a signed firmware image');
  return parsed(file, 'no signed firmware image, or a damaged one', () => parseFirmwareFile(engine, bytes), {
    next: 'Fetch it again, or sign the image: doorlab cloud firmware IMAGE --out FILE.',
  });
}

function parsed<T>(file: string, is: string, parse: () => T, { next }: { readonly next: string }): T {
  try {
    return parse();
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw new CliError('FILE_UNREADABLE', `${file} is ${is} (${cause.code}): ${cause.message}.`, {
      cause,
      next,
    });
  }
}
