// Vectors of a firmware image, of what the firmware key signs of it, and of the lock's answer.
import { parseSign1 } from '#protocol/signed/cose.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { encodeFirmwareFile } from '#protocol/signed/firmware-file.ts';
import { encodeFirmwareAnswer } from '#protocol/sync/firmware-messages.ts';
import { aFirmware } from '../firmware.ts';
import { aKeySet } from '../key-set.ts';
import type { VectorMaker } from './vector-file.ts';

export const firmwareVectors: VectorMaker = (engine) => ({
  firmware: {
    about: 'A small firmware image, its signed manifest, and answers of a lock to its offer.',
    wire: '17',
    cases: {
      image: imageCase(engine),
      'answer-staged': answerCase({ running: 1, staged: 2 }),
      'answer-running': answerCase({ running: 2, staged: null }),
    },
  },
});

function imageCase(engine: CryptoEngine) {
  const keySet = aKeySet({ engine });
  const { image, manifest, manifestBytes, chunks } = aFirmware({ engine, keySet, codeBytes: 20 });
  const { kid, payload, signature, toBeSigned } = parseSign1(
    manifestBytes,
    manifestBytes.length,
    'firmware',
    new Uint8Array(0),
  );
  return {
    firmwareSeed: keySet.firmware.seed,
    firmwareKey: keySet.firmware.publicKey,
    image,
    manifest,
    kid,
    payload,
    sigStructure: toBeSigned,
    signature,
    bytes: manifestBytes,
    hash: engine.sha256(toBeSigned),
    file: encodeFirmwareFile({ manifestBytes, manifest, chunks }),
  };
}

const answerCase = (answer: Parameters<typeof encodeFirmwareAnswer>[0]) => ({
  answer,
  bytes: encodeFirmwareAnswer(answer),
});
