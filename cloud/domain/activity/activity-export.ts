// Activity as a file: the same rows as the list, page by page, each in a transaction of its own.
import { ACTIVITY_EXPORT_MAX_ROWS, type ActivityFilters, type ActivityRow } from '#protocol/api/activity.ts';
import { recordsOf } from './activity.ts';
import { activityViews } from './activity-view.ts';
import { csvFile, timeCell } from '../csv-file.ts';
import { decodeNumberCursor } from '../pages.ts';
import type { Work } from '../work.ts';

const ROWS_A_PAGE = 500;

const COLUMNS = ['time', 'known by', 'door', 'what happened', 'person', 'guest of', 'credential', 'type'];

export async function exportActivity(
  read: <T>(run: (work: Work) => Promise<T>) => Promise<T>,
  filters: ActivityFilters,
): Promise<Uint8Array> {
  const lines: string[][] = [COLUMNS];
  for (let after: string | null | undefined; after !== null && lines.length <= ACTIVITY_EXPORT_MAX_ROWS;) {
    const cursor = decodeNumberCursor(after);
    const page = await read(async (work) => {
      const { records, next } = await recordsOf(work, filters, ROWS_A_PAGE, cursor);
      return { items: await activityViews(work, records), next };
    });
    lines.push(...page.items.map(lineOf));
    after = page.next;
  }
  return csvFile(lines.slice(0, ACTIVITY_EXPORT_MAX_ROWS + 1));
}

const lineOf = (row: ActivityRow): string[] => [
  timeCell(row.atS),
  KNOWN_BY[row.date.by],
  row.doorName,
  row.sentence,
  row.person?.name ?? '',
  row.guestOf?.name ?? '',
  row.credential ?? '',
  row.type ?? '',
];

const KNOWN_BY: Readonly<Record<ActivityRow['date']['by'], string>> = {
  clock: 'the lock’s clock',
  setting: 'the clock as set later',
  neighbours: 'the rows around it',
};
