// What a page is told by server-sent events: only that something changed, so that it asks again for what it shows.
import { z } from 'zod';
import { Id } from './values.ts';

/** Beside them comes `reset`, without data: what was in between is gone, and all that is shown is to be asked for again. */
export const eventKinds = ['doors', 'people', 'activity', 'tasks', 'imports'] as const;
export const EventKind = z.enum(eventKinds);
export type EventKind = z.infer<typeof EventKind>;

/** The data of an event; its name is the kind, its id a number that Last-Event-ID takes. */
export const EventData = z.object({
  propertyId: Id.nullable(),
  doorId: Id.nullable(),
  /** Of an upload, its id. */
  subject: z.string().nullable(),
});
export type EventData = z.infer<typeof EventData>;

export const EVENT_COMMENT_MS = 20_000;

export const EventQuery = z.strictObject({
  propertyId: Id.optional(),
  /** Some of them, by commas; all by default. */
  kinds: z
    .string()
    .max(80)
    .transform((text) => text.split(','))
    .pipe(z.array(EventKind).min(1))
    .optional(),
});
