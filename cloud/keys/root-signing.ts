// What the holder of root keys does: signs exactly the bytes of a request that was shown, on a machine that needs
// nothing else, and remembers beside the key what it signed, so that one number never gets two key sets.
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { decodeHex, encodeHex, equalBytes } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { DoorlabError, invariant } from '#protocol/errors.ts';
import { replaceFile } from '#protocol/node/durable-file.ts';
import { signerOf } from '#protocol/signed/cose.ts';
import { requireRoots, signAsRoot } from '#protocol/signed/root-signatures.ts';
import { KeyCeremonyError } from './ceremony-error.ts';
import type { KeyOnDisk } from './key-folder.ts';
import { contentOf, fingerprintOf, type SignRequest } from './sign-request.ts';

const SIGNATURE_MAX_BYTES = 256;
/** Both sides of a rotation, and then some. */
const SIGNATURES_MAX = 16;

const SignatureFile = z.strictObject({
  format: z.literal(1),
  payloadHash: z.string().regex(/^[0-9a-f]{64}$/),
  signatures: z
    .array(
      z.strictObject({
        rootKey: z.string().regex(/^[0-9a-f]{64}$/),
        signature: z
          .string()
          .regex(/^([0-9a-f]{2})+$/)
          .max(2 * SIGNATURE_MAX_BYTES),
      }),
    )
    .min(1)
    .max(SIGNATURES_MAX),
});

export interface RootSignature {
  readonly rootKey: Uint8Array;
  /** A detached COSE_Sign1. */
  readonly signature: Uint8Array;
}

export interface SignatureSheet {
  readonly payloadHash: Uint8Array;
  readonly signatures: readonly RootSignature[];
}

/** Throws ROOT_UNKNOWN where a key is root neither in the set in force nor in the one asked for. */
export function requireRootsOf({ wish, inForce }: SignRequest, roots: readonly KeyOnDisk[]): void {
  const known = [...inForce.rootKeys, ...(wish.kind === 'key-set' ? wish.keySet.rootKeys : [])];
  const stranger = roots.find(({ publicKey }) => !known.some((key) => equalBytes(key, publicKey)));
  if (stranger === undefined) return;
  throw new KeyCeremonyError('ROOT_UNKNOWN', `${stranger.file} is no root key of this cloud`, {
    next: 'Name the root key of the cloud that has made the request.',
  });
}

/** Throws ROOT_UNKNOWN, and SIGNED_BEFORE where `again` is not set. Remembers before it signs. */
export function signRequest(
  engine: CryptoEngine,
  request: SignRequest,
  roots: readonly KeyOnDisk[],
  { nowS, again }: { readonly nowS: number; readonly again: boolean },
): SignatureSheet {
  requireRootsOf(request, roots);
  const payloadHash = engine.sha256(request.payload);
  for (const root of roots) remember(root, request, payloadHash, nowS, again);
  return {
    payloadHash,
    signatures: roots.map((root) => ({
      rootKey: root.publicKey,
      signature: signAsRoot(engine, request.purpose, request.payload, signerOf(engine, root.secret)),
    })),
  };
}

export function formatSignatures(engine: CryptoEngine, sheet: SignatureSheet, subject: string): string {
  const names = sheet.signatures.map(({ rootKey }) => fingerprintOf(engine, rootKey));
  const content = {
    format: 1,
    payloadHash: encodeHex(sheet.payloadHash),
    signatures: sheet.signatures.map(({ rootKey, signature }) => ({
      rootKey: encodeHex(rootKey),
      signature: encodeHex(signature),
    })),
  };
  return `# ${subject}, signed by the root key ${names.join(' and ')}\n${JSON.stringify(content)}\n`;
}

/** The form alone. Throws SIGNATURE_UNREADABLE. */
export function parseSignatures(text: string): SignatureSheet {
  const content = SignatureFile.safeParse(contentOf(text));
  if (!content.success) {
    throw new KeyCeremonyError('SIGNATURE_UNREADABLE', 'this holds no signature of a root key', {
      next: 'Name the file that `doorlab cloud sign` has written.',
    });
  }
  return {
    payloadHash: hexBytes(content.data.payloadHash),
    signatures: content.data.signatures.map(({ rootKey, signature }) => ({
      rootKey: hexBytes(rootKey),
      signature: hexBytes(signature),
    })),
  };
}

/** One of each root key, each checked alone, so that a bad one is told by its name. */
export function goodSignatures(
  engine: CryptoEngine,
  { payload, purpose }: SignRequest,
  sheets: readonly SignatureSheet[],
  refused: (why: string, cause: unknown) => Error,
): Uint8Array[] {
  const byRoot = new Map<string, Uint8Array>();
  for (const { rootKey, signature } of sheets.flatMap(({ signatures }) => signatures)) {
    try {
      const side = { rootKeys: [rootKey], threshold: 1 };
      requireRoots(engine, purpose, { payload, signatures: [signature] }, [side]);
    } catch (error) {
      if (!(error instanceof DoorlabError)) throw error;
      throw refused(`the signature of root key ${fingerprintOf(engine, rootKey)} does not verify`, error);
    }
    byRoot.set(encodeHex(rootKey), signature);
  }
  return [...byRoot.values()];
}

/** In words: what a signature is on. */
export const subjectOf = ({ wish }: SignRequest): string =>
  wish.kind === 'key-set'
    ? `key set ${wish.keySet.number}`
    : `release of lock ${encodeHex(wish.release.lockId)} to ownership epoch ${wish.release.ownershipEpoch}`;

const SignedLine = z.object({ subject: z.string(), payloadHash: z.string() });

export const signedPath = (rootKeyFile: string): string => `${rootKeyFile}.signed`;

/** Two key sets of one number would part the locks in two, each believing its own. */
function remember(
  root: KeyOnDisk,
  request: SignRequest,
  payloadHash: Uint8Array,
  nowS: number,
  again: boolean,
): void {
  const file = signedPath(root.file);
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const [subject, hash] = [subjectOf(request), encodeHex(payloadHash)];
  const same = before
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => SignedLine.safeParse(contentOf(line)).data)
    .filter((line) => line?.subject === subject);
  if (same.some((line) => line?.payloadHash === hash)) return;
  if (same.length > 0 && !again) {
    throw new KeyCeremonyError('SIGNED_BEFORE', `this root key has signed another ${subject} before`, {
      next: 'Make sure that the other one is in force nowhere, and give --again.',
    });
  }
  const line = JSON.stringify({ subject, payloadHash: hash, signedAtS: nowS });
  replaceFile(file, new TextEncoder().encode(`${before}${line}\n`), 0o600);
}

function hexBytes(text: string): Uint8Array {
  const bytes = decodeHex(text);
  invariant(bytes, 'hex, as checked');
  return bytes;
}
