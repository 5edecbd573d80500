// Every vector file, made anew from the code: what scripts/vectors.ts writes and the golden test compares.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { airVectors } from './air.ts';
import { channelVectors } from './channel.ts';
import { firmwareVectors } from './firmware.ts';
import { lifeVectors } from './life.ts';
import { logVectors } from './log.ts';
import { signedVectors } from './signed.ts';
import { tableVectors } from './table.ts';
import type { VectorFile } from './vector-file.ts';

export const allVectors = (engine: CryptoEngine): Readonly<Record<string, VectorFile>> => ({
  ...signedVectors(engine),
  ...tableVectors(engine),
  ...airVectors(engine),
  ...channelVectors(engine),
  ...lifeVectors(engine),
  ...firmwareVectors(engine),
  ...logVectors(engine),
});
