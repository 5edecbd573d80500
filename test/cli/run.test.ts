// How a run ends: exit codes, the JSON lines, the words of an error, deadlines and interrupts.
import { expect, test } from 'vitest';
import type { Context, Handler } from '#cli/context.ts';
import { CliError } from '#cli/errors.ts';
import { EXIT } from '#cli/exit-codes.ts';
import type { RegisterCommand } from '#cli/program.ts';
import { DoorlabError } from '#protocol/errors.ts';
import { RadioError } from '#radio/ports/errors.ts';
import { aStage, run } from './surroundings.ts';

const probe =
  (handler: Handler<{ door?: string }>, deadlineMs: number | 'none' = 1_000): RegisterCommand =>
  (program, host) => {
    program.command('probe [words...]').option('--door <name>').action(host.action({ deadlineMs }, handler));
  };

const failing = (error: unknown): RegisterCommand =>
  probe(async () => {
    throw error;
  });

/** Ends only when told to. */
const untilAborted = ({ signal }: Context): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });

class PartlyDone extends DoorlabError {
  readonly code = 'PARTLY_DONE';
}
class LockRefused extends DoorlabError {
  readonly code = 'LOCK_REFUSED';
}

test.each([
  ['a broken scenario', new Error('boom'), EXIT.failed],
  ['wrong use', new CliError('USAGE', 'x'), EXIT.usage],
  ['a missing adapter', new RadioError('ADAPTER_MISSING', 'x'), EXIT.environment],
  ['a port in use', Object.assign(new Error('x'), { code: 'EADDRINUSE' }), EXIT.environment],
  ['a door not met', new RadioError('CONNECT_TIMEOUT', 'x'), EXIT.unreachable],
  ['a refusal by the lock', new LockRefused('x'), EXIT.refused],
  ['some doors done', new PartlyDone('x'), EXIT.partly],
])('%s ends in its own exit code', async (_what, error, exit) => {
  expect(await run(aStage(), ['probe'], failing(error))).toBe(exit);
});

test('the numbers of the exit codes never change', () => {
  expect(EXIT).toEqual({
    done: 0,
    failed: 1,
    usage: 2,
    environment: 3,
    unreachable: 4,
    refused: 5,
    partly: 6,
    interrupted: 130,
  });
});

test('data goes to stdout and remarks to stderr', async () => {
  const stage = aStage();
  const exit = await run(
    stage,
    ['probe', 'a', 'b', '--door', '4B'],
    probe(async ({ output }, { door }, args) => {
      output.note('looking');
      output.data('door', { door }, `door ${door ?? ''} ${args.join('+')}`);
      return { text: 'all well' };
    }),
  );
  expect([exit, stage.out(), stage.err()]).toEqual([0, 'door 4B a+b\nall well\n', 'looking\n']);
});

test('quiet leaves data and errors alone', async () => {
  const stage = aStage();
  await run(
    stage,
    ['probe', '--quiet'],
    probe(async ({ output }) => {
      output.note('looking');
      output.data('door', {}, 'door');
      throw new CliError('USAGE', 'No.');
    }),
  );
  expect([stage.out(), stage.err()]).toEqual(['door\n', 'error: No.\n  next: See doorlab probe --help.\n']);
});

test('with --json everything is one object a line on stdout, and stderr stays empty', async () => {
  const stage = aStage();
  const exit = await run(
    stage,
    ['--json', 'probe'],
    probe(async ({ output }) => {
      output.note('looking');
      output.data('door', { door: '4B' }, 'never shown');
      return { exit: EXIT.partly, result: { doors: 1 }, text: 'never shown' };
    }),
  );
  expect(exit).toBe(6);
  expect(stage.objects()).toEqual([
    { type: 'started', command: 'probe' },
    { type: 'progress', event: 'note', text: 'looking' },
    { type: 'progress', event: 'door', door: '4B' },
    { type: 'finished', command: 'probe', exit: 6, result: { doors: 1 } },
  ]);
  expect(stage.err()).toBe('');
});

