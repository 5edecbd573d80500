// What a lock holds for durable at one moment, to its own firmware or to the world.
import { encodeHex } from '#protocol/bytes.ts';
import type { Triple } from '#protocol/triple.ts';
import type { EventRow } from '#lock-sim/storage/event-row.ts';
import type { SettingsValues } from '#lock-sim/storage/settings-values.ts';
import type { Storage } from '#lock-sim/storage/storage.ts';

/** What the lock holds for durable at one moment. */
export interface Claims {
  readonly settings: SettingsValues;
  /** Of the table in force; undefined for none. */
  readonly tableHash: string | undefined;
  /** By number: rows that can be read. */
  readonly rows: ReadonlyMap<number, EventRow>;
  readonly lastSequence: number;
  /** Single-use codes that somebody has seen open. */
  readonly used: readonly string[];
  /** The highest that a receipt has told of, and the newest row that one has named. */
  readonly receipted: { readonly triple: Triple; readonly sequence: number } | undefined;
}

export function claimsOf(
  { settings, table, events }: Storage,
  receipted: Claims['receipted'],
  used: readonly string[],
): Claims {
  return {
    settings: settings.values,
    tableHash: table && encodeHex(table.record.tableHash),
    rows: new Map([...events.read(1)].map((row) => [row.sequence, row])),
    lastSequence: events.lastSequence,
    used,
    receipted,
  };
}

export const isSameRow = (a: EventRow, b: EventRow): boolean =>
  a.type === b.type &&
  a.timeS === b.timeS &&
  a.bootCount === b.bootCount &&
  encodeHex(a.data) === encodeHex(b.data) &&
  encodeHex(a.chain) === encodeHex(b.chain);

export const isSame = (a: Claims, b: Claims): boolean =>
  a.settings === b.settings &&
  a.tableHash === b.tableHash &&
  a.lastSequence === b.lastSequence &&
  a.receipted === b.receipted &&
  a.used.length === b.used.length &&
  a.rows.size === b.rows.size;
