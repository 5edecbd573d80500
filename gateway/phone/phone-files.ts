// What a phone keeps, in one folder, for its owner's eyes alone: its secret key, the token of its account, and what it was
// told last. The key and the token are never shown and never leave; what it was told may be lost, and is told again.
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { AppCode, AppDoor } from '#protocol/api/app.ts';
import { Delivery } from '#protocol/api/door-sync.ts';
import { decodeHex, encodeHex, utf8 } from '#protocol/bytes.ts';
import { X25519_BYTES } from '#protocol/crypto/engine.ts';
import { replaceFile, syncFolder } from '#protocol/node/durable-file.ts';
import type { Random } from '#protocol/ports/random.ts';
import { GattTable } from '../journal-state.ts';
import { notSignedIn, PhoneError } from './phone-error.ts';

const KEY_FILE = 'phone.key';
/** A key that is to follow it: until the cloud knows it, the one before opens. */
const NEXT_KEY_FILE = 'phone.key.next';
const TOKEN_FILE = 'token';
const KNOWN_FILE = 'known.json';
const OWNER_ONLY = 0o600;
const OWNER_FOLDER = 0o700;
const OTHERS = 0o077;
const TOKEN_FORM = /^[a-z0-9_]{1,256}$/i;

const Known = z.strictObject({
  format: z.literal(1),
  /** Base URL of the cloud that told. */
  cloud: z.string(),
  email: z.string(),
  asOfS: z.int(),
  /** Whether this phone is the one that opens for the account. */
  isRegistered: z.boolean(),
  doors: z.array(AppDoor),
  codes: z.array(AppCode),
  /** By door: what a set that was fetched beforehand is carried under, while there is no cloud. */
  deliveries: z.record(z.string(), Delivery),
  /** By lock id: attribute handles of an earlier meeting. */
  handles: z.record(z.string(), GattTable),
});
export type Known = z.infer<typeof Known>;

export class PhoneFiles {
  readonly folder: string;

  /** Nothing is made before something is kept. */
  constructor(folder: string) {
    this.folder = folder;
  }

  get hasKey(): boolean {
    return existsSync(this.#path(KEY_FILE));
  }

  /** X25519. Throws PHONE_NOT_SIGNED_IN where there is none, PHONE_FILE_UNREADABLE, PHONE_FILE_TOO_OPEN. */
  secretKey(): Uint8Array {
    return this.#key(KEY_FILE);
  }

  /** To be registered, then taken up. One that an earlier run began with goes first: the cloud may know it. */
  nextKey(random: Random): Uint8Array {
    if (existsSync(this.#path(NEXT_KEY_FILE))) return this.#key(NEXT_KEY_FILE);
    const secret = random.bytes(X25519_BYTES);
    this.#write(NEXT_KEY_FILE, `${encodeHex(secret)}\n`);
    return secret;
  }

  /** One that the cloud takes from nobody any more. */
  dropNextKey(): void {
    rmSync(this.#path(NEXT_KEY_FILE), { force: true });
  }

  /** Another phone from now on: doors open for it once their locks know. Throws PHONE_FILE_NOT_WRITTEN. */
  takeUpNextKey(): void {
    this.#attempt(KEY_FILE, () => {
      renameSync(this.#path(NEXT_KEY_FILE), this.#path(KEY_FILE));
      syncFolder(this.folder);
    });
  }

  /** Throws as `secretKey` does. */
  token(): string {
    const token = this.#secretText(TOKEN_FILE, 'Nobody is signed in on this phone.');
    if (TOKEN_FORM.test(token)) return token;
    throw notSignedIn(`${this.#path(TOKEN_FILE)} holds no token.`);
  }

  keepToken(token: string): void {
    this.#write(TOKEN_FILE, `${token}\n`);
  }

  /** Undefined where nothing is known, or nothing that can be read. */
  known(): Known | undefined {
    try {
      const parsed = Known.safeParse(JSON.parse(readFileSync(this.#path(KNOWN_FILE), 'utf8')));
      return parsed.success ? parsed.data : undefined;
    } catch {
      return undefined;
    }
  }

  /** Throws PHONE_FILE_NOT_WRITTEN. */
  keepKnown(known: Known): void {
    this.#write(KNOWN_FILE, `${JSON.stringify(known)}\n`);
  }

  /** Of an account that another one follows. */
  forgetKnown(): void {
    rmSync(this.#path(KNOWN_FILE), { force: true });
  }

  #key(name: string): Uint8Array {
    const secret = decodeHex(this.#secretText(name, 'This phone has no key yet.'));
    if (secret?.length === X25519_BYTES) return secret;
    throw new PhoneError('PHONE_FILE_UNREADABLE', `${this.#path(name)} holds no key.`, {
      next: 'Take it away and sign in again, which registers a new key: doorlab app login EMAIL',
    });
  }

  #path(name: string): string {
    return join(this.folder, name);
  }

  #secretText(name: string, missing: string): string {
    const path = this.#path(name);
    if (!existsSync(path)) throw notSignedIn(missing);
    // Windows knows no such modes.
    if (process.platform !== 'win32' && (statSync(path).mode & OTHERS) !== 0)
      throw new PhoneError('PHONE_FILE_TOO_OPEN', `Others may read ${path}.`, {
        next: `Who read it may open your doors: chmod 600 ${path}, and sign in again with a new key.`,
      });
    try {
      return readFileSync(path, 'utf8').trim();
    } catch (cause) {
      throw new PhoneError('PHONE_FILE_UNREADABLE', `${path} can't be read.`, {
        cause,
        next: 'Check who owns it and its permissions.',
      });
    }
  }

  #write(name: string, text: string): void {
    this.#attempt(name, () => {
      mkdirSync(this.folder, { recursive: true, mode: OWNER_FOLDER });
      replaceFile(this.#path(name), utf8(text), OWNER_ONLY);
      chmodSync(this.#path(name), OWNER_ONLY);
    });
  }

  #attempt(name: string, write: () => void): void {
    try {
      write();
    } catch (cause) {
      throw new PhoneError('PHONE_FILE_NOT_WRITTEN', `${this.#path(name)} can't be written.`, {
        cause,
        next: 'Free some space on the disk, or let this program write there; then do it again.',
      });
    }
  }
}
