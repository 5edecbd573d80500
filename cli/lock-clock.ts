// The clock of a running lock beside true time, and what cold and hands do to it.
import type { ClockAtBench } from '#lock-sim/control/replies.ts';
import type { Context } from './context.ts';
import { clockText } from './decision-text.ts';
import { driftOf } from './drift.ts';
import { CliError } from './errors.ts';
import { timeOf, timeText } from './numbers.ts';
import type { Outcome } from './output.ts';
import { ask } from './running-lock.ts';

export interface ClockOptions {
  readonly set?: string;
  readonly drift?: string;
  readonly lose?: true;
}

export async function lockClock(context: Context, name: string, options: ClockOptions): Promise<Outcome> {
  const { set, drift, lose } = options;
  if (set !== undefined && lose === true)
    throw new CliError('USAGE', 'A clock that is set is not lost: either --set or --lose.');
  const utcMs = set === undefined ? undefined : timeOf('--set', set);
  const ppm = drift === undefined ? undefined : driftOf(drift);
  if (ppm !== undefined) await ask(context, name, { do: 'clock-drift', ppm });
  if (utcMs !== undefined) await ask(context, name, { do: 'clock-set', utcMs });
  if (lose === true) await ask(context, name, { do: 'clock-lose' });
  const { clock } = await ask(context, name, { do: 'clock' });
  return { result: { ...clock }, text: textOf(clock) };
}

function textOf({ trueMs, lock, floorS, driftPpm }: ClockAtBench): string {
  const trueS = Math.floor(trueMs / 1_000);
  const line = (what: string, text: string): string => `${what.padEnd(11)} ${text}`;
  return [
    line('lock', lock === undefined ? 'no power: nobody reads it' : clockText(lock)),
    line('true', timeText(trueS)),
    ...(lock === undefined ? [] : [line('off by', `${lock.nowS - trueS} s`)]),
    ...(floorS === undefined ? [] : [line('floor', floorS === 0 ? 'none yet' : timeText(floorS))]),
    line('drift', `${driftPpm} ppm`),
  ].join('\n');
}
