// `doorlab lock ..`: runs simulated locks, and is the hands and instruments at the bench beside them.
import { Option, type Command } from 'commander';
import type { Host } from '../context.ts';
import { examples } from '../program.ts';
import type { RunOptions } from '../lock-run.ts';
import type { DumpOptions, FaultOptions, PressOptions } from '../lock-bench.ts';

const ASK_DEADLINE_MS = 10_000;

export function register(program: Command, host: Host): void {
  const lock = program.command('lock').description('run simulated locks and handle them');
  registerRun(lock, host);
  registerLooks(lock, host);
  registerHands(lock, host);
}

function registerRun(lock: Command, host: Host): void {
  const run = lock
    .command('run [name]')
    .description('power a lock on and keep it on the air; a lock of a new name is made first')
    .option('--capacity <rows>', 'rows that its table holds (of a lock that is made; default 1500)')
    .addOption(
      new Option('--flash-timing <kind>', 'how long erasing and programming take')
        .choices(['typical', 'none'])
        .default('typical'),
    )
    .action(
      host.action<RunOptions>({ deadlineMs: 'none' }, async (context, options, [name = 'lock']) => {
        const { runLock } = await import('../lock-run.ts');
        return runLock(context, name, options);
      }),
    );
  examples(run, [
    'doorlab radio serve &                  # the air, once',
    'doorlab lock run front-door            # prints the label, keeps data/locks/front-door',
    'doorlab lock run front-door --radio adapter',
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
    .description('what a running lock holds: table, slot, stage, battery, boots')
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
    .option('--out <file>', 'write the raw cells there')
    .action(
      host.action<DumpOptions>({ deadlineMs: ASK_DEADLINE_MS }, async (context, options, [name = '']) => {
        const { dumpLock } = await import('../lock-bench.ts');
        return dumpLock(context, name, options);
      }),
    );
  examples(dump, ['doorlab lock dump front-door', 'doorlab lock dump front-door --out flash.img']);
}

function registerHands(lock: Command, host: Host): void {
  const press = lock
    .command('press <name> [digits]')
    .description('press digits and the check key, or the button inside with --button')
    .option('--button', 'the button inside: lets a lock without an owner be activated for a minute')
    .action(
      host.action<PressOptions>(
        { deadlineMs: ASK_DEADLINE_MS },
        async (context, options, [name = '', digits = '']) => {
          const { pressLock } = await import('../lock-bench.ts');
          return pressLock(context, name, digits, options);
        },
      ),
    );
  examples(press, [
    'doorlab lock press front-door 1234567   # exit 0 opens, 5 refused',
    'doorlab lock press front-door --button',
  ]);

  const fault = lock
    .command('fault <name> <kind>')
    .description('power-cut, or power-on after one')
    .option('--at-flash-op <n>', 'cut before that flash operation, counted from now (default: at once)')
    .option('--torn <bytes>', 'so many bytes of that operation still happen')
    .option('--reboot-after <ms>', 'power comes back by itself after so long')
    .action(
      host.action<FaultOptions>(
        { deadlineMs: ASK_DEADLINE_MS },
        async (context, options, [name = '', kind = '']) => {
          const { faultLock } = await import('../lock-bench.ts');
          return faultLock(context, name, kind, options);
        },
      ),
    );
  examples(fault, [
    'doorlab lock fault front-door power-cut',
    'doorlab lock fault front-door power-cut --at-flash-op 40 --reboot-after 2000',
    'doorlab lock fault front-door power-on',
  ]);
}
