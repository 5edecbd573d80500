// The Door Sync report: each door with a lock, what it needs and how it is. Doors that need a sync come by how long they
// have waited, all of them by property and name; either way a page follows an index.
import type { z } from 'zod';
import {
  REPORT_EXPORT_MAX_ROWS,
  type DoorReport,
  type DoorReportFilters,
  type DoorReportQuery,
} from '#protocol/api/reports.ts';
import type { DoorSync } from '#protocol/api/door-sync.ts';
import { csvFile, timeCell } from '../csv-file.ts';
import { neededDoors, allDoors, type ReportedDoor } from './door-report-rows.ts';
import { mayBeHeldOpen } from './hold-open-at-lock.ts';
import { DAY_S } from '../local-day.ts';
import { doorSyncs, waitsForSet } from './sync-view.ts';
import type { Work } from '../work.ts';

const ROWS_A_PAGE = 200;

export async function doorReport(work: Work, wish: z.output<typeof DoorReportQuery>) {
  const { limit, after, ...filters } = wish;
  const isNeeded = filters.needed || filters.reason !== undefined;
  const page = await (isNeeded ? neededDoors : allDoors)(work, filters, limit, after);
  return { items: await reportViews(work, page.items), next: page.next };
}

export async function exportDoorReport(
  read: <T>(run: (work: Work) => Promise<T>) => Promise<T>,
  filters: DoorReportFilters,
): Promise<Uint8Array> {
  const lines: string[][] = [COLUMNS];
  for (let after: string | null | undefined; after !== null && lines.length <= REPORT_EXPORT_MAX_ROWS;) {
    const query = { ...filters, limit: ROWS_A_PAGE, after };
    const page = await read((work) => doorReport(work, query));
    lines.push(...page.items.map(lineOf));
    after = page.next;
  }
  return csvFile(lines.slice(0, REPORT_EXPORT_MAX_ROWS + 1));
}

async function reportViews(work: Work, doors: readonly ReportedDoor[]): Promise<DoorReport[]> {
  const syncs = await doorSyncs(
    work,
    doors.map(({ id }) => id),
  );
  const heldOpen = await doorsHeldOpen(work, syncs);
  return doors.flatMap((door) => {
    const sync = syncs.get(door.id);
    if (sync === undefined) return [];
    const { applied, dueS } = sync;
    return [
      {
        propertyId: door.property_id,
        propertyName: door.property_name,
        doorId: door.id,
        doorName: door.name,
        type: door.type,
        internet: door.internet === 1,
        syncNeeded: waitsForSet(sync),
        state: sync.state,
        reasons: sync.reasons,
        sinceS: sync.pendingSinceS,
        dueS,
        overdue: dueS !== null && dueS + door.unsynced_alarm_s <= work.nowS,
        heldOpen: heldOpen.has(door.id),
        applied: applied?.triple ?? null,
        wanted: sync.target,
        batteryPercent: applied?.batteryPercent ?? null,
        firmware: applied?.firmware ?? null,
        asOfS: applied?.asOfS ?? null,
        daysSinceReading: applied === null ? null : daysBetween(applied.asOfS, work.nowS),
      },
    ];
  });
}

/** Whatever changes the hours of a hold-open leaves a task that says so. */
async function doorsHeldOpen(work: Work, syncs: ReadonlyMap<string, DoorSync>): Promise<Set<string>> {
  const held = new Set<string>();
  for (const [doorId, { reasons }] of syncs)
    if (reasons.includes('access-changed') && (await mayBeHeldOpen(work, doorId))) held.add(doorId);
  return held;
}

const daysBetween = (fromS: number, toS: number): number => Math.max(0, Math.floor((toS - fromS) / DAY_S));

const COLUMNS = [
  'property',
  'door',
  'type',
  'sync needed',
  'reason',
  'waiting since',
  'due',
  'held open',
  'battery %',
  'days since reading',
  'as of',
  'version at the lock',
  'version wanted',
];

const lineOf = (row: DoorReport): string[] => [
  row.propertyName,
  row.doorName,
  row.type,
  row.syncNeeded ? 'yes' : 'no',
  row.reasons.join(', '),
  timeCell(row.sinceS),
  timeCell(row.dueS),
  row.heldOpen ? 'yes' : 'no',
  row.batteryPercent === null ? '' : String(row.batteryPercent),
  row.daysSinceReading === null ? '' : String(row.daysSinceReading),
  timeCell(row.asOfS),
  row.applied === null ? '' : String(row.applied.tableVersion),
  row.wanted === null ? '' : String(row.wanted.tableVersion),
];
