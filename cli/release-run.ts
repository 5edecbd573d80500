// Giving a lock away, by the root keys: the request, and the release that their signatures make of it.
import { resolve } from 'node:path';
import { askRelease, finishRelease } from '#cloud/release-request.ts';
import { writeNewFile } from '#cloud/keys/key-file.ts';
import { summaryOf } from '#cloud/keys/request-summary.ts';
import { parseSignatures, subjectOf } from '#cloud/keys/root-signing.ts';
import { digestOf, formatRequest, parseRequest } from '#cloud/keys/sign-request.ts';
import type { Context } from './context.ts';
import { engine } from './courier-session.ts';
import { cloudFolder, databaseUrlIn, keysFolderOf } from './data-folders.ts';
import { CliError } from './errors.ts';
import { readText } from './keys-run.ts';
import type { Outcome } from './output.ts';

export interface ReleaseOptions {
  readonly out: string;
  readonly keys?: string;
  readonly keySet?: string;
  readonly request?: string;
  readonly finish?: readonly string[];
}

export async function releaseLock(
  context: Context,
  lock: string | undefined,
  options: ReleaseOptions,
): Promise<Outcome> {
  const isFinish = options.finish !== undefined && options.request !== undefined;
  if (isFinish && lock === undefined) return finish(context, options);
  if (lock !== undefined && options.finish === undefined && options.request === undefined) {
    return ask(context, lock, options);
  }
  throw new CliError(
    'USAGE',
    'Name a lock to ask for its release, or --request and --finish to end with it.',
  );
}

async function ask(context: Context, lock: string, options: ReleaseOptions): Promise<Outcome> {
  const { clock, random, config, cwd, env, output } = context;
  const request = await askRelease(
    { dataFolder: cloudFolder(config), databaseUrl: databaseUrlIn(env), clock, random, engine },
    {
      lock,
      keysFolder: keysFolderOf(context, options),
      ...(options.keySet === undefined ? {} : { keySet: numberOf(options.keySet) }),
    },
  );
  const summary = summaryOf(engine, request);
  const file = resolve(cwd, options.out);
  writeNewFile(file, new TextEncoder().encode(formatRequest(request, summary)));
  const digest = digestOf(engine, request.payload);
  output.data('request', { subject: subjectOf(request), digest, summary }, summary.join('\n'));
  return {
    result: { request: file, digest },
    text: `Carry ${file} to the root keys: doorlab cloud sign FILE --root ROOT.`,
  };
}

async function finish({ cwd }: Context, options: ReleaseOptions): Promise<Outcome> {
  const request = parseRequest(engine, readText(resolve(cwd, options.request ?? '')));
  const sheets = (options.finish ?? []).map((name) => parseSignatures(readText(resolve(cwd, name))));
  const file = resolve(cwd, options.out);
  writeNewFile(file, finishRelease(engine, request, sheets));
  return {
    result: { release: file },
    text: `The ${subjectOf(request)} is in ${file}, for whoever brings it to the lock.`,
  };
}

function numberOf(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new CliError('USAGE', `--key-set: expected a number from 1, not "${text}".`);
}
