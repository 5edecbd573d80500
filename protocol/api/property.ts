// Properties, their doors, and Keys: a Key is a named collection of doors, and people hold Keys, never doors.
import { z } from 'zod';
import { DoorSync } from './door-sync.ts';
import { HoldOpen, KeySchedule } from './schedules.ts';
import { DAILY_SLOTS_MAX } from '../limits.ts';
import { Flag, Id, Line, Page, TimeS } from './values.ts';

export const doorTypes = ['building-entrance', 'residence', 'service', 'communal'] as const;
export const DoorType = z.enum(doorTypes);
export type DoorType = z.infer<typeof DoorType>;

/** In the order of their numbers in a table's head. */
export const lockoutProfiles = ['exponential', 'matter', 'igloohome', 'schlage'] as const;
export const LockoutProfile = z.enum(lockoutProfiles);
export type LockoutProfile = z.infer<typeof LockoutProfile>;

/** How long a latch or relay may stay released. */
const UNLOCK_MAX_S = 60;

export const DEFINITION_MAX_DOORS = 2_000;
export const DEFINITION_MAX_KEYS = 2_000;

/** An IANA name; the cloud checks that it knows it. */
export const Zone = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9_+/-]+$/, 'an IANA time zone');

export const DoorcodeLength = z.int().min(4).max(7);

export const DoorWish = z.strictObject({
  name: Line,
  type: DoorType,
  /** Reached through the cloud within minutes; every other door waits for a courier. */
  internet: z.boolean().default(false),
});

export const DoorEdit = z.strictObject({
  name: Line.optional(),
  type: DoorType.optional(),
  internet: z.boolean().optional(),
  lockoutProfile: LockoutProfile.optional(),
  unlockSeconds: z.int().min(1).max(UNLOCK_MAX_S).optional(),
  /** Null: never. */
  holdOpen: HoldOpen.nullable().optional(),
});

/** Schedule null: always. */
export const KeyDoorSettings = z.strictObject({
  provideDoorcodes: z.boolean().default(true),
  schedule: KeySchedule.nullable().default(null),
});

export const KeyWish = z.strictObject({
  name: Line,
  mayShare: z.boolean().default(false),
  doors: z
    .array(KeyDoorSettings.extend({ doorId: Id }))
    .max(DEFINITION_MAX_DOORS)
    .default([]),
});

export const KeyEdit = z.strictObject({ name: Line.optional(), mayShare: z.boolean().optional() });

/** A whole property in one request; its Keys name doors of the same definition. */
export const PropertyWish = z.strictObject({
  name: Line,
  zone: Zone,
  doorcodeLength: DoorcodeLength.default(7),
  doors: z.array(DoorWish).max(DEFINITION_MAX_DOORS).default([]),
  keys: z
    .array(
      z.strictObject({
        name: Line,
        mayShare: z.boolean().default(false),
        doors: z
          .array(KeyDoorSettings.extend({ door: Line }))
          .max(DEFINITION_MAX_DOORS)
          .default([]),
      }),
    )
    .max(DEFINITION_MAX_KEYS)
    .default([]),
});
export type PropertyWish = z.infer<typeof PropertyWish>;

const RETENTION_MIN_DAYS = 30;
const RETENTION_MAX_DAYS = 3_650;
const UNSYNCED_ALARM_MIN_S = 3_600;
const UNSYNCED_ALARM_MAX_S = 90 * 86_400;

/**
 * Longer doorcodes: everybody with a shorter one gets another at once. Shorter ones: each resident's comes with the
 * resident's own reset.
 */
export const PropertyEdit = z.strictObject({
  name: Line.optional(),
  zone: Zone.optional(),
  doorcodeLength: DoorcodeLength.optional(),
  retentionDays: z.int().min(RETENTION_MIN_DAYS).max(RETENTION_MAX_DAYS).optional(),
  unsyncedAlarmS: z.int().min(UNSYNCED_ALARM_MIN_S).max(UNSYNCED_ALARM_MAX_S).optional(),
});
export type PropertyEdit = z.infer<typeof PropertyEdit>;

export const DailySlots = z.strictObject({
  dailySlots: z.int().min(0).max(DAILY_SLOTS_MAX),
  singleUseSlots: z.int().min(0).max(DAILY_SLOTS_MAX),
});

export const Property = z.object({
  id: Id,
  name: z.string(),
  zone: z.string(),
  doorcodeLength: z.int(),
  /** How long activity is kept. */
  retentionDays: z.int(),
  /** An alarm is due where a door waits longer for its Door Sync. */
  unsyncedAlarmS: z.int(),
  createdAtS: TimeS,
});
export type Property = z.infer<typeof Property>;

export const Door = z.object({
  id: Id,
  propertyId: Id,
  name: z.string(),
  type: DoorType,
  internet: z.boolean(),
  /** Hex; null before activation. */
  lockId: z.string().nullable(),
  lockoutProfile: LockoutProfile,
  unlockSeconds: z.int(),
  holdOpen: HoldOpen.nullable(),
  /** How many daily doorcodes there can be; none of them is a row of the table. */
  dailySlots: z.int(),
  singleUseSlots: z.int(),
  sync: DoorSync,
});
export type Door = z.infer<typeof Door>;
export const DoorPage = Page(Door);

export const DoorQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(100),
  after: z.string().max(512).optional(),
  /** Only doors that need a Door Sync. */
  pending: Flag,
});

export const Key = z.object({
  id: Id,
  propertyId: Id,
  name: z.string(),
  mayShare: z.boolean(),
  doors: z.array(
    z.object({
      doorId: Id,
      name: z.string(),
      provideDoorcodes: z.boolean(),
      schedule: KeySchedule.nullable(),
    }),
  ),
});
export type Key = z.infer<typeof Key>;

/** `guestsRemaining`: who keep the Key though it may not be shared any more; 0 while it may. */
export const KeyEdited = Key.extend({ guestsRemaining: z.int() });
export type KeyEdited = z.infer<typeof KeyEdited>;
export const KeyPage = Page(Key);
