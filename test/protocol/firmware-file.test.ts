// The file of a signed firmware image: what is damaged, cut short or something else is told apart before anybody
// carries it.
import { describe, expect, test } from 'vitest';
import { concat, equalBytes } from '#protocol/bytes.ts';
import { FIRMWARE_FILE_MAX_BYTES } from '#protocol/limits.ts';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import { encodeImage, parseFirmware, signFirmware, verifyFirmware } from '#protocol/signed/firmware.ts';
import { encodeFirmwareFile, parseFirmwareFile } from '#protocol/signed/firmware-file.ts';
import { aFirmware } from '#test/builders/firmware.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import { codeOf } from './refusal.ts';

const image = aFirmware({ firmware: 7, codeBytes: 9_000 });
const file = encodeFirmwareFile(image);
const HEADER_BYTES = 7;
const parse = (input: Uint8Array): unknown => parseFirmwareFile(engine, input);

test('the largest image fits its file, and comes back as it was signed', () => {
  const header = encodeImage({ format: 1, firmware: 7, selfTest: 'pass' }).length;
  const largest = aFirmware({ firmware: 7, codeBytes: 65_536 - header });
  const bytes = encodeFirmwareFile(largest);
  expect(bytes.length).toBeLessThanOrEqual(FIRMWARE_FILE_MAX_BYTES);
  const { chunks, manifest } = parseFirmwareFile(engine, bytes);
  expect(equalBytes(concat(...chunks), largest.image)).toBe(true);
  expect(manifest).toEqual(largest.manifest);
});

test('cut short anywhere it is no file', () => {
  for (let length = 0; length < file.length; length += length < 400 ? 1 : 97)
    expect(
      codeOf(() => parse(file.slice(0, length))),
      `cut to ${length}`,
    ).toBe('TRUNCATED');
});

describe('what is not a signed image is told by what it is', () => {
  const changed = (at: number, by = 1): Uint8Array =>
    file.map((byte, i) => (i === (at + file.length) % file.length ? byte ^ by : byte));
  const { keySet, firmware } = aKeySet();
  const cases: Record<string, [Uint8Array, string]> = {
    'another file': [new TextEncoder().encode('<html>not here</html>'), 'WRONG_FORMAT'],
    'an image that nobody signed': [image.image, 'WRONG_FORMAT'],
    'a later format': [changed(4, 3), 'WRONG_FORMAT'],
    'bytes behind the end': [concat(file, Uint8Array.of(0)), 'TRAILING_BYTES'],
    'a bit of the image': [changed(-1), 'BAD_CHUNK'],
    'more than any image': [new Uint8Array(FIRMWARE_FILE_MAX_BYTES + 1), 'TOO_LARGE'],
    'a manifest above its limit': [
      concat(file.slice(0, 5), Uint8Array.of(0xff, 0xff), new Uint8Array(65_500)),
      'TOO_LARGE',
    ],
    'chunks as signed, and another hash of the whole': [
      encodeFirmwareFile({
        ...image,
        manifestBytes: signFirmware(engine, firmware, {
          ...image.manifest,
          imageHash: keySet.tableKey as never,
        }),
      }),
      'BAD_CHUNK',
    ],
    'another number than the image says': [
      encodeFirmwareFile({
        ...image,
        manifestBytes: signFirmware(engine, firmware, { ...image.manifest, firmware: 8 }),
      }),
      'OUT_OF_RANGE',
    ],
  };
  test.each(Object.entries(cases))('%s', (_, [bytes, code]) => {
    expect(codeOf(() => parse(bytes))).toBe(code);
  });
});

test('no bit of its first bytes and of the manifest can be another, the signature held against it', () => {
  const { firmware } = aKeySet();
  for (let at = 0; at < HEADER_BYTES + image.manifestBytes.length; at++) {
    const bytes = file.map((byte, i) => (i === at ? byte ^ 0x10 : byte));
    const take = (): unknown =>
      verifyFirmware(
        engine,
        parseFirmware(parseFirmwareFile(engine, bytes).manifestBytes),
        firmware.publicKey,
      );
    expect(codeOf(take), `byte ${at}`).toBeDefined();
  }
});
