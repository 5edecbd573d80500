// Looking over an agent's shoulder.
import type { Command } from 'commander';
import type { Host } from '../context.ts';
import { examples } from '../program.ts';

export function register(program: Command, host: Host): void {
  const watch = program
    .command('watch')
    .description('the agent of this data folder, live: what is due, in range, syncing, and what came of it')
    .action(
      host.action({ deadlineMs: 'none' }, async (context) => {
        const { watch: run } = await import('../watch-run.ts');
        return run(context);
      }),
    );
  examples(watch, ['doorlab watch', 'doorlab watch --json']);
}
