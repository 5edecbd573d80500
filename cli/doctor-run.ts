// Tells what doctor found, check by check.
import { existsSync } from 'node:fs';
import { examine } from '#gateway/doctor.ts';
import type { CloudClient } from '#gateway/cloud-client.ts';
import { check, isBroken, type Check } from '#gateway/doctor/check.ts';
import type { Context } from './context.ts';
import { openCloud, tokenFile } from './courier-session.ts';
import { keysFolder } from './data-folders.ts';
import { CliError } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import type { Outcome } from './output.ts';

const MARKS = { ok: 'ok', warn: 'warning', fail: 'BROKEN', unknown: 'unknown' } as const;

export async function runDoctor(context: Context): Promise<Outcome> {
  const { clock, config, output, signal } = context;
  const client = clientOf(context);
  const checks = [
    ...(await examine({
      clock,
      adapter: { adapter: config.adapter, isWanted: config.radio?.kind === 'adapter' },
      dataFolder: config.data,
      keysFolder: keysFolder(config),
      servesCloud: config.cloud === undefined && existsSync(keysFolder(config)),
      client: client instanceof CliError ? undefined : client,
      signal,
    })),
  ];
  if (client instanceof CliError) checks.push(check('cloud-token', 'fail', client.message, client.next));
  for (const check of checks) output.data('check', { ...check }, textOf(check));
  const broken = isBroken(checks);
  return {
    exit: broken ? EXIT.environment : EXIT.done,
    result: { checks: checks.length, broken },
    text: broken ? 'Something is broken: see the remedies above.' : 'Nothing is broken.',
  };
}

/** Undefined without a token; the error where its file holds none. */
function clientOf(context: Context): CloudClient | CliError | undefined {
  if (!existsSync(tokenFile(context.config))) return undefined;
  try {
    return openCloud(context);
  } catch (error) {
    if (error instanceof CliError) return error;
    throw error;
  }
}

function textOf({ id, status, detail, remedy }: Check): string {
  const line = `${MARKS[status].padEnd(8)} ${id.padEnd(19)} ${detail}`;
  return remedy === undefined ? line : `${line}\n${' '.repeat(29)}${remedy}`;
}
