// `doorlab doctor`: what this machine has for locks, couriers and clouds, with the exact remedy for what it lacks.
import type { Command } from 'commander';
import type { Host } from '../context.ts';
import type { DoctorOptions } from '../doctor-run.ts';
import { examples } from '../program.ts';

const DEADLINE_MS = 30_000;

export function register(program: Command, host: Host): void {
  const doctor = program
    .command('doctor')
    .description(
      'check Node, kernel Bluetooth, adapter, and whether a cloud here is fit to serve; 3 when something is broken',
    )
    .option('--keys <folder>', 'keys of the cloud that is served here (default: keys in the data folder)')
    .action(
      host.action<DoctorOptions>({ deadlineMs: DEADLINE_MS }, async (context, options) => {
        const { runDoctor } = await import('../doctor-run.ts');
        return runDoctor(context, options);
      }),
    );
  examples(doctor, [
    'doorlab doctor',
    'doorlab doctor --radio adapter',
    'doorlab doctor --json',
    'doorlab doctor --data /srv/doorlab   # before the cloud there goes live',
  ]);
}
