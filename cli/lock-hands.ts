// What hands do at the door of a lock that runs in another process.
import { KEYPAD_KEYS, type HandAct } from '#lock-sim/control/messages.ts';
import type { DecidedAtBench, DoorAtBench } from '#lock-sim/control/replies.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import type { Context } from './context.ts';
import { decisionJson, exitOf } from './decision-text.ts';
import { CliError } from './errors.ts';
import type { Outcome } from './output.ts';
import { ask, askForCard } from './running-lock.ts';

export interface PressOptions {
  readonly button?: true;
  readonly slowly?: true;
}

export interface TouchOptions {
  readonly door?: 'open' | 'close';
  readonly thumbturn?: 'inside' | 'outside';
  readonly key?: true;
  readonly privacy?: 'on' | 'off';
  readonly handle?: true;
  readonly to?: 'lock' | 'unlock';
}

export interface ResetOptions {
  readonly yes?: true;
}

/** Between two keys, for who watches: far below the gap that discards an entry. */
const SLOW_KEY_MS = 500;

export async function pressLock(
  context: Context,
  name: string,
  digits: string,
  options: PressOptions,
): Promise<Outcome> {
  if (options.button === true) {
    if (digits !== '') throw new CliError('USAGE', 'Either digits or --button.');
    await ask(context, name, { do: 'button' });
    return { text: `The button of ${name} was pressed: it can be activated for a minute.` };
  }
  if (!/^[0-9]{1,16}$/.test(digits)) {
    throw new CliError('USAGE', 'The keypad has the digits 0 to 9, and an entry has 1 to 16.', {
      next: 'Example: doorlab lock press NAME 1234567',
    });
  }
  if (options.slowly === true) return pressSlowly(context, name, digits);
  const { decided } = await ask(context, name, { do: 'press', digits });
  return outcomeOf(decided);
}

async function pressSlowly(context: Context, name: string, digits: string): Promise<Outcome> {
  const { clock, output } = context;
  await ask(context, name, { do: 'hand', hand: { act: 'touch' } });
  output.note('The keypad is awake.');
  for (const digit of digits) {
    const key = KEYPAD_KEYS.find((one) => one === digit);
    if (key === undefined) continue;
    await pause(clock, SLOW_KEY_MS);
    const { door } = await ask(context, name, { do: 'press-key', key });
    output.note(door.keypad === 'asleep' ? 'A key, and the keypad sleeps.' : 'A key.');
  }
  await pause(clock, SLOW_KEY_MS);
  const { decided } = await ask(context, name, { do: 'press-key', key: 'check' });
  if (decided !== undefined) return outcomeOf(decided);
  throw new CliError('USAGE', 'No entry came of it: the keypad had gone to sleep, or held too many digits.', {
    next: 'Press again, with nobody else at the keypad.',
  });
}

const pause = (clock: Clock, ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.after(ms, resolve);
  });

export async function tapLock(context: Context, name: string): Promise<Outcome> {
  const card = await askForCard(context);
  const { decided } = await ask(context, name, { do: 'tap', card });
  return outcomeOf(decided);
}

export async function touchLock(context: Context, name: string, options: TouchOptions): Promise<Outcome> {
  const { door } = await ask(context, name, { do: 'hand', hand: handOf(options) });
  return { result: { ...door }, text: doorText(door) };
}

export async function tamperLock(context: Context, name: string): Promise<Outcome> {
  await ask(context, name, { do: 'tamper' });
  return { text: `The cover of ${name} was taken off; its log says so.` };
}

export async function resetLock(context: Context, name: string, { yes }: ResetOptions): Promise<Outcome> {
  const { report } = await ask(context, name, { do: 'report' });
  if (yes !== true) {
    const answer = await context.prompt.ask({
      text: `This wipes all access from ${name}${report.version === undefined ? '' : ` (table ${report.version})`}, and nobody's code opens until it is activated again. Type its name to go on`,
      instead: '--yes',
      secret: false,
    });
    if (answer !== name) throw new CliError('USAGE', 'Nothing was reset: that is not its name.');
  }
  const { isWiped } = await ask(context, name, { do: 'reset' });
  return {
    result: { isWiped },
    text: isWiped
      ? `${name} has lost all access and keeps its owner, who can activate it again.`
      : `${name} had no access to wipe.`,
  };
}

function outcomeOf(decided: DecidedAtBench): Outcome {
  const { outcome, reason, sentence } = decided;
  return {
    exit: exitOf(decided),
    result: decisionJson(decided),
    text: `${outcome === 'open' ? 'Opened' : `Refused (${reason})`}: ${sentence}`,
  };
}

/** One act at a time; none of them is a hand on the keypad. Throws USAGE. */
function handOf({ door, thumbturn, key, privacy, handle, to }: TouchOptions): HandAct {
  const acts: HandAct[] = [];
  const way = to === undefined ? {} : { to };
  if (door !== undefined) acts.push({ act: 'door', is: door === 'open' ? 'open' : 'closed' });
  if (thumbturn !== undefined) acts.push({ act: 'thumbturn', side: thumbturn, ...way });
  if (key === true) acts.push({ act: 'key', ...way });
  if (privacy !== undefined) acts.push({ act: 'privacy', is: privacy === 'on' ? 'thrown' : 'released' });
  if (handle === true) acts.push({ act: 'exit' });
  const [act, other] = acts;
  if (other !== undefined) throw new CliError('USAGE', 'A hand does one thing at a time.');
  const turns = act?.act === 'thumbturn' || act?.act === 'key';
  if (to !== undefined && !turns) throw new CliError('USAGE', '--to goes with --thumbturn or --key.');
  return act ?? { act: 'touch' };
}

function doorText({
  powered,
  body,
  isJammed,
  opensFromOutside,
  keypad,
  batteryPercent,
}: DoorAtBench): string {
  const parts = [
    `door ${body.door}`,
    `bolt ${body.bolt}`,
    `privacy deadbolt ${body.privacy}`,
    ...(opensFromOutside === undefined
      ? []
      : [opensFromOutside ? 'opens from outside' : 'does not open from outside']),
    ...(keypad === undefined ? [] : [`keypad ${keypad}`]),
    `battery ${batteryPercent} %`,
    ...(isJammed ? ['something is in the way of the bolt'] : []),
    ...(powered ? [] : ['no power']),
  ];
  return `${parts.join(', ')}.`.replace(/^d/, 'D');
}
