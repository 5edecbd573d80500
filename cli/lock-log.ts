// The event log of a running lock, row by row in sentences; what a lock without a clock wrote is dated afterwards.
import { decodeHex } from '#protocol/bytes.ts';
import { invariant } from '#protocol/errors.ts';
import { describeRow } from '#protocol/log/event-sentence.ts';
import { EVENT_TYPES } from '#protocol/log/event-types.ts';
import type { LogEntry } from '#protocol/log/row.ts';
import { dateRows, type DatedRow, type RowDate } from '#protocol/log/row-dates.ts';
import type { LogRowAtBench } from '#lock-sim/control/replies.ts';
import type { Context } from './context.ts';
import { numberOf, timeText } from './numbers.ts';
import type { JsonObject, Outcome } from './output.ts';
import { ask } from './running-lock.ts';
import { stopped } from './until-stopped.ts';

export interface LogOptions {
  readonly from?: string;
  readonly follow?: true;
}

type Row = LogEntry & { readonly sequence: number };

const U32_MAX = 0xffff_ffff;
const LOOK_AGAIN_MS = 500;

export async function lockLog(context: Context, name: string, options: LogOptions): Promise<Outcome> {
  const from = numberOf('--from', options.from ?? '1', { min: 1, max: U32_MAX });
  let next = from;
  const told = { rows: 0 };
  do {
    const rows = await rowsFrom(context, name, next);
    for (const row of dateRows(rows)) {
      context.output.data('row', rowJson(row), rowText(row));
      told.rows++;
    }
    next = (rows.at(-1)?.sequence ?? next - 1) + 1;
  } while (options.follow === true && (await hasPaused(context)));
  if (options.follow === true) return stopped(`${told.rows} rows.`);
  return {
    result: { rows: told.rows, next },
    ...(told.rows === 0 ? { text: `No rows from ${from} on.` } : {}),
  };
}

/** All there are from that number on. */
async function rowsFrom(context: Context, name: string, from: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (;;) {
    const after = (rows.at(-1)?.sequence ?? from - 1) + 1;
    const page = after > U32_MAX ? undefined : await ask(context, name, { do: 'log', from: after });
    if (page === undefined || page.rows.length === 0) return rows;
    rows.push(...page.rows.map(rowOf));
  }
}

function rowOf({ data: hex, ...row }: LogRowAtBench): Row {
  const data = decodeHex(hex);
  invariant(data, 'the reply was checked');
  return { ...row, data };
}

/** False once the command is told to end. */
function hasPaused({ clock, signal }: Context): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const timer = clock.after(LOOK_AGAIN_MS, () => {
      signal.removeEventListener('abort', onAbort);
      resolve(true);
    });
    const onAbort = (): void => {
      timer.cancel();
      resolve(false);
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

function rowText(row: DatedRow<Row>): string {
  return `${String(row.sequence).padStart(6)}  boot ${row.bootCount}  ${dateText(row.date)}  ${describeRow(row)}`;
}

function dateText(date: RowDate): string {
  switch (date.by) {
    case 'clock':
      return timeText(date.atS);
    case 'setting':
      return `${timeText(date.atS)} (dated afterwards, to within ${date.uncertaintyS} s)`;
    case 'neighbours':
      return `${date.notBeforeS === undefined ? 'undated' : `after ${timeText(date.notBeforeS)}`}${
        date.notAfterS === undefined ? '' : `, before ${timeText(date.notAfterS)}`
      } (clock lost)`;
  }
}

const TYPE_NAMES = new Map<number, string>(
  Object.entries(EVENT_TYPES).map(([name, number]) => [number, name]),
);

function rowJson(row: DatedRow<Row>): JsonObject {
  const { sequence, bootCount, timeS, clockTrust, typeNumber, date } = row;
  return {
    sequence,
    boot: bootCount,
    timeS,
    clockTrust,
    date: { ...date },
    eventType: TYPE_NAMES.get(typeNumber) ?? typeNumber,
    sentence: describeRow(row),
  };
}
