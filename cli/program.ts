// The command tree: the program with its shared flags, and each command module hung on it.
import { Command, Option } from 'commander';
import type { Host, Surroundings } from './context.ts';
import { SETTING_KEYS, SETTINGS } from './settings.ts';
import { VERSION } from './version.ts';

/** What each file in cli/commands exports as `register`. */
export type RegisterCommand = (program: Command, host: Host) => void;

export function buildProgram(
  host: Host,
  { stdout, stderr }: Pick<Surroundings, 'stdout' | 'stderr'>,
  commands: readonly RegisterCommand[],
): Command {
  const program = new Command('doorlab')
    .description('Bluetooth lock firmware simulator, Door Sync gateway and the access cloud behind them')
    .version(VERSION)
    .exitOverride()
    // Errors are told by the output, in its own form; only help that nobody asked for goes to stderr as it is.
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: () => {},
    })
    .configureHelp({ sortSubcommands: true, showGlobalOptions: true })
    .helpCommand(true);
  for (const key of SETTING_KEYS) {
    const { flag, help, env } = SETTINGS[key];
    program.addOption(new Option(flag, `${help} [${env}]`));
  }
  program.option(
    '--config <file>',
    'settings file (default: doorlab.yaml here, if there is one) [DOORLAB_CONFIG]',
  );
  for (const register of commands) register(program, host);
  return examples(program, [
    'doorlab demo                       # the whole story, by itself',
    'doorlab doctor                     # what this machine has for locks and couriers',
    'doorlab lock run --help            # one command: its flags, with examples',
  ]);
}

/** Examples under a command's help: every command has some. */
export function examples(command: Command, lines: readonly string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}\n`);
}