test('an error tells what happened, why, and the next step', async () => {
  const error = new RadioError('CONNECT_FAILED', 'Door 4B could not be reached.', {
    cause: new Error('supervision timeout'),
    next: 'Go nearer and try again.',
  });
  const [people, program] = [aStage(), aStage()];
  await run(people, ['probe'], failing(error));
  expect(people.err()).toBe(
    'error: Door 4B could not be reached.\n  because: supervision timeout\n  next: Go nearer and try again.\n',
  );
  await run(program, ['probe', '--json'], failing(error));
  expect(program.objects().at(-1)).toEqual({
    type: 'error',
    command: 'probe',
    code: 'CONNECT_FAILED',
    exit: 4,
    message: 'Door 4B could not be reached.',
    because: 'supervision timeout',
    next: 'Go nearer and try again.',
  });
});

test('a defect says that it is one, and shows where with --verbose alone', async () => {
  const [plain, verbose] = [aStage(), aStage()];
  await run(plain, ['probe'], failing(new TypeError('x is undefined')));
  await run(verbose, ['probe', '--verbose'], failing(new TypeError('x is undefined')));
  expect(plain.err()).toMatch(/^error: Something unexpected happened: x is undefined\n {2}next: .*--verbose/);
  expect(plain.err()).not.toContain('run.test.ts');
  expect(verbose.err()).toContain('run.test.ts');
});

test.each([
  [['lokc'], "Unknown command 'lokc'"],
  [['version', '--jso'], 'Did you mean --json?'],
  [['version', 'surplus'], 'Too many arguments'],
  [['completion', 'tcsh'], 'Allowed choices are bash, zsh, fish'],
  [['version', '--timeout', 'soon'], '--timeout: expected seconds'],
  [['version', '--quiet', '--verbose'], 'exclude each other'],
  [[], 'A command is missing'],
])('%j is wrong usage with a sentence and a way on', async (argv, words) => {
  const stage = aStage();
  expect(await run(stage, argv)).toBe(EXIT.usage);
  expect(stage.err()).toContain(words);
  expect(stage.err()).toMatch(/error: .*\.\n {2}next: /);
  expect(stage.out()).toBe('');
});

test('wrong usage is an error object too where --json was asked for', async () => {
  const stage = aStage();
  expect(await run(stage, ['version', '--nope', '--json'])).toBe(EXIT.usage);
  expect(stage.objects()).toMatchObject([{ type: 'error', code: 'USAGE', exit: 2 }]);
});

test('help and version are no errors', async () => {
  for (const argv of [['--help'], ['version', '--help'], ['help', 'version'], ['--version']]) {
    const stage = aStage();
    expect(await run(stage, argv)).toBe(EXIT.done);
    expect(stage.out()).not.toBe('');
    expect(stage.err()).toBe('');
  }
});

test('a command that does not end in time is told to end, and ends in 4', async () => {
  const stage = aStage();
  const ended = run(stage, ['probe'], probe(untilAborted, 7_000));
  await begun(stage);
  stage.clock.advance(6_999);
  expect(stage.err()).toBe('');
  stage.clock.advance(1);
  expect(await ended).toBe(EXIT.unreachable);
  expect(stage.err()).toContain('"probe" did not end within 7 s.');
});

test('--timeout takes the place of the deadline of the command', async () => {
  const stage = aStage();
  const ended = run(stage, ['probe', '--timeout', '0.5'], probe(untilAborted, 'none'));
  await begun(stage);
  stage.clock.advance(500);
  expect(await ended).toBe(EXIT.unreachable);
});

test('a command that ignores its deadline is left after the time of grace', async () => {
  const stage = aStage();
  const ended = run(
    stage,
    ['probe'],
    probe(() => new Promise(() => {})),
  );
  await begun(stage);
  stage.clock.advance(1_000 + 5_000);
  expect(await ended).toBe(EXIT.unreachable);
});

