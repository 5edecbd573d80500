// What has become of a file's rows, counted over the whole file and listed in part.
import {
  IMPORT_LISTED_MAX,
  type ImportCounts,
  type ImportError,
  type ImportRow,
  type RowAction,
} from '#protocol/api/imports.ts';

/** A reason may quote a cell. */
const REASON_MAX_CHARACTERS = 200;

/** Of one entry: done, or the errors it was skipped for. */
export type RowOutcome =
  | { readonly line: number; readonly email: string; readonly action: RowAction }
  | { readonly line: number; readonly errors: readonly ImportError[] };

const COUNT_OF = {
  invite: 'invites',
  'add-access': 'additions',
  'restore-access': 'restored',
  'change-dates': 'dateChanges',
  nothing: 'unchanged',
} as const satisfies Record<RowAction, keyof ImportCounts>;

/** As it is kept between two batches. */
export interface Tally extends ImportCounts {
  errors: ImportError[];
  errorsLeftOut: number;
}

export const emptyTally = (): Tally => ({
  rows: 0,
  invites: 0,
  additions: 0,
  restored: 0,
  dateChanges: 0,
  unchanged: 0,
  skipped: 0,
  errors: [],
  errorsLeftOut: 0,
});

export function count(tally: Tally, outcome: RowOutcome): void {
  tally.rows++;
  if ('action' in outcome) {
    tally[COUNT_OF[outcome.action]]++;
    return;
  }
  tally.skipped++;
  for (const error of outcome.errors) {
    if (tally.errors.length >= IMPORT_LISTED_MAX) tally.errorsLeftOut++;
    else tally.errors.push({ ...error, reason: error.reason.slice(0, REASON_MAX_CHARACTERS) });
  }
}

export const listed = (items: readonly ImportRow[]): Pick<PreviewLists, 'items' | 'itemsLeftOut'> => ({
  items: items.slice(0, IMPORT_LISTED_MAX),
  itemsLeftOut: Math.max(0, items.length - IMPORT_LISTED_MAX),
});

interface PreviewLists {
  readonly items: ImportRow[];
  readonly itemsLeftOut: number;
}
