// What holds for every command of the program, and the two that belong to the frame.
import { spawnSync } from 'node:child_process';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { COMMANDS } from '#cli/commands.ts';
import { buildProgram } from '#cli/program.ts';
import { aStage, run } from './surroundings.ts';

const program = buildProgram({ action: () => async () => {} }, aStage(), COMMANDS);

const leaves = (command: Command): Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
const pathOf = (command: Command): string[] =>
  command.parent ? [...pathOf(command.parent), command.name()] : [];
const COMMAND_PATHS = leaves(program).map(pathOf);

test.each(COMMAND_PATHS)('%s %s shows examples in its help', async (...words) => {
  const stage = aStage();
  const path = words.filter((word) => typeof word === 'string');
  expect(await run(stage, [...path, '--help'])).toBe(0);
  expect(stage.out()).toContain('Examples:\n  ');
});

test('version says what a report of a defect should start with', async () => {
  const stage = aStage();
  expect(await run(stage, ['version', '--json'])).toBe(0);
  expect(stage.objects().at(-1)).toMatchObject({
    type: 'finished',
    result: { doorlab: expect.stringMatching(/^\d+\.\d+\.\d+/) as string, node: process.versions.node },
  });
});

async function scriptFor(shell: string): Promise<string> {
  const stage = aStage();
  expect(await run(stage, ['completion', shell])).toBe(0);
  return stage.out();
}

/** What bash offers after these words, the last of them unfinished. */
async function offeredAfter(...words: string[]): Promise<string[]> {
  const script = await scriptFor('bash');
  const typed = ['doorlab', ...words].map((word) => `'${word}'`).join(' ');
  const ask = `COMP_WORDS=(${typed}); COMP_CWORD=${words.length}; _doorlab; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const bash = spawnSync('bash', ['--norc', '-c', `${script}\n${ask}`], {
    cwd: '/',
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  expect(bash.stderr).toBe('');
  return bash.stdout.trim().split('\n');
}

test('bash completes commands, their options, and nothing that does not fit', async () => {
  expect(await offeredAfter('vers')).toEqual(['version']);
  expect(await offeredAfter('version', '--ver')).toEqual(['--version', '--verbose']);
  expect(await offeredAfter('--json', 'comp')).toEqual(['completion']);
});

test.each(['zsh', 'fish'])('the completion for %s names every command', async (shell) => {
  const script = await scriptFor(shell);
  for (const [first] of COMMAND_PATHS) expect(script).toContain(first);
});
