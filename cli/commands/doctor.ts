// `doorlab doctor`: what this machine has for locks, couriers and clouds, with the exact remedy for what it lacks.
import type { Command } from 'commander';
import type { Host } from '../context.ts';
import { examples } from '../program.ts';

const DEADLINE_MS = 30_000;

export function register(program: Command, host: Host): void {
  const doctor = program
    .command('doctor')
    .description('check Node, kernel Bluetooth, adapter, keys and cloud; 3 when something is broken')
    .action(
      host.action({ deadlineMs: DEADLINE_MS }, async (context) => {
        const { runDoctor } = await import('../doctor-run.ts');
        return runDoctor(context);
      }),
    );
  examples(doctor, ['doorlab doctor', 'doorlab doctor --radio adapter', 'doorlab doctor --json']);
}
