// `doorlab lock ..`: runs simulated locks, and is the instruments at the bench beside them. Its hands are in lock-hands.ts.
import { Option, type Command } from 'commander';
import type { Host } from '../context.ts';
import { examples } from '../program.ts';
import type { RunOptions } from '../lock-run.ts';
import type { DumpOptions } from '../lock-bench.ts';
import type { ClockOptions } from '../lock-clock.ts';
import type { LogOptions } from '../lock-log.ts';
import { registerHands } from './lock-hands.ts';

const ASK_DEADLINE_MS = 10_000;

export function register(program: Command, host: Host): void {
  const lock = program.command('lock').description('run simulated locks and handle them');
  registerRun(lock, host);
  registerLooks(lock, host);
  registerClockAndLog(lock, host);
  registerHands(lock, host);
}

function registerRun(lock: Command, host: Host): void {
  const run = lock
    .command('run [name]')
    .description('power a lock on and keep it on the air; a lock of a new name is made first')
    .option('--capacity <rows>', 'rows that its table holds (of a lock that is made; default 1500)')
    .addOption(
      new Option('--profile <kind>', 'what hangs on the door (of a lock that is made)').choices([
        'motor-deadbolt',
        'thumbturn-deadbolt',
        'mortise',
        'reader',
      ]),
    )
    .option('--drift <ppm>', 'how much its clock runs fast; negative is slow (kept from then on)')
    .addOption(
      new Option('--flash-timing <kind>', 'how long erasing and programming take')
        .choices(['typical', 'none'])
        .default('typical'),
    )
    .option('--internet', 'it has a network of its own: changes reach it at once, through --cloud')
    .action(
      host.action<RunOptions>({ deadlineMs: 'none' }, async (context, options, [name = 'lock']) => {
        const { runLock } = await import('../lock-run.ts');
        return runLock(context, name, options);
      }),
    );
  examples(run, [
    'doorlab radio serve &                  # the air, once',
    'doorlab lock run front-door            # prints the label, keeps data/locks/front-door',
    'doorlab lock run lobby --profile reader --drift -20',
    'doorlab lock run front-door --radio adapter',
    'doorlab lock run lobby --profile reader --internet',
  ]);
}

function registerLooks(lock: Command, host: Host): void {
  const ls = lock
    .command('ls')
    .description('the locks of the data folder, and which of them run')
    .action(
      host.action({ deadlineMs: ASK_DEADLINE_MS }, async (context) => {
        const { listLocks } = await import('../lock-bench.ts');
        return listLocks(context);
      }),
    );
  examples(ls, ['doorlab lock ls', 'doorlab lock ls --json']);

  const status = lock
    .command('status <name>')
    .description('what a running lock holds: table, slot, stage, door, battery, boots')
    .action(
      host.action({ deadlineMs: ASK_DEADLINE_MS }, async (context, _options, [name = '']) => {
        const { showLock } = await import('../lock-bench.ts');
        return showLock(context, name);
      }),
    );
  examples(status, ['doorlab lock status front-door']);

  const dump = lock
    .command('dump <name>')
    .description('the flash of a lock, region by region; its cells into a file with --out')
    .option('--sectors', 'each sector too: its state, and how often it was erased')
    .option('--out <file>', 'write the raw cells there: sealed, without a code, a key or a name')
    .action(
      host.action<DumpOptions>({ deadlineMs: ASK_DEADLINE_MS }, async (context, options, [name = '']) => {
        const { dumpLock } = await import('../lock-bench.ts');
        return dumpLock(context, name, options);
      }),
    );
  examples(dump, [
    'doorlab lock dump front-door',
    'doorlab lock dump front-door --sectors',
    'doorlab lock dump front-door --out flash.img',
  ]);
}

function registerClockAndLog(lock: Command, host: Host): void {
  const clock = lock
    .command('clock <name>')
    .description('the clock of a lock beside true time: its trust, its drift, its floor')
    .option('--set <time>', 'turn the register, as a hand does that has opened the lock')
    .option('--drift <ppm>', 'from now on it runs so much fast; negative is slow')
    .option('--lose', 'it loses the time')
    .action(
      host.action<ClockOptions>({ deadlineMs: ASK_DEADLINE_MS }, async (context, options, [name = '']) => {
        const { lockClock } = await import('../lock-clock.ts');
        return lockClock(context, name, options);
      }),
    );
  examples(clock, [
    'doorlab lock clock front-door',
    'doorlab lock clock front-door --set 2026-12-24T18:00Z',
    'doorlab lock clock front-door --drift 100',
    'doorlab lock clock front-door --lose',
  ]);

  const log = lock
    .command('log <name>')
    .description('the event log of a lock, a sentence a row')
    .option('--from <n>', 'from that row on (default: the oldest there is)')
    .option('--follow', 'go on with new rows until stopped')
    .action(
      host.action<LogOptions>({ deadlineMs: 'none' }, async (context, options, [name = '']) => {
        const { lockLog } = await import('../lock-log.ts');
        return lockLog(context, name, options);
      }),
    );
  examples(log, [
    'doorlab lock log front-door',
    'doorlab lock log front-door --from 120 --follow',
    'doorlab lock log front-door --json',
  ]);
}
