// `doorlab explain DOOR`: asks a lock what it would answer, without opening.
import type { Command } from 'commander';
import type { Host } from '../context.ts';
import { examples } from '../program.ts';
import type { ExplainOptions } from '../explain-run.ts';

/** A person may have to type first. */
const DEADLINE_MS = 120_000;

export function register(program: Command, host: Host): void {
  const explain = program
    .command('explain <door>')
    .description('what a running lock would answer, and why: one sentence and all that it was made from')
    .option('--person <email>', 'with the doorcodes that DOOR OS gives this person for the door')
    .option('--card', 'with a card: its bytes in hex, from stdin or a prompt')
    .option('--code', 'with a doorcode: its digits, from stdin or a prompt')
    .option('--at <time>', 'then, with a clock that is right (default: now, by its own clock)')
    .action(
      host.action<ExplainOptions>({ deadlineMs: DEADLINE_MS }, async (context, options, [door = '']) => {
        const { explainDoor } = await import('../explain-run.ts');
        return explainDoor(context, door, options);
      }),
    );
  examples(explain, [
    'doorlab explain front-door --code < code.txt      # exit 0 would open, 5 would be refused',
    'doorlab explain "Unit 1A" --person maya.alvarez@example.com',
    'doorlab explain front-door --card --at 2026-12-24T18:00+01:00 < card.hex',
  ]);
}
