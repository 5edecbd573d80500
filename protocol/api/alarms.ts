// Alarms: what a manager must hear of though nobody asked.
import { z } from 'zod';
import { ActivityPerson } from './activity.ts';
import { Flag, Id, Page, pageQuery, TimeS } from './values.ts';

/**
 * `unsynced`: a door waits for its Door Sync for longer than the property allows. `other-table`: a lock reports a table
 * that was never made for it. `log-contradicts`: it shows another history than before. `log-lost`: rows of its log are
 * missing and no row says why. `released-lock`: a lock that has lost its door spoke up. `revoked-opened`: a credential
 * opened that had been taken away, though the lock has proven a table without it. `lock-reset`: a lock was reset by hand,
 * and takes no table before it is deactivated and activated again. `versions-running-out`: a door
 * has had so many changes since its last Door Sync that its lock may soon take no further one.
 */
export const alarmKinds = [
  'unsynced',
  'other-table',
  'log-contradicts',
  'log-lost',
  'released-lock',
  'revoked-opened',
  'versions-running-out',
  'lock-reset',
] as const;
export const AlarmKind = z.enum(alarmKinds);
export type AlarmKind = z.infer<typeof AlarmKind>;

export const Alarm = z.object({
  id: Id,
  propertyId: Id,
  doorId: Id,
  doorName: z.string(),
  kind: AlarmKind,
  /** One sentence. */
  detail: z.string(),
  /** Whom it is about, for those who may see the door’s activity. */
  person: ActivityPerson.nullable(),
  raisedAtS: TimeS,
  seenAtS: TimeS.nullable(),
  /** By itself where its cause is gone; otherwise when somebody has seen it. */
  endedAtS: TimeS.nullable(),
});
export type Alarm = z.infer<typeof Alarm>;
export const AlarmPage = Page(Alarm);

export const AlarmQuery = z.strictObject({
  ...pageQuery,
  propertyId: Id.optional(),
  doorId: Id.optional(),
  kind: AlarmKind.optional(),
  /** With those that have ended. */
  ended: Flag,
});
