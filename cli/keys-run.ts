// The ceremonies of the cloud's keys at work: what lies where, a rotation from its beginning to its end, and the signing
// on a machine that holds nothing but a root key.
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { equalBytes } from '#protocol/bytes.ts';
import { nowS } from '#protocol/ports/clock.ts';
import { daysOld, judgeKeys } from '#cloud/doctor/keys.ts';
import { keyRoles, writeNewFile, type KeyRole } from '#cloud/keys/key-file.ts';
import { readKeyOnDisk, readRootKeys, type KeyOnDisk } from '#cloud/keys/key-folder.ts';
import { reportKeys, type ReportedKey } from '#cloud/keys/key-report.ts';
import { summaryOf } from '#cloud/keys/request-summary.ts';
import { makeRootKey, readRootPublic } from '#cloud/keys/root-keys.ts';
import {
  formatSignatures,
  parseSignatures,
  requireRootsOf,
  signRequest,
  subjectOf,
} from '#cloud/keys/root-signing.ts';
import {
  discardRotation,
  finishRotation,
  inForce,
  prepareRotation,
  type PendingRotation,
} from '#cloud/keys/rotation.ts';
import {
  digestOf,
  fingerprintOf,
  parseRequest,
  REQUEST_MAX_CHARACTERS,
  type SignRequest,
} from '#cloud/keys/sign-request.ts';
import { isYes } from './confirmation.ts';
import type { Context } from './context.ts';
import { engine } from './courier-session.ts';
import { keysFolderOf } from './data-folders.ts';
import { CliError } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import type { Outcome } from './output.ts';

export interface KeysOptions {
  readonly keys?: string;
}

export interface RotateOptions extends KeysOptions {
  readonly role?: string;
  readonly roots?: readonly string[];
  readonly threshold?: string;
  readonly root?: readonly string[];
  readonly out?: string;
  readonly yes?: true;
  readonly finish?: readonly string[];
  readonly discard?: true;
}

export interface SignOptions {
  readonly root: readonly string[];
  readonly out?: string;
  readonly yes?: true;
  readonly again?: true;
}

/** In --roots: every root key of the set in force. */
const IN_FORCE = 'current';
const DEFAULT_ROLES: readonly KeyRole[] = ['table', 'time', 'firmware', 'log'];

export async function listKeys(context: Context, options: KeysOptions): Promise<Outcome> {
  const { output, clock } = context;
  const report = reportKeys(keysFolderOf(context, options), engine);
  const atS = nowS(clock);
  const inOrder = USE_ORDER.flatMap((use) => report.keys.filter((key) => key.use === use));
  for (const key of inOrder) output.data('key', { ...key, ageDays: daysOld(key, atS) }, textOf(key, atS));
  const advice = judgeKeys(report, engine, atS).filter(({ status }) => status !== 'ok');
  for (const { id, status, detail, remedy } of advice) {
    const mark = status === 'fail' ? 'BROKEN ' : 'warning';
    output.data(
      'advice',
      { id, status, detail, remedy },
      `${mark}  ${detail}${remedy === undefined ? '' : `\n         ${remedy}`}`,
    );
  }
  const isBroken = advice.some(({ status }) => status === 'fail');
  const number = report.chain.at(-1)?.number;
  return {
    exit: isBroken ? EXIT.environment : EXIT.done,
    result: { folder: report.folder, keySet: number ?? null, keys: report.keys.length },
    text: number === undefined ? 'No key set is in force.' : `Key set ${number} is in force.`,
  };
}

const USE_ORDER = ['in-force', 'next', 'past', 'unused'] as const;
const USES = { 'in-force': 'in force', past: 'past', next: 'next', unused: 'not used' } as const;

function textOf(key: ReportedKey, atS: number): string {
  const set = key.keySet === undefined ? '' : ` (key set ${key.keySet})`;
  const mode =
    process.platform === 'win32' ? '' : (statSync(key.file).mode & 0o777).toString(8).padStart(4, '0');
  const use = `${USES[key.use]}${set}`;
  return `${key.role.padEnd(8)} ${key.fingerprint}  ${use.padEnd(22)} ${`${daysOld(key, atS)} days`.padStart(10)}  ${mode}  ${key.file}`;
}

