// Properties, their doors, and Keys: a Key is a named collection of doors, and people hold Keys, never doors.
import { z } from 'zod';
import { DoorSync } from './door-sync.ts';
import { Flag, Id, Line, Page, TimeS } from './values.ts';

export const doorTypes = ['building-entrance', 'residence', 'service', 'communal'] as const;
export const DoorType = z.enum(doorTypes);
export type DoorType = z.infer<typeof DoorType>;

/** In the order of their numbers in a table's head. */
export const lockoutProfiles = ['exponential', 'matter', 'igloohome', 'schlage'] as const;
export const LockoutProfile = z.enum(lockoutProfiles);
export type LockoutProfile = z.infer<typeof LockoutProfile>;

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
});

export const KeyDoorSettings = z.strictObject({ provideDoorcodes: z.boolean().default(true) });

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

export const Property = z.object({
  id: Id,
  name: z.string(),
  zone: z.string(),
  doorcodeLength: z.int(),
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
  doors: z.array(z.object({ doorId: Id, name: z.string(), provideDoorcodes: z.boolean() })),
});
export type Key = z.infer<typeof Key>;
export const KeyPage = Page(Key);
