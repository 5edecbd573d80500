// Reports: which doors need a Door Sync and how their locks are, and who can still open what they should not.
import { z } from 'zod';
import { SyncReason, syncStates, TaskReason } from './door-sync.ts';
import { exposedKinds } from './people.ts';
import { DoorType } from './property.ts';
import { Flag, Id, Page, pageQuery, TimeS, Triple } from './values.ts';

export const REPORT_EXPORT_MAX_ROWS = 100_000;

export const DoorReport = z.object({
  propertyId: Id,
  propertyName: z.string(),
  doorId: Id,
  doorName: z.string(),
  type: DoorType,
  internet: z.boolean(),
  syncNeeded: z.boolean(),
  state: z.enum(syncStates),
  reasons: z.array(SyncReason),
  /** Of the oldest open task. */
  sinceS: TimeS.nullable(),
  /** Of the open task that is due first. */
  dueS: TimeS.nullable(),
  /** Waits for longer than the property allows. */
  overdue: z.boolean(),
  /** The lock may hold the door open to everybody at hours at which it is not to, until the next Door Sync. */
  heldOpen: z.boolean(),
  /** What the lock has proven, and what it should have. */
  applied: Triple.nullable(),
  wanted: Triple.nullable(),
  batteryPercent: z.int().nullable(),
  firmware: z.int().nullable(),
  /** When the lock said so. */
  asOfS: TimeS.nullable(),
  daysSinceReading: z.int().nullable(),
});
export type DoorReport = z.infer<typeof DoorReport>;
export const DoorReportPage = Page(DoorReport);

const filters = {
  propertyId: Id.optional(),
  /** Those alone that need a Door Sync, the one that waits longest first; otherwise by property and name. */
  needed: Flag,
  reason: TaskReason.optional(),
  /** Below that many percent, as last read. */
  batteryBelow: z.coerce.number().int().min(1).max(100).optional(),
  /** Not read for at least that many days, or never. */
  unreadDays: z.coerce.number().int().min(1).max(3_650).optional(),
};
export const DoorReportQuery = z.strictObject({ ...pageQuery, ...filters });
export const DoorReportExportQuery = z.strictObject(filters);
export type DoorReportFilters = z.output<typeof DoorReportExportQuery>;

/** Somebody whom a door's lock may still let in beyond what the person holds now. */
export const ExposedPerson = z.object({
  doorId: Id,
  doorName: z.string(),
  personId: Id,
  /** Deleted people too. */
  personName: z.string(),
  deleted: z.boolean(),
  /** What opens, never the code itself. */
  by: z.array(z.enum(exposedKinds)),
  /** When that was taken away. */
  sinceS: TimeS.nullable(),
  /** When it ends by itself: its own end, or midnight for a daily code unless it was used; null: at the next Door Sync. */
  untilS: TimeS.nullable(),
});
export type ExposedPerson = z.infer<typeof ExposedPerson>;
export const ExposedPersonPage = Page(ExposedPerson);

export const ExposureQuery = z.strictObject({ ...pageQuery, doorId: Id.optional() });
