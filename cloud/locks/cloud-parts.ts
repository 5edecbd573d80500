// What signing and checking needs beside the database.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { CloudKeys } from '../keys/key-folder.ts';

export interface CloudParts {
  readonly engine: CryptoEngine;
  readonly keys: CloudKeys;
}
