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
const SIGNED_IN_FILE = 'sign-in.json';
const KNOWN_FILE = 'known.json';
const PACKAGES_FOLDER = 'packages';
const OWNER_ONLY = 0o600;
const OWNER_FOLDER = 0o700;
const OTHERS = 0o077;
const NO_TOKEN = 'Nobody is signed in on this phone.';
const NO_KEY = 'This phone has no key yet.';
const TOKEN_FORM = /^[a-z0-9_]{1,256}$/i;

const Known = z.strictObject({
  format: z.literal(1),
  /** Base URL of the cloud that told. */
  cloud: z.string(),
  email: z.string(),
  asOfS: z.int(),
  /** Whether this phone is the one that opens for the account. */
  isRegistered: z.boolean(),
  /** By property: its time zone, in which its times are read. */
  zones: z.record(z.string(), z.string()),
  /** Where the account is a person. */
  properties: z.array(z.object({ propertyName: z.string(), resident: z.boolean() })),
  doors: z.array(AppDoor),
  codes: z.array(AppCode),
  /** By door: what a set that was fetched beforehand is carried under, while there is no cloud. */
  deliveries: z.record(z.string(), Delivery),
  /** By lock id: attribute handles of an earlier meeting. */
  handles: z.record(z.string(), GattTable),
});
export type Known = z.infer<typeof Known>;

const SignedIn = z.strictObject({
  format: z.literal(1),
  /** Base URL: the token goes there and nowhere else. */
  cloud: z.string(),
  email: z.string(),
  /** Of the token, by which it can be told from the account's others. */
  tokenId: z.string(),
  label: z.string(),
  atS: z.int(),
  expiresAtS: z.int(),
});
/** The sign-in of this phone, without its secret. */
export type SignedIn = z.infer<typeof SignedIn>;

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
    return this.#tokenIn(this.#secretText(TOKEN_FILE, NO_TOKEN));
  }

  /** One that others may read is ended before any other. Throws as `secretKey` does, but PHONE_FILE_TOO_OPEN. */
  tokenToEnd(): string {
    return this.#tokenIn(this.#read(this.#existing(TOKEN_FILE, NO_TOKEN)));
  }

  /** The same of the key. */
  keyToEnd(): Uint8Array {
    return this.#keyIn(KEY_FILE, this.#read(this.#existing(KEY_FILE, NO_KEY)));
  }

  get hasToken(): boolean {
    return existsSync(this.#path(TOKEN_FILE));
  }

  /** A token never stands there beside the account of another, whenever this is cut. */
  keepToken(token: string, signedIn: SignedIn): void {
    this.#attempt(TOKEN_FILE, () => {
      rmSync(this.#path(TOKEN_FILE), { force: true });
    });
    this.#write(SIGNED_IN_FILE, `${JSON.stringify(signedIn)}\n`);
    this.#write(TOKEN_FILE, `${token}\n`);
  }

  /** Undefined where nobody is signed in, or that can't be read. */
  signedIn(): SignedIn | undefined {
    return this.#parsed(SIGNED_IN_FILE, SignedIn);
  }

  /** Undefined where nothing is known, or nothing that can be read. */
  known(): Known | undefined {
    return this.#parsed(KNOWN_FILE, Known);
  }

  /** Throws PHONE_FILE_NOT_WRITTEN. */
  keepKnown(known: Known): void {
    this.#write(KNOWN_FILE, `${JSON.stringify(known)}\n`);
  }

  get packagesFolder(): string {
    return this.#path(PACKAGES_FOLDER);
  }

  /** Everything of the account, its secrets first; receipts that wait for the cloud stay. Throws PHONE_FILE_NOT_WRITTEN. */
  wipe(): void {
    for (const name of [TOKEN_FILE, KEY_FILE, NEXT_KEY_FILE, SIGNED_IN_FILE, KNOWN_FILE, PACKAGES_FOLDER]) {
      this.#attempt(name, () => {
        rmSync(this.#path(name), { force: true, recursive: true });
      });
    }
  }

  #parsed<T>(name: string, schema: z.ZodType<T>): T | undefined {
    try {
      const parsed = schema.safeParse(JSON.parse(readFileSync(this.#path(name), 'utf8')));
      return parsed.success ? parsed.data : undefined;
    } catch {
      return undefined;
    }
  }

  #key(name: string): Uint8Array {
    return this.#keyIn(name, this.#secretText(name, NO_KEY));
  }

  #keyIn(name: string, text: string): Uint8Array {
    const secret = decodeHex(text);
    if (secret?.length === X25519_BYTES) return secret;
    throw new PhoneError('PHONE_FILE_UNREADABLE', `${this.#path(name)} holds no key.`, {
      next: 'Take it away and sign in again, which registers a new key: doorlab app login EMAIL',
    });
  }

  #path(name: string): string {
    return join(this.folder, name);
  }

  #tokenIn(text: string): string {
    if (TOKEN_FORM.test(text)) return text;
    throw notSignedIn(`${this.#path(TOKEN_FILE)} holds no token.`);
  }

  #existing(name: string, missing: string): string {
    const path = this.#path(name);
    if (!existsSync(path)) throw notSignedIn(missing);
    return path;
  }

  #secretText(name: string, missing: string): string {
    const path = this.#existing(name, missing);
    // Windows knows no such modes.
    if (process.platform !== 'win32' && (statSync(path).mode & OTHERS) !== 0)
      throw new PhoneError('PHONE_FILE_TOO_OPEN', `Others may read ${path}.`, {
        next: `Who read it may open your doors: chmod 600 ${path}, and sign in again with a new key.`,
      });
    return this.#read(path);
  }

  #read(path: string): string {
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
