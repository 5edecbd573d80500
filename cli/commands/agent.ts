// The agent: a courier that stays where it is.
import type { Command } from 'commander';
import type { Host } from '../context.ts';
import { examples } from '../program.ts';
import type { AgentOptions } from '../agent-run.ts';

export function register(program: Command, host: Host): void {
  const agent = program
    .command('agent')
    .description('stay, and sync every door in range whenever something is due there')
    .option('--port <n>', 'of health and figures on 127.0.0.1; 0: whichever is free (default: 8482)')
    .action(
      host.action<AgentOptions>({ deadlineMs: 'none' }, async (context, options) => {
        const { runAgent } = await import('../agent-run.ts');
        return runAgent(context, options);
      }),
    );
  examples(agent, ['doorlab agent --radio adapter', 'doorlab agent --port 9100 --json']);
}
