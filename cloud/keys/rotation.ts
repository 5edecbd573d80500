// A rotation: the next key set is made beside the one in force, its roots sign, and one rename of a folder puts it in
// force. Whatever happens in between, the old whole set is in force, or the new one.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { encodeHex, equalBytes } from '#protocol/bytes.ts';
import { DoorlabError, invariant } from '#protocol/errors.ts';
import { replaceFile, syncFolder } from '#protocol/node/durable-file.ts';
import { nowS } from '#protocol/ports/clock.ts';
import { verifyKeySet, type KeySet } from '#protocol/signed/key-set.ts';
import { joinRootSigned } from '#protocol/signed/root-signatures.ts';
import { KeyCeremonyError } from './ceremony-error.ts';
import { findKey, publicKeyIn, servingRoles, verifyChain, type ServingRole } from './cloud-keys.ts';
import { publicKeyOf, SECRET_BYTES, writeKeyFile, writeNewFile, type KeyRole } from './key-file.ts';
import {
  keyFilePath,
  keySetFileIn,
  NEXT_FOLDER,
  readKeyOnDisk,
  readKeys,
  readKeySets,
  ROOT_FOLDER,
  setFolder,
  type KeyOnDisk,
} from './key-folder.ts';
import type { Keygen } from './keygen.ts';
import { summaryOf } from './request-summary.ts';
import { goodSignatures, type SignatureSheet } from './root-signing.ts';
import { formatRequest, parseRequest, requestKeySet, type SignRequest } from './sign-request.ts';

const REQUEST_FILE = 'request.txt';

export interface RotationWish {
  /** Whose keys are made anew; `root` is made here too, in the place of a single one. */
  readonly roles: readonly KeyRole[];
  /** Public root keys of the next set; undefined leaves them, `root` aside. */
  readonly rootKeys?: readonly Uint8Array[];
  /** Undefined leaves it. */
  readonly threshold?: number;
}

export interface PendingRotation {
  /** What the roots have to sign. */
  readonly file: string;
  readonly request: SignRequest;
  readonly keySet: KeySet;
}

const nextFolder = (keysFolder: string): string => join(keysFolder, NEXT_FOLDER);
/** What is not whole yet, or not any more. A kill may leave it; the next rotation, or dropping one, takes it away. */
const draftFolder = (keysFolder: string): string => `${nextFolder(keysFolder)}.draft`;

/** The key set in force, and its bytes. Throws as `loadKeys`. */
export function inForce(keysFolder: string, { engine }: Pick<Keygen, 'engine'>) {
  const signed = readKeySets(keysFolder);
  const [keySet, bytes] = [verifyChain(engine, signed).at(-1), signed.at(-1)];
  invariant(keySet && bytes, 'one key set at least');
  return { keySet, bytes };
}

