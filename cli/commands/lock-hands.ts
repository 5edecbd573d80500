// `doorlab lock press|tap|touch|tamper|reset|fault`: the hands at the door of a running lock.
import { Option, type Command } from 'commander';
import type { Host } from '../context.ts';
import { examples } from '../program.ts';
import type { FaultOptions } from '../lock-fault.ts';
import type { PressOptions, ResetOptions, TouchOptions } from '../lock-hands.ts';

const ASK_DEADLINE_MS = 10_000;
/** With 16 digits, slowly, or a person who types. */
const HANDS_DEADLINE_MS = 120_000;

/** Under `doorlab lock`. */
export function registerHands(lock: Command, host: Host): void {
  registerPress(lock, host);
  registerTouch(lock, host);
  registerReset(lock, host);
  registerFault(lock, host);
}

function registerPress(lock: Command, host: Host): void {
  const press = lock
    .command('press <name> [digits]')
    .description('press digits and the check key, or the button inside with --button')
    .option('--button', 'the button inside: lets a lock without an owner be activated for a minute')
    .option('--slowly', 'key by key, as a person does')
    .action(
      host.action<PressOptions>(
        { deadlineMs: HANDS_DEADLINE_MS },
        async (context, options, [name = '', digits = '']) => {
          const { pressLock } = await import('../lock-hands.ts');
          return pressLock(context, name, digits, options);
        },
      ),
    );
  examples(press, [
    'doorlab lock press front-door 1234567   # exit 0 opens, 5 refused',
    'doorlab lock press front-door 1234567 --slowly',
    'doorlab lock press front-door --button',
  ]);

  const tap = lock
    .command('tap <name>')
    .description('hold a card to the reader; its bytes come in hex from stdin or a prompt')
    .action(
      host.action({ deadlineMs: HANDS_DEADLINE_MS }, async (context, _options, [name = '']) => {
        const { tapLock } = await import('../lock-hands.ts');
        return tapLock(context, name);
      }),
    );
  examples(tap, [
    'doorlab lock tap front-door < card.hex   # exit 0 opens, 5 refused',
    'doorlab lock tap front-door',
  ]);
}

function registerTouch(lock: Command, host: Host): void {
  const touch = lock
    .command('touch <name>')
    .description('a hand at the door: wakes the keypad, or does one other thing')
    .addOption(new Option('--door <way>', 'the door itself').choices(['open', 'close']))
    .addOption(new Option('--thumbturn <side>', 'turn the thumbturn').choices(['inside', 'outside']))
    .option('--key', 'turn the mechanical key')
    .addOption(
      new Option('--to <end>', 'which way thumbturn or key go (default: to the other end)').choices([
        'lock',
        'unlock',
      ]),
    )
    .addOption(new Option('--privacy <state>', 'the privacy deadbolt of a mortise').choices(['on', 'off']))
    .option('--handle', 'leave by the handle inside')
    .action(
      host.action<TouchOptions>({ deadlineMs: ASK_DEADLINE_MS }, async (context, options, [name = '']) => {
        const { touchLock } = await import('../lock-hands.ts');
        return touchLock(context, name, options);
      }),
    );
  examples(touch, [
    'doorlab lock touch front-door                     # wakes the keypad',
    'doorlab lock touch front-door --door open',
    'doorlab lock touch front-door --thumbturn inside --to lock',
    'doorlab lock touch front-door --privacy on',
    'doorlab lock touch front-door --handle',
  ]);

  const tamper = lock
    .command('tamper <name>')
    .description('take the cover off: the lock notices and writes it into its log')
    .action(
      host.action({ deadlineMs: ASK_DEADLINE_MS }, async (context, _options, [name = '']) => {
        const { tamperLock } = await import('../lock-hands.ts');
        return tamperLock(context, name);
      }),
    );
  examples(tamper, ['doorlab lock tamper front-door']);
}

function registerReset(lock: Command, host: Host): void {
  const reset = lock
    .command('reset <name>')
    .description('hold the button: wipes all access; the owner stays, and has to activate it again')
    .option('--yes', 'do not ask')
    .action(
      host.action<ResetOptions>({ deadlineMs: HANDS_DEADLINE_MS }, async (context, options, [name = '']) => {
        const { resetLock } = await import('../lock-hands.ts');
        return resetLock(context, name, options);
      }),
    );
  examples(reset, ['doorlab lock reset front-door', 'doorlab lock reset front-door --yes']);
}

function registerFault(lock: Command, host: Host): void {
  const fault = lock
    .command('fault <name> <kind> [value]')
    .description(
      'power-cut, power-on, jam, unjam, battery PERCENT, bad-sector N, bit-rot REGION, or slow-flash FACTOR',
    )
    .option(
      '--at-flash-op <n>',
      'power-cut: before that flash operation, counted from now (default: at once)',
    )
    .option('--torn <bytes>', 'power-cut: so many bytes of that operation still happen')
    .option('--reboot-after <ms>', 'power-cut: power comes back by itself after so long')
    .option(
      '--how <fault>',
      'bad-sector: erase-fails (default), program-fails, stuck-bits, read-disturb, retention, or sound',
    )
    .option('--bits <n>', 'bit-rot: how many bits flip (default 8); which ones, --seed says')
    .action(
      host.action<FaultOptions>(
        { deadlineMs: ASK_DEADLINE_MS },
        async (context, options, [name = '', kind = '', value]) => {
          const { faultLock } = await import('../lock-fault.ts');
          return faultLock(context, name, kind, value, options);
        },
      ),
    );
  examples(fault, [
    'doorlab lock fault front-door power-cut',
    'doorlab lock fault front-door power-cut --at-flash-op 40 --reboot-after 2000',
    'doorlab lock fault front-door power-on',
    'doorlab lock fault front-door jam',
    'doorlab lock fault front-door battery 12',
    'doorlab lock fault front-door bad-sector 7 --how stuck-bits',
    'doorlab lock fault front-door bit-rot slot-a --bits 3 --seed 1',
    'doorlab lock fault front-door slow-flash 20',
  ]);
}
