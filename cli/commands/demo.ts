// `doorlab demo`: the whole thing at work, told step by step; then it stays up to be looked at.
import type { Command } from 'commander';
import type { Host } from '../context.ts';
import { examples } from '../program.ts';
import type { DemoOptions } from '../demo-run.ts';

export function register(program: Command, host: Host): void {
  const demo = program
    .command('demo')
    .description('cloud, twelve locks and a gateway at work: sync, revoke, power cut, resume, receipt')
    .option('--once', 'end after the story: 0 when every step held, 1 when one did not')
    .option('--people <file>', 'your own CSV of people, in the columns of the shipped one')
    .option('--keep <folder>', 'an empty folder to leave everything in (default: a temporary one)')
    .action(
      host.action<DemoOptions>({ deadlineMs: 'none' }, async (context, options) => {
        const { runDemo } = await import('../demo-run.ts');
        return runDemo(context, options);
      }),
    );
  examples(demo, [
    'doorlab demo',
    'doorlab demo --once',
    'doorlab demo --people residents.csv --keep demo-data',
  ]);
}
