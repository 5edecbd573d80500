// `doorlab completion SHELL`: a completion script made from the command tree itself.
import { Argument, type Command } from 'commander';
import { completionScript, SHELLS, type CommandWords, type Shell } from '../completion-script.ts';
import type { Host } from '../context.ts';
import { examples } from '../program.ts';

export function register(program: Command, host: Host): void {
  const command = program
    .command('completion')
    .description('print a completion script for your shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .action(
      host.action({ deadlineMs: 5_000 }, async (_context, _options, [shell]) => {
        const script = completionScript(shell as Shell, wordsOf(program, []));
        return { text: script, result: { shell: shell ?? '', script } };
      }),
    );
  examples(command, [
    'source <(doorlab completion bash)',
    'source <(doorlab completion zsh)',
    'doorlab completion fish > ~/.config/fish/completions/doorlab.fish',
  ]);
}

/** Each command of the tree with what may follow it. */
function wordsOf(command: Command, path: readonly string[]): CommandWords[] {
  const help = command.createHelp();
  const subcommands = help.visibleCommands(command);
  const own: CommandWords = {
    path,
    commands: subcommands.map((sub) => ({ word: sub.name(), help: sub.description() })),
    options: [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)].map((option) => ({
      word: option.long ?? option.flags,
      help: option.description,
    })),
  };
  return [own, ...subcommands.flatMap((sub) => wordsOf(sub, [...path, sub.name()]))];
}
