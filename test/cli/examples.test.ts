// The examples in the help are commands that the program takes: their words, flags and choices exist.
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { COMMANDS } from '#cli/commands.ts';
import { buildProgram } from '#cli/program.ts';
import { aStage, run } from './surroundings.ts';

const freshProgram = (): Command => buildProgram({ action: () => async () => {} }, aStage(), COMMANDS);

const pathsUnder = (command: Command, path: readonly string[]): string[][] => [
  [...path],
  ...command.commands.flatMap((sub) => pathsUnder(sub, [...path, sub.name()])),
];

async function examplesOf(path: readonly string[]): Promise<string[]> {
  const stage = aStage();
  expect(await run(stage, [...path, '--help'])).toBe(0);
  const [, after = ''] = stage.out().split('Examples:\n');
  return after
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** The words that a shell would give to `doorlab`; comments, redirections and process substitution aside. */
function argumentsOf(example: string): string[] {
  const line = /doorlab ([^<>)&#]*)/.exec(example)?.[1] ?? '';
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

test('every example is a command that is taken as it stands', async () => {
  const examples = (await Promise.all(pathsUnder(freshProgram(), []).map(examplesOf))).flat();
  expect(examples.length).toBeGreaterThan(30);
  for (const example of examples) {
    const words = argumentsOf(example.replace(/\$\([^)]*\)/, 'TEXT'));
    expect(words.length, example).toBeGreaterThan(0);
    if (words.includes('--help')) continue;
    await expect(freshProgram().parseAsync(words, { from: 'user' }), example).resolves.toBeDefined();
  }
});

test('an example with a flag or a command that is not there would be found', async () => {
  for (const example of ['doorlab scan --second 5', 'doorlab lock runn x', 'doorlab radio serve --link 3m'])
    await expect(freshProgram().parseAsync(argumentsOf(example), { from: 'user' })).rejects.toThrow();
});
