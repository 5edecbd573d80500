// Completion scripts for three shells out of one table: which words may follow which commands. Pure.

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export interface Word {
  readonly word: string;
  readonly help: string;
}

/** `path` is empty for the program itself, ['lock', 'run'] for `doorlab lock run`. */
export interface CommandWords {
  readonly path: readonly string[];
  readonly commands: readonly Word[];
  readonly options: readonly Word[];
}

export function completionScript(shell: Shell, table: readonly CommandWords[]): string {
  switch (shell) {
    case 'bash':
      return bash(table);
    case 'zsh':
      return `autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n${bash(table)}`;
    case 'fish':
      return fish(table);
  }
}

/** Collects the command words typed so far, takes the deepest command among them, offers what may follow. */
function bash(table: readonly CommandWords[]): string {
  const cases = table.map(({ path, commands, options }) => {
    const words = [...commands, ...options].map(({ word }) => word).join(' ');
    return `    '${path.join(' ')}') words='${words}' ;;`;
  });
  const paths = table.filter(({ path }) => path.length > 0).map(({ path }) => `'${path.join(' ')}'`);
  return `# Completion for doorlab. Made by: doorlab completion bash
_doorlab() {
  local word path='' words='' longer
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    longer="\${path:+$path }$word"
    case "$longer" in
      ${paths.join('|') || "''"}) path="$longer" ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
  [ "\${#COMPREPLY[@]}" -gt 0 ] || COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _doorlab doorlab`;
}

function fish(table: readonly CommandWords[]): string {
  const lines = table.flatMap(({ path, commands, options }) => {
    const here =
      path.length === 0
        ? '__fish_use_subcommand'
        : path.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ');
    const deeper = commands.map(({ word }) => word).join(' ');
    const notYet = path.length > 0 && deeper !== '' ? `; and not __fish_seen_subcommand_from ${deeper}` : '';
    return [
      ...commands.map(
        ({ word, help }) => `complete -c doorlab -f -n '${here}${notYet}' -a '${word}' -d '${quoted(help)}'`,
      ),
      ...options.map(
        ({ word, help }) =>
          `complete -c doorlab -n '${here}' -l '${word.replace(/^--/, '')}' -d '${quoted(help)}'`,
      ),
    ];
  });
  return ['# Completion for doorlab. Made by: doorlab completion fish', ...lines].join('\n');
}

const quoted = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