export async function makeRoot(context: Context, path: string): Promise<Outcome> {
  const { clock, random, cwd } = context;
  const made = makeRootKey(resolve(cwd, path), { engine, clock, random });
  return {
    result: { ...made },
    text: `Root key ${made.fingerprint} is in ${made.file}: it stays on this machine. Hand over ${made.publicFile}, for doorlab cloud rotate --roots.`,
  };
}

export async function rotateKeys(context: Context, options: RotateOptions): Promise<Outcome> {
  if (options.discard === true) return discard(context, options);
  if (options.finish !== undefined) return finish(context, options, options.finish);
  return begin(context, options);
}

async function begin(context: Context, options: RotateOptions): Promise<Outcome> {
  const { clock, random, cwd, output } = context;
  const folder = keysFolderOf(context, options);
  const { keySet: current } = inForce(folder, { engine });
  const roles = rolesOf(options);
  const rootKeys = options.roots?.flatMap((name) =>
    name === IN_FORCE ? current.rootKeys : [readRootPublic(resolve(cwd, name))],
  );
  const threshold = options.threshold === undefined ? undefined : thresholdOf(options.threshold);
  const pending = prepareRotation(
    folder,
    {
      roles,
      ...(rootKeys === undefined ? {} : { rootKeys }),
      ...(threshold === undefined ? {} : { threshold }),
    },
    { engine, clock, random },
  );
  tell(context, pending.request);
  const roots = rootsAtHand(context, folder, options);
  if (!isEnough(pending, roots)) {
    if (options.out !== undefined) writeNewFile(resolve(cwd, options.out), readFileSync(pending.file));
    const file = options.out === undefined ? pending.file : resolve(cwd, options.out);
    output.note('The root keys that are needed are not here.');
    return {
      result: {
        keySet: pending.keySet.number,
        inForce: false,
        request: file,
        digest: digest(pending.request),
      },
      text: `Carry ${file} to each root key: doorlab cloud sign FILE --root ROOT. Then: doorlab cloud rotate --finish SIGNATURE..`,
    };
  }
  return signHere(context, folder, pending, roots, options);
}

/** All at once, where the root keys are at hand. Without a yes nothing of it stays. */
async function signHere(
  context: Context,
  folder: string,
  pending: PendingRotation,
  roots: readonly KeyOnDisk[],
  options: RotateOptions,
): Promise<Outcome> {
  try {
    if (!(await isConfirmed(context, options.yes))) {
      discardRotation(folder);
      return NOT_SIGNED;
    }
  } catch (error) {
    discardRotation(folder);
    throw error;
  }
  const atS = nowS(context.clock);
  const sheet = signRequest(engine, pending.request, roots, { nowS: atS, again: true });
  return inForceNow(finishRotation(folder, [sheet], { engine }).number, folder);
}

async function finish(context: Context, options: RotateOptions, files: readonly string[]): Promise<Outcome> {
  const folder = keysFolderOf(context, options);
  const sheets = files.map((file) => parseSignatures(readText(resolve(context.cwd, file))));
  return inForceNow(finishRotation(folder, sheets, { engine }).number, folder);
}

async function discard(context: Context, options: RotateOptions): Promise<Outcome> {
  const folder = keysFolderOf(context, options);
  discardRotation(folder);
  return { result: { folder }, text: 'The rotation that was begun is dropped. The key set in force stays.' };
}