test('an interrupt aborts the signal, the command cleans up, and the run ends in 130', async () => {
  const stage = aStage();
  const steps: string[] = [];
  const ended = run(
    stage,
    ['probe'],
    probe(async (context) => {
      await untilAborted(context).catch(() => steps.push('cleaned up'));
      return {};
    }, 'none'),
  );
  await begun(stage);
  stage.interrupt();
  expect(await ended).toBe(EXIT.interrupted);
  expect(steps).toEqual(['cleaned up']);
});

test('a command may end an interrupt well, with an exit code of its own', async () => {
  const stage = aStage();
  const serve = probe(async (context) => {
    await untilAborted(context).catch(() => undefined);
    return { exit: EXIT.done };
  }, 'none');
  const ended = run(stage, ['probe'], serve);
  await begun(stage);
  stage.interrupt('SIGTERM');
  expect(await ended).toBe(EXIT.done);
});

test('a second interrupt leaves at once, but not the echo of the first', async () => {
  const stage = aStage();
  let left = false;
  const stuck = probe(() => new Promise(() => {}), 'none');
  const ended = run(stage, ['probe'], stuck).then((exit) => {
    left = true;
    return exit;
  });
  await begun(stage);
  stage.interrupt();
  stage.clock.advance(100);
  stage.interrupt();
  await settled();
  expect(left).toBe(false);
  stage.clock.advance(1_000);
  stage.interrupt();
  expect(await ended).toBe(EXIT.interrupted);
});

test.each([
  ['interrupted', 'INTERRUPTED', EXIT.interrupted, 'Interrupted (SIGINT).'],
  ['interrupted twice', 'INTERRUPTED', EXIT.interrupted, 'Interrupted (SIGINT).'],
  ['too late', 'COMMAND_TIMEOUT', EXIT.unreachable, '"probe" did not end within 7 s.'],
])('a command that is %s says what it leaves open, and nothing of what is settled', async (...row) => {
  const [how, code, exit, reason] = row;
  const endOf = async (flags: readonly string[], isSettled = false) => {
    const stage = aStage();
    const leaving = probe((context) => {
      context.leavesOpen({ message: '4B may have opened.', next: 'Look at it.' });
      if (isSettled) context.leavesOpen(undefined);
      return how === 'interrupted twice' ? new Promise(() => {}) : untilAborted(context);
    }, 7_000);
    const ended = run(stage, ['probe', ...flags], leaving);
    await begun(stage);
    if (how === 'too late') stage.clock.advance(7_000);
    else stage.interrupt();
    stage.clock.advance(how === 'interrupted twice' ? 1_000 : 0);
    if (how === 'interrupted twice') stage.interrupt();
    expect(await ended).toBe(exit);
    return stage;
  };
  const message = `${reason} 4B may have opened.`;
  const [program, people] = [await endOf(['--json']), await endOf([])];
  expect(program.objects().at(-1)).toMatchObject({ code, exit, message, next: 'Look at it.' });
  expect(people.err()).toBe(`error: ${message}\n  next: Look at it.\n`);
  expect((await endOf([], true)).err()).not.toContain('4B');
});

test('the log strikes out what could be a secret or a name', async () => {
  const stage = aStage();
  await run(
    stage,
    ['probe', '--verbose'],
    probe(async ({ log }) => {
      log.debug('row decided', { door: '4B', code: '1234567', token: 'abc', name: 'Ada' });
      return {};
    }),
  );
  expect(stage.err()).toBe('debug: row decided door=4B code=[redacted] token=[redacted] name=[redacted]\n');
});

/** The handler runs a few turns of the event loop after the call. */
async function begun(stage: ReturnType<typeof aStage>): Promise<void> {
  for (let turn = 0; turn < 20 && stage.clock.nextDueMs() === undefined; turn++) await settled();
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
