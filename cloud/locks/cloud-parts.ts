// What checking needs beside the database. What signs comes with the work: `work.signing()`.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';

export interface CloudParts {
  readonly engine: CryptoEngine;
}
