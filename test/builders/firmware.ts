// A firmware image and its signed manifest: `aFirmware({ firmware: 3 })` is an image of two chunks that passes its self
// test; the same options give the same bytes.
import { nodeEngine } from '#protocol/node/node-engine.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import {
  encodeImage,
  makeFirmwarePackage,
  type FirmwarePackage,
  type ImageHeader,
} from '#protocol/signed/firmware.ts';
import { aKeySet, type BuiltKeySet } from './key-set.ts';

export interface FirmwareOptions {
  readonly firmware?: number;
  readonly selfTest?: ImageHeader['selfTest'];
  /** Behind the header. */
  readonly codeBytes?: number;
  readonly keySet?: BuiltKeySet;
  readonly engine?: CryptoEngine;
}

export interface BuiltFirmware extends FirmwarePackage {
  readonly image: Uint8Array;
}

export function aFirmware(options: FirmwareOptions = {}): BuiltFirmware {
  const { firmware = 2, selfTest = 'pass', codeBytes = 5_000, engine = nodeEngine } = options;
  const { keySet = aKeySet({ engine }) } = options;
  const code = seededRandom(firmware).fork('code').bytes(codeBytes);
  const image = encodeImage({ format: 1, firmware, selfTest }, code);
  return { ...makeFirmwarePackage(engine, keySet.firmware, image), image };
}