export async function signAsRootHere(context: Context, path: string, options: SignOptions): Promise<Outcome> {
  const { clock, cwd } = context;
  const file = resolve(cwd, path);
  // Read once: what is shown is what is signed, whatever becomes of the file meanwhile.
  const request = parseRequest(engine, readText(file));
  const roots = options.root.map((name) => readKeyOnDisk(resolve(cwd, name), 'root', engine));
  requireRootsOf(request, roots);
  tell(context, request);
  if (!(await isConfirmed(context, options.yes))) return NOT_SIGNED;
  const sheet = signRequest(engine, request, roots, { nowS: nowS(clock), again: options.again === true });
  const names = roots.map(({ publicKey }) => fingerprintOf(engine, publicKey).slice(0, 4).toLowerCase());
  const out = options.out === undefined ? `${file}.${names.join('-')}.signature` : resolve(cwd, options.out);
  writeNewFile(out, new TextEncoder().encode(formatSignatures(engine, sheet, subjectOf(request))));
  return {
    result: { signature: out, digest: digest(request) },
    text: `Carry ${out} back to where the request came from.`,
  };
}

const NOT_SIGNED: Outcome = { exit: EXIT.failed, text: 'Nothing was signed.', result: { signed: false } };

const digest = (request: SignRequest): string => digestOf(engine, request.payload);

const inForceNow = (number: number, folder: string): Outcome => ({
  result: { keySet: number, inForce: true, folder },
  text: `Key set ${number} is in force. A cloud that serves takes it up within seconds; every lock then needs a Door Sync.`,
});

function tell({ output }: Context, request: SignRequest): void {
  const lines = summaryOf(engine, request);
  output.data(
    'request',
    { subject: subjectOf(request), digest: digest(request), summary: lines },
    lines.join('\n'),
  );
}

async function isConfirmed(context: Context, yes: true | undefined): Promise<boolean> {
  if (yes === true) return true;
  return isYes(context, 'Compare the digest with the other side, by voice. Type yes to sign');
}

/** Those named, and those that lie in the keys folder. */
function rootsAtHand({ cwd }: Context, folder: string, { root }: RotateOptions): KeyOnDisk[] {
  const named = (root ?? []).map((name) => readKeyOnDisk(resolve(cwd, name), 'root', engine));
  const here = readRootKeys(folder, engine);
  return [...named, ...here].filter(
    (key, at, all) => all.findIndex((other) => equalBytes(other.publicKey, key.publicKey)) === at,
  );
}

/** Only those that are root on a side: others lie there from before. */
function isEnough({ request, keySet }: PendingRotation, roots: KeyOnDisk[]): boolean {
  const sides = [request.inForce, keySet];
  const count = (side: (typeof sides)[number]): number =>
    roots.filter(({ publicKey }) => side.rootKeys.some((key) => equalBytes(key, publicKey))).length;
  return sides.every((side) => count(side) >= side.threshold);
}

function rolesOf({ role, roots, threshold }: RotateOptions): readonly KeyRole[] {
  if (role === undefined) return roots === undefined && threshold === undefined ? DEFAULT_ROLES : [];
  const known: readonly string[] = keyRoles;
  const wished = [...new Set(role.split(',').map((word) => word.trim()))];
  const unknown = wished.find((word) => !known.includes(word));
  if (unknown !== undefined) {
    throw new CliError('USAGE', `--role: there is no key of role "${unknown}".`, {
      next: `Use ${keyRoles.join(', ')}.`,
    });
  }
  if (wished.includes('root') && roots !== undefined) {
    throw new CliError(
      'USAGE',
      '--role root makes a root key here, and --roots names those made elsewhere.',
      {
        next: 'Give one of the two.',
      },
    );
  }
  return wished as KeyRole[];
}

function thresholdOf(text: string): number {
  if (/^[1-8]$/.test(text)) return Number(text);
  throw new CliError('USAGE', `--threshold: expected 1 to 8, not "${text}".`);
}

export function readText(file: string): string {
  try {
    if (statSync(file).size <= REQUEST_MAX_CHARACTERS) return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CliError('FILE_MISSING', `${file} can't be read.`, { cause: error, next: 'Check the path.' });
  }
  throw new CliError('FILE_UNREADABLE', `${file} is far too large for a request or a signature.`, {
    next: 'Check the path.',
  });
}
