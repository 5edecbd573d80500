// People by CSV: upload, preview with errors by line, confirm, and a job that goes through the rows. A bad row is
// skipped with its line and reason, the others go in, and the same file a second time changes nothing.
import { z } from 'zod';
import { DoorsBehind, GRANTS_PER_INVITE_MAX } from './people.ts';
import { Flag, Id, Page, TimeS } from './values.ts';

export const CSV_MAX_BYTES = 10 * 1024 * 1024;
export const CSV_MAX_ROWS = 10_000;
/** Items, and errors, that one answer lists; how many more there are it says. */
export const IMPORT_LISTED_MAX = 1_000;
/** The server's, for the preview of the largest file. */
export const IMPORT_DEADLINE_MS = 110_000;
export const CSV_KEY_SEPARATOR = ';';
/** How long a status may be waited for. */
export const IMPORT_WAIT_MAX_S = 30;

/** In the order of the template; a file needs names and address, the others may be left out. */
export const csvColumns = [
  'first name',
  'last name',
  'email',
  'phone',
  'credential',
  'resident',
  'may share',
  'keys',
  'start',
  'expiration',
] as const;

/** `restore-access`: Keys for somebody whose access had ended or been revoked. */
export const rowActions = ['invite', 'add-access', 'restore-access', 'change-dates', 'nothing'] as const;
export const RowAction = z.enum(rowActions);
export type RowAction = z.infer<typeof RowAction>;

export const ImportRow = z.object({
  /** Line of the file on which the row begins, the header being line 1. */
  line: z.int(),
  email: z.string(),
  action: RowAction,
});
export type ImportRow = z.infer<typeof ImportRow>;

export const ImportError = z.object({ line: z.int(), column: z.string().nullable(), reason: z.string() });
export type ImportError = z.infer<typeof ImportError>;

const counts = {
  rows: z.int(),
  invites: z.int(),
  additions: z.int(),
  restored: z.int(),
  dateChanges: z.int(),
  unchanged: z.int(),
  skipped: z.int(),
};
const listedErrors = {
  errors: z.array(ImportError).max(IMPORT_LISTED_MAX),
  errorsLeftOut: z.int().min(0),
  /** Whether anything was left out of the lists; the counts are of the whole file. */
  isShortened: z.boolean(),
};
export const ImportCounts = z.object(counts);
export type ImportCounts = z.infer<typeof ImportCounts>;

export const ImportPreview = z.object({
  id: Id,
  expiresAtS: TimeS,
  ...counts,
  items: z.array(ImportRow).max(IMPORT_LISTED_MAX),
  itemsLeftOut: z.int().min(0),
  ...listedErrors,
});
export type ImportPreview = z.infer<typeof ImportPreview>;

/** Keys and dates added to every row; a row's own dates come first. */
export const ImportConfirm = z.strictObject({
  keyIds: z
    .array(Id)
    .max(GRANTS_PER_INVITE_MAX)
    .transform((list) => [...new Set(list)])
    .default([]),
  startsAtS: TimeS.optional(),
  expiresAtS: TimeS.nullable().default(null),
});
export type ImportConfirm = z.infer<typeof ImportConfirm>;

export const importStates = ['previewed', 'running', 'done', 'cancelled', 'failed'] as const;

/** Counts, errors and doors are of the rows done so far; `rows` counts these. */
export const ImportStatus = z.object({
  id: Id,
  propertyId: Id,
  state: z.enum(importStates),
  rowsTotal: z.int(),
  rowsDone: z.int(),
  ...counts,
  ...listedErrors,
  ...DoorsBehind.shape,
  /** Why it stopped before its end. */
  failure: z.string().nullable(),
  createdAtS: TimeS,
  /** When it is forgotten. */
  expiresAtS: TimeS,
});
export type ImportStatus = z.infer<typeof ImportStatus>;
export const ImportPage = Page(ImportStatus);

/** `waitS`: how long the answer may wait for the state or `rowsDone` to be other than the caller knows. */
export const ImportQuery = z.strictObject({
  waitS: z.coerce.number().int().min(0).max(IMPORT_WAIT_MAX_S).default(0),
  rowsDone: z.coerce.number().int().min(0).optional(),
});

export const ExportQuery = z.strictObject({ showExpired: Flag });
