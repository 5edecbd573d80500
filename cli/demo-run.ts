// Runs the story of the demo with a bar a step, prints where everything is, and stays up until it is stopped.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { portableEngine } from '#protocol/crypto/portable-engine.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { routes } from '#protocol/api/routes.ts';
import { DOCS_PATH } from '#cloud/http/api-page.ts';
import { parseCsv } from '#cloud/people-csv/csv-text.ts';
import { Demo } from '#lab/demo/story.ts';
import type { Context } from './context.ts';
import { CliError } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import type { Outcome } from './output.ts';
import { stopped, untilAborted } from './until-stopped.ts';

export interface DemoOptions {
  readonly once?: true;
  readonly people?: string;
  readonly keep?: string;
}

/** Next to the source tree as next to dist/, which holds JavaScript alone. */
const SHIPPED =
  [new URL('../lab/demo/', import.meta.url), new URL('../../lab/demo/', import.meta.url)].find((folder) =>
    existsSync(new URL('property.json', folder)),
  ) ?? new URL('../lab/demo/', import.meta.url);

export async function runDemo(context: Context, options: DemoOptions): Promise<Outcome> {
  const { clock, random, log, signal, output, cwd } = context;
  const people = peopleFile(cwd, options.people);
  const { folder, discard } = demoFolder(cwd, options.keep);
  const parts = { folder, engine: nodeEngine, lockEngine: portableEngine, clock, random, log, signal };
  const demo = new Demo(parts, { people, property: fileURLToPath(new URL('property.json', SHIPPED)) });
  try {
    const results = await output.steps(demo.steps());
    for (const { line, column, reason } of demo.rowsLeftOut)
      output.note(
        `${options.people ?? 'people.csv'} line ${line}${column === null ? '' : `, ${column}`}: ${reason}`,
      );
    const failed = results.find((result) => result.state === 'failed');
    if (failed !== undefined) throw failed.error;
    if (options.once === true)
      return { exit: EXIT.done, result: { steps: results.length }, text: 'Every step held.' };
    showAddresses(context, demo);
    await untilAborted(signal);
    return stopped('The demo is over.');
  } finally {
    await demo.close();
    discard();
  }
}

function showAddresses({ output }: Context, demo: Demo): void {
  const { login, running } = demo.cloud;
  const { air } = demo.house;
  output.data(
    'up',
    {
      cloud: running.url,
      air: air.url,
      email: login.email,
      password: login.password,
      ...(running.mailFolder === undefined ? {} : { mails: running.mailFolder }),
    },
    [
      '',
      `DOOR OS   ${running.url}/api/v1   sign in as ${login.email}, password ${login.password}`,
      `Mails     ${running.mailFolder ?? ''}   or GET ${routes.demoMails.path} at ${running.url}${DOCS_PATH}`,
      `Air       ${air.url}   e.g. doorlab scan --radio ${air.url}`,
      'Ctrl-C ends the demo.',
    ].join('\n'),
  );
}

function peopleFile(cwd: string, given: string | undefined): string {
  if (given === undefined) return fileURLToPath(new URL('people.csv', SHIPPED));
  const file = resolve(cwd, given);
  if (existsSync(file)) {
    // Now, not when everything else is up: what is wrong with the file as a whole.
    parseCsv(readFileSync(file));
    return file;
  }
  throw new CliError('FILE_MISSING', `There is no file ${file}.`, {
    next: `Take ${fileURLToPath(new URL('people.csv', SHIPPED))} as an example.`,
  });
}

function demoFolder(cwd: string, keep: string | undefined): { folder: string; discard: () => void } {
  if (keep === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'doorlab-demo-'));
    return { folder, discard: () => rmSync(folder, { recursive: true, force: true }) };
  }
  const folder = resolve(cwd, keep);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (readdirSync(folder).length > 0)
    throw new CliError('USAGE', `${folder} is not empty.`, { next: 'Name a new folder.' });
  return { folder, discard: () => undefined };
}
