// The courier's commands: look around, bind locks to doors, sync them, take them off, and say how far they are.
import type { Command } from 'commander';
import type { Host } from '../context.ts';
import { examples } from '../program.ts';
import type { ActivateOptions, ScanOptions, StatusOptions } from '../courier-run.ts';
import type { DeactivateOptions, ReleaseOptions } from '../departure-run.ts';
import type { SyncOptions } from '../sync-run.ts';

const SCAN_DEADLINE_MS = 120_000;
const ACTIVATE_DEADLINE_MS = 120_000;
const RELEASE_DEADLINE_MS = 120_000;
const STATUS_DEADLINE_MS = 60_000;
/** A full table at the slowest link, with a restart in between. */
const SYNC_DEADLINE_MS = 600_000;

export function register(program: Command, host: Host): void {
  const scan = program
    .command('scan')
    .description('locks on the air; those of the cloud by their door')
    .option('--seconds <n>', 'how long to look, less than --timeout', '5')
    .action(
      host.action<ScanOptions>({ deadlineMs: SCAN_DEADLINE_MS }, async (context, options) => {
        const { scanAir } = await import('../courier-run.ts');
        return scanAir(context, options);
      }),
    );
  examples(scan, ['doorlab scan', 'doorlab scan --radio adapter --seconds 10']);

  const activate = program
    .command('activate <door>')
    .description('bind the lock that bears the label to a door, by its name or id')
    .option('--label <text>', 'as printed on the lock, and in its label.txt')
    .action(
      host.action<ActivateOptions>(
        { deadlineMs: ACTIVATE_DEADLINE_MS },
        async (context, options, [door = '']) => {
          const { activate: run } = await import('../courier-run.ts');
          return run(context, door, options);
        },
      ),
    );
  examples(activate, [
    'doorlab activate 4B --label DL1-...',
    'doorlab activate 4B --label "$(cat data/locks/4b/label.txt)"',
  ]);

  const sync = program
    .command('sync [doors...]')
    .description('Door Sync: carry the newest signed set to the doors, by name or id')
    .option('--due', 'to all doors in range where something is due, once round')
    .option('--look <seconds>', 'with --due: how long to look around for doors (default: 10)')
    .action(
      host.action<SyncOptions>({ deadlineMs: SYNC_DEADLINE_MS }, async (context, options, doors) => {
        const { sync: run } = await import('../sync-run.ts');
        return run(context, doors, options);
      }),
    );
  examples(sync, [
    'doorlab sync 4B',
    'doorlab sync 4B "Front Entrance" --radio adapter',
    'doorlab sync 4B --json',
    'doorlab sync --due',
    'doorlab sync --due --look 30',
  ]);

  registerDepartures(program, host);

  const status = program
    .command('status [door]')
    .description('how far doors are: wanted, applied as of when, and what their locks show on the air')
    .option('--no-air', 'ask the cloud alone')
    .action(
      host.action<StatusOptions>({ deadlineMs: STATUS_DEADLINE_MS }, async (context, options, [door]) => {
        const { status: run } = await import('../courier-run.ts');
        return run(context, door, options);
      }),
    );
  examples(status, ['doorlab status', 'doorlab status 4B', 'doorlab status --no-air --json']);
}

function registerDepartures(program: Command, host: Host): void {
  const deactivate = program
    .command('deactivate <door>')
    .description('take the lock off a door: nothing opens it until a lock is activated there')
    .option('--lost', 'the lock is gone for good: the door is free at once')
    .option('--no-wait', 'ask for it alone, and leave it to the next courier')
    .option('--yes', 'do not ask')
    .action(
      host.action<DeactivateOptions>(
        { deadlineMs: SYNC_DEADLINE_MS },
        async (context, options, [door = '']) => {
          const { deactivate: run } = await import('../departure-run.ts');
          return run(context, door, options);
        },
      ),
    );
  examples(deactivate, [
    'doorlab deactivate 4B',
    'doorlab deactivate 4B --yes --radio adapter',
    'doorlab deactivate 4B --lost',
  ]);

  const release = program
    .command('release <file>')
    .description('bring a lock that has left its door the release that the root keys signed')
    .option('--label <text>', 'as printed on the lock')
    .option('--label-file <file>', 'the same, in a file')
    .action(
      host.action<ReleaseOptions>(
        { deadlineMs: RELEASE_DEADLINE_MS },
        async (context, options, [file = '']) => {
          const { release: run } = await import('../departure-run.ts');
          return run(context, file, options);
        },
      ),
    );
  examples(release, [
    'doorlab release 4b.release --label DL1-...',
    'doorlab release 4b.release --label-file data/locks/4b/label.txt',
  ]);
}