/** Throws ROTATION_PENDING, ROTATION_REFUSED, KeyFileError, WireError; then nothing is left behind but a root key. */
export function prepareRotation(keysFolder: string, wish: RotationWish, parts: Keygen): PendingRotation {
  if (existsSync(nextFolder(keysFolder))) {
    throw new KeyCeremonyError('ROTATION_PENDING', 'a rotation is begun and not finished', {
      next: 'Finish it with `doorlab cloud rotate --finish SIGNATURE..`, or drop it with `doorlab cloud rotate --discard`.',
    });
  }
  const { keySet: current, bytes } = inForce(keysFolder, parts);
  const draft = draftFolder(keysFolder);
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  try {
    const { request, keySet } = makeDraft(keysFolder, wish, current, bytes, parts);
    renameSync(draft, nextFolder(keysFolder));
    syncFolder(keysFolder);
    return { file: requestPath(keysFolder), request, keySet };
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
}

function makeDraft(
  keysFolder: string,
  wish: RotationWish,
  current: KeySet,
  bytes: Uint8Array,
  parts: Keygen,
): Omit<PendingRotation, 'file'> {
  const { engine, clock, random } = parts;
  const threshold = wish.threshold ?? (wish.roles.includes('root') ? 1 : current.threshold);
  const roots = wish.rootKeys?.length ?? (wish.roles.includes('root') ? 1 : current.rootKeys.length);
  if (threshold > roots) {
    throw refused(
      `${threshold} signatures are wanted of ${roots} root keys`,
      undefined,
      'Name all root keys with --roots, or ask for fewer signatures with --threshold.',
    );
  }
  const draft = draftFolder(keysFolder);
  const createdAtS = Math.max(nowS(clock), current.issuedAtS);
  const publicKeys = new Map<ServingRole, Uint8Array>();
  for (const role of servingRoles) {
    if (!wish.roles.includes(role)) continue;
    const secret = random.bytes(SECRET_BYTES);
    writeKeyFile(join(draft, `${role}.key`), role, secret, createdAtS);
    publicKeys.set(role, publicKeyOf(engine, role, secret));
  }
  const rootKeys = nextRoots(keysFolder, draft, wish, current, parts);
  const publicKey = (role: ServingRole): Uint8Array => publicKeys.get(role) ?? publicKeyIn(current, role);
  const keySet: KeySet = {
    format: 1,
    number: current.number + 1,
    issuedAtS: createdAtS,
    threshold,
    rootKeys,
    tableKey: publicKey('table'),
    timeKey: publicKey('time'),
    firmwareKey: publicKey('firmware'),
    logKey: publicKey('log'),
  };
  const request = requestKeySet(engine, keySet, bytes);
  writeNewFile(
    join(draft, REQUEST_FILE),
    new TextEncoder().encode(formatRequest(request, summaryOf(engine, request))),
  );
  return { request, keySet };
}

/** Undefined where none is begun. Throws REQUEST_UNREADABLE. */
export function pendingRotation(
  keysFolder: string,
  { engine }: Pick<Keygen, 'engine'>,
): PendingRotation | undefined {
  const file = requestPath(keysFolder);
  if (!existsSync(file)) return undefined;
  const request = parseRequest(engine, readFileSync(file, 'utf8'));
  if (request.wish.kind !== 'key-set') {
    throw new KeyCeremonyError('REQUEST_UNREADABLE', `${file} asks for no key set`, {
      next: 'Drop the rotation with `doorlab cloud rotate --discard`, and begin it anew.',
    });
  }
  return { file, request, keySet: request.wish.keySet };
}

/**
 * The key set that is in force now. Throws ROTATION_NONE, ROTATION_REFUSED where the signatures do not do, WireError
 * and KeyFileError: then the set in force is the old one, and the rotation can still be finished.
 */
export function finishRotation(
  keysFolder: string,
  sheets: readonly SignatureSheet[],
  parts: Pick<Keygen, 'engine'>,
): KeySet {
  const { engine } = parts;
  const pending = pendingRotation(keysFolder, parts);
  if (pending === undefined) {
    throw new KeyCeremonyError('ROTATION_NONE', 'no rotation is begun', {
      next: 'Begin one with `doorlab cloud rotate`.',
    });
  }
  const { payload } = pending.request;
  const payloadHash = engine.sha256(payload);
  if (!sheets.every((sheet) => equalBytes(sheet.payloadHash, payloadHash))) {
    throw refused('a signature is on another request than the one that is pending');
  }
  const signed = joinRootSigned(payload, goodSignatures(engine, pending.request, sheets, refused));
  const keySet = verified(engine, signed, inForce(keysFolder, parts).keySet);
  requireKeys(keysFolder, keySet, parts);
  const next = nextFolder(keysFolder);
  replaceFile(keySetFileIn(next), signed, 0o600);
  renameSync(next, setFolder(keysFolder, keySet.number));
  syncFolder(keysFolder);
  return keySet;
}

/** Its keys are gone: nothing was ever signed by them. Throws ROTATION_NONE. */
export function discardRotation(keysFolder: string): void {
  const away = draftFolder(keysFolder);
  if (!existsSync(nextFolder(keysFolder)) && !existsSync(away)) {
    throw new KeyCeremonyError('ROTATION_NONE', 'no rotation is begun, so there is none to drop', {
      next: 'Nothing has to be done; begin one with `doorlab cloud rotate`.',
    });
  }
  // Renamed first: cut off in the middle, no half of it is taken for a rotation.
  rmSync(away, { recursive: true, force: true });
  if (existsSync(nextFolder(keysFolder))) renameSync(nextFolder(keysFolder), away);
  rmSync(away, { recursive: true, force: true });
  syncFolder(keysFolder);
}

const requestPath = (keysFolder: string): string => join(nextFolder(keysFolder), REQUEST_FILE);

function verified(engine: Keygen['engine'], signed: Uint8Array, current: KeySet): KeySet {
  try {
    return verifyKeySet(engine, signed, current);
  } catch (error) {
    if (!(error instanceof DoorlabError)) throw error;
    throw refused(error.message, error);
  }
}

const SIGN_MORE =
  'Have the pending request signed by the root keys that are still missing, and name all signatures.';

const refused = (why: string, cause?: unknown, next = SIGN_MORE): KeyCeremonyError =>
  new KeyCeremonyError('ROTATION_REFUSED', `the next key set is not put in force: ${why}`, { cause, next });

/** A set whose secret keys are not here could not be served. */
function requireKeys(keysFolder: string, keySet: KeySet, { engine }: Pick<Keygen, 'engine'>): void {
  const made = servingRoles.flatMap((role): KeyOnDisk[] => {
    const file = join(nextFolder(keysFolder), `${role}.key`);
    return existsSync(file) ? [readKeyOnDisk(file, role, engine)] : [];
  });
  const keys = [...made, ...readKeys(keysFolder, keySet.number - 1, engine)];
  const missing = servingRoles.find(
    (role) => role !== 'firmware' && findKey(keys, role, keySet) === undefined,
  );
  if (missing !== undefined)
    throw refused(
      `its ${missing} key is not in ${keysFolder}`,
      undefined,
      'Put it back from where the keys were copied, or drop the rotation with `doorlab cloud rotate --discard`.',
    );
}

function nextRoots(
  keysFolder: string,
  draft: string,
  { roles, rootKeys }: RotationWish,
  current: KeySet,
  { engine, clock, random }: Keygen,
): readonly Uint8Array[] {
  if (rootKeys !== undefined) {
    if (new Set(rootKeys.map(encodeHex)).size !== rootKeys.length) {
      throw refused('a root key is named twice', undefined, 'Name each root key once.');
    }
    return rootKeys;
  }
  if (!roles.includes('root')) return current.rootKeys;
  if (current.rootKeys.length > 1) {
    throw new KeyCeremonyError(
      'ROTATION_REFUSED',
      `this cloud has ${current.rootKeys.length} root keys, and one made here would take their place`,
      {
        next: 'Make the new one with `doorlab cloud root-key`, and name all of them with --roots.',
      },
    );
  }
  // Apart, to be taken away; one that an earlier run made and nobody names in force does as well.
  const file = keyFilePath(keysFolder, 'root', current.number + 1);
  if (!existsSync(file)) {
    const rootFolder = join(keysFolder, ROOT_FOLDER);
    mkdirSync(rootFolder, { recursive: true, mode: 0o700 });
    const made = join(draft, 'root.key');
    writeKeyFile(made, 'root', random.bytes(SECRET_BYTES), Math.max(nowS(clock), current.issuedAtS));
    renameSync(made, file);
    syncFolder(rootFolder);
  }
  return [readKeyOnDisk(file, 'root', engine).publicKey];
}
