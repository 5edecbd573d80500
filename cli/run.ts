// One run of the program: parses the arguments, gives the command its context, holds it to its deadline, and
// turns whatever becomes of it into output and an exit code. Never rejects.
import { CommanderError, type Command } from 'commander';
import { loadConfig, type RawSettings } from './config.ts';
import type { ActionOptions, Context, Handler, Host, LeftOpen, Surroundings } from './context.ts';
import { CliError, reportOf, type ErrorReport } from './errors.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { liveSteps } from './live-steps.ts';
import { createLog } from './log.ts';
import { jsonOutput } from './output-json.ts';
import { textOutput } from './output-text.ts';
import type { Outcome, Report } from './output.ts';
import { buildProgram, type RegisterCommand } from './program.ts';
import { createPrompt } from './prompt.ts';
import { openScreen } from './screen.ts';
import { SETTING_KEYS, SETTINGS, type Config } from './settings.ts';

/** How long a command may take to close its links after it was told to end, unless it says otherwise. */
const GRACE_MS = 5_000;
/** A terminal sends an interrupt to every process in front, and the bin sends it on: within this it is one. */
const SAME_INTERRUPT_MS = 500;
/** Narrower, or of no known width, a bar has no room. */
const LIVE_COLUMNS_MIN = 40;

export async function runCli(
  argv: readonly string[],
  around: Surroundings,
  commands: readonly RegisterCommand[],
): Promise<ExitCode> {
  let exit: ExitCode = EXIT.done;
  let report = chooseOutput(around, earlyConfig(argv, around.env));
  let name = '';
  const host: Host = {
    action:
      (options, handler) =>
      async (...commanderArgs) => {
        const command = commanderArgs.at(-1) as Command;
        name = pathOf(command);
        const config = await loadConfig({ ...around, ...givenFlags(command), env: around.env });
        report = chooseOutput(around, config);
        report.started(name);
        const outcome = await perform(handler, options, command, { around, config, report });
        exit = outcome.exit ?? EXIT.done;
        report.finished(name, exit, outcome);
      },
  };
  const program = buildProgram(host, around, commands);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exit;
  } catch (error) {
    const told = error instanceof CommanderError ? usageError(error, argv, program) : error;
    if (told === undefined) return EXIT.done;
    const described = withNext(reportOf(told), name);
    report.failed(name, described);
    return described.exit;
  }
}

interface Run {
  readonly around: Surroundings;
  readonly config: Config;
  readonly report: Report;
}

/** The outcome, or a rejection with the error to end with. */
async function perform<O>(
  handler: Handler<O>,
  { deadlineMs, graceMs = GRACE_MS }: ActionOptions,
  command: Command,
  { around, config, report }: Run,
): Promise<Outcome> {
  const { clock, random, cwd } = around;
  const controller = new AbortController();
  const limitMs = config.timeout === undefined ? deadlineMs : config.timeout * 1000;
  let interruptedAtMs: number | undefined;
  let leftOpen: LeftOpen | undefined;
  let giveUp!: (error: CliError) => void;
  const givenUp = new Promise<never>((_resolve, reject) => {
    giveUp = reject;
  });
  const end = (reason: CliError): void => {
    if (controller.signal.aborted) return;
    controller.abort(reason);
    timers.push(clock.after(graceMs, () => giveUp(reason)));
  };
  const timers = limitMs === 'none' ? [] : [clock.after(limitMs, () => end(timedOut(command, limitMs)))];
  const stopListening = around.onInterrupt((signalName) => {
    const reason = new CliError('INTERRUPTED', `Interrupted (${signalName}).`);
    const nowMs = clock.monotonicMs();
    if (interruptedAtMs === undefined) end(reason);
    else if (nowMs - interruptedAtMs > SAME_INTERRUPT_MS) giveUp(reason);
    interruptedAtMs ??= nowMs;
  });
  const { signal } = controller;
  const context: Context = {
    output: report,
    clock,
    random,
    signal,
    config,
    leavesOpen: (what) => {
      leftOpen = what;
    },
    log: createLog({ stderr: around.stderr, ...config }),
    prompt: createPrompt({ stdin: around.stdin, stderr: around.stderr, noInput: config.noInput, signal }),
    screen: config.json || config.quiet ? undefined : openScreen(around.terminal, around.env),
    env: around.env,
    cwd,
  };
  try {
    const work = handler(
      context,
      command.opts<O & object>(),
      command.processedArgs
        .flat()
        .filter((arg) => arg !== undefined)
        .map(String),
    );
    const outcome = await Promise.race([work, givenUp]);
    // A command that ends well after it was told to end has said so by an exit code of its own.
    if (signal.aborted && outcome.exit === undefined) throw signal.reason;
    return outcome;
  } catch (error) {
    throw signal.aborted ? endedWith(signal.reason as CliError, leftOpen) : error;
  } finally {
    stopListening();
    for (const timer of timers) timer.cancel();
  }
}

