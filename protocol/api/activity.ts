// What happened at doors, as rows of the locks' logs with what is known of when and by whom. What a resident does at home
// is for that resident alone: to managers it is as if it had never come.
import { z } from 'zod';
import { EVENT_CREDENTIALS, EVENT_TYPES, type EventCredential, type EventType } from '../log/event-types.ts';
import { Id, Page, pageQuery, TimeS } from './values.ts';

export const ACTIVITY_EXPORT_MAX_ROWS = 50_000;

const eventTypes = Object.keys(EVENT_TYPES) as [EventType, ...EventType[]];
const eventCredentials = Object.keys(EVENT_CREDENTIALS) as [EventCredential, ...EventCredential[]];
export const ActivityType = z.enum(eventTypes);

export const ActivityPerson = z.object({
  id: Id,
  /** Empty once it is kept no more. */
  name: z.string(),
  deleted: z.boolean(),
});

export const ActivityRow = z.object({
  id: Id,
  propertyId: Id,
  doorId: Id,
  doorName: z.string(),
  /** The best that is known of when it was. */
  atS: TimeS,
  /**
   * `clock`: by the lock's clock. `setting`: by its clock as it was set later, to within `uncertaintyS`. `neighbours`: the
   * clock was lost, and only the rows around it say between when.
   */
  date: z.object({
    by: z.enum(['clock', 'setting', 'neighbours']),
    uncertaintyS: z.int().nullable(),
    notBeforeS: z.int().nullable(),
    notAfterS: z.int().nullable(),
  }),
  /** Null for one that this version does not know. */
  type: ActivityType.nullable(),
  /** For people: what happened and why. */
  sentence: z.string(),
  credential: z.enum(eventCredentials).nullable(),
  person: ActivityPerson.nullable(),
  /** The resident whose guest the person was. */
  guestOf: ActivityPerson.nullable(),
  receivedAtS: TimeS,
  /** Rows directly before this one that the lock has lost; `explained` where it said so itself. */
  gapBefore: z.object({ rows: z.int(), explained: z.boolean() }).nullable(),
});
export type ActivityRow = z.infer<typeof ActivityRow>;
export const ActivityPage = Page(ActivityRow);

const filters = {
  propertyId: Id.optional(),
  doorId: Id.optional(),
  personId: Id.optional(),
  type: ActivityType.optional(),
  fromS: z.coerce.number().int().min(0).optional(),
  /** Before, not at it. */
  toS: z.coerce.number().int().min(0).optional(),
  /** A part of the sentence or of the door's name, in any case. */
  search: z.string().trim().min(1).max(80).optional(),
};
export const ActivityQuery = z.strictObject({ ...pageQuery, ...filters });
export const ActivityExportQuery = z.strictObject(filters);
export type ActivityFilters = z.output<typeof ActivityExportQuery>;

export const OwnActivityQuery = z.strictObject({ ...pageQuery, doorId: Id.optional() });
