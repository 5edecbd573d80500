// Whole sets as they came, one file a lock with its entity tag before it. A file that does not parse is as good as
// none: what is used was checked against the manifest's digests each time.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { concat, encodeHex, readU16, u16, utf8 } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { LockId } from '#protocol/ids.ts';
import { parsePackage, type Package } from '#protocol/table/package.ts';

export interface CachedPackage {
  readonly entityTag: string;
  readonly package: Package;
}

const ENTITY_TAG_MAX_BYTES = 256;
const ENDING = '.package';

export class PackageCache {
  readonly #folder: string;
  readonly #engine: CryptoEngine;

  /** `folder` is made where it is missing. */
  constructor(folder: string, engine: CryptoEngine) {
    this.#folder = folder;
    this.#engine = engine;
  }

  /** Undefined where there is none or it is damaged. */
  get(lockId: LockId): CachedPackage | undefined {
    try {
      const file = Uint8Array.from(readFileSync(this.#pathOf(lockId)));
      const tagEnd = 2 + readU16(file, 0);
      return {
        entityTag: new TextDecoder().decode(file.subarray(2, tagEnd)),
        package: parsePackage(this.#engine, file.subarray(tagEnd), lockId),
      };
    } catch {
      return undefined;
    }
  }

  /** A cache that can't be written is a slow one, not a failure. */
  put(lockId: LockId, entityTag: string, packageBytes: Uint8Array): void {
    const tag = utf8(entityTag);
    if (tag.length > ENTITY_TAG_MAX_BYTES) return;
    const path = this.#pathOf(lockId);
    const draft = `${path}.${process.pid}`;
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      writeFileSync(draft, concat(u16(tag.length), tag, packageBytes), { mode: 0o600 });
      renameSync(draft, path);
    } catch {
      rmSync(draft, { force: true });
    }
  }

  /** What is of no lock of these, by ids in hex, goes, and drafts that a death left behind with it. */
  keepOnly(lockIds: Iterable<string>): void {
    const kept = new Set([...lockIds].map((lockId) => `${lockId.toLowerCase()}${ENDING}`));
    try {
      for (const name of readdirSync(this.#folder))
        if (name.includes(ENDING) && !kept.has(name)) rmSync(join(this.#folder, name), { force: true });
    } catch {
      // No folder yet, or one that can't be tidied: next time.
    }
  }

  #pathOf(lockId: LockId): string {
    return join(this.#folder, `${encodeHex(lockId)}${ENDING}`);
  }
}