/** What is not known outweighs the way on from the reason. */
const endedWith = (reason: CliError, leftOpen: LeftOpen | undefined): CliError =>
  leftOpen === undefined
    ? reason
    : new CliError(reason.code, `${reason.message} ${leftOpen.message}`, { next: leftOpen.next });

const timedOut = (command: Command, limitMs: number): CliError =>
  new CliError('COMMAND_TIMEOUT', `"${pathOf(command)}" did not end within ${limitMs / 1000} s.`, {
    next: 'Try again nearer to the door, or allow more time with --timeout SECONDS.',
  });

function chooseOutput(
  around: Surroundings,
  { json, quiet, verbose }: Pick<Config, 'json' | 'quiet' | 'verbose'>,
) {
  const { stdout, stderr, clock, terminal, env } = around;
  if (json) return jsonOutput(stdout, clock);
  const wide = (terminal?.stderr.columns ?? 0) >= LIVE_COLUMNS_MIN;
  // The debug log and a drawing would write over each other.
  const redraws = terminal !== undefined && wide && env['TERM'] !== 'dumb' && !verbose;
  const live = redraws ? liveSteps(terminal, clock) : undefined;
  return textOutput({ stdout, stderr, clock, quiet, verbose, liveSteps: live });
}

/** How to tell an error that comes before the configuration is known. */
function earlyConfig(argv: readonly string[], env: Surroundings['env']) {
  const flags = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  const json = flags.includes('--json') || ['1', 'true', 'yes'].includes(env[SETTINGS.json.env] ?? '');
  return { json, quiet: false, verbose: flags.includes('--verbose') };
}

/** The shared flags on the command line, raw; commander puts them on the program wherever they stand. */
function givenFlags(command: Command): { flags: RawSettings; configFile: string | undefined } {
  let program = command;
  while (program.parent) program = program.parent;
  const flags: RawSettings = {};
  for (const key of SETTING_KEYS) {
    const attribute = key === 'noInput' ? 'input' : key;
    if (program.getOptionValueSource(attribute) !== 'cli') continue;
    const value: unknown = program.getOptionValue(attribute);
    flags[key] = key === 'noInput' ? 'true' : String(value);
  }
  const configFile: unknown = program.getOptionValue('config');
  return { flags, configFile: typeof configFile === 'string' ? configFile : undefined };
}

function pathOf(command: Command): string {
  const names: string[] = [];
  for (let at: Command | null = command; at.parent; at = at.parent) names.unshift(at.name());
  return names.join(' ');
}

/** Undefined where commander only ended early: help and --version were shown. */
function usageError(error: CommanderError, argv: readonly string[], program: Command): CliError | undefined {
  if (error.exitCode === 0) return undefined;
  const [first, ...rest] = error.message.replace(/^error: /, '').split('\n');
  const asked = commandNames(argv, program);
  const help = error.code === 'commander.unknownCommand' ? [] : asked;
  const message = error.code === 'commander.help' ? 'A command is missing' : (first ?? 'Wrong usage');
  const hint = rest.join(' ').replace(/[()]/g, '').trim();
  return new CliError('USAGE', `${message.charAt(0).toUpperCase()}${message.slice(1).replace(/\.$/, '')}.`, {
    next: `${hint === '' ? '' : `${hint} `}See ${['doorlab', ...help, '--help'].join(' ')}.`,
  });
}

/** The command that was asked for, as far as its words are known. */
function commandNames(argv: readonly string[], program: Command): string[] {
  const names: string[] = [];
  let at = program;
  for (const word of argv) {
    const found = at.commands.find((command) => command.name() === word);
    if (found === undefined) continue;
    names.push(word);
    at = found;
  }
  return names;
}

/** Wrong use without advice of its own is helped by the command's help. */
const withNext = (report: ErrorReport, command: string): ErrorReport =>
  report.exit === EXIT.usage && report.next === undefined
    ? { ...report, next: `See ${['doorlab', command, '--help'].filter((word) => word !== '').join(' ')}.` }
    : report;
