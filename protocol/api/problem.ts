// Every refusal of the API as problem+json (RFC 9457): programs switch on `code`, people read `detail` and
// `next`. A code never changes its meaning once published.
import { z } from 'zod';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** Status and title by code. */
export const problems = {
  INPUT_INVALID: [400, 'The request is not what this route takes'],
  BODY_UNREADABLE: [400, 'The body could not be read'],
  LABEL_INVALID: [400, 'The label text is not a lock label'],
  NOT_SIGNED_IN: [401, 'A valid token is needed'],
  SIGN_IN_REFUSED: [401, 'The address and password do not match an active account'],
  CSRF_REFUSED: [403, 'The request does not prove that it comes from the page'],
  LOCK_PROOF_REFUSED: [401, 'The proof is not that of a lock of this cloud'],
  SCOPE_MISSING: [403, 'The token may not do this'],
  PERMISSION_MISSING: [403, 'The account may not do this'],
  STATEMENT_MISMATCH: [403, 'The statement is not that of the lock on the label'],
  NOT_FOUND: [404, 'There is nothing here'],
  METHOD_NOT_ALLOWED: [405, 'The route takes no such method'],
  NAME_TAKEN: [409, 'The name is in use'],
  PERSON_EXISTS: [409, 'A person with this address is at the property already'],
  ADDRESS_FIXED: [409, 'The address is that of an account in use'],
  CREDENTIAL_FIXED: [409, 'A person keeps the credential of the invite'],
  GRANT_EXISTS: [409, 'The person holds this Key already'],
  GRANT_ENDED: [409, 'The grant has ended and stays as it was'],
  KEY_HELD: [409, 'Somebody holds the Key, and the number of people was not confirmed'],
  SHARING_OFF: [403, 'This Key may not be shared with guests'],
  GUEST_LIMIT: [409, 'The resident has as many guests as one may have'],
  GUEST_BEYOND_HOST: [409, 'A guest cannot have access for longer than the resident'],
  LAST_PORTFOLIO_MANAGER: [409, 'A portfolio keeps at least one portfolio manager'],
  MANAGER_EXISTS: [409, 'The account manages this portfolio already'],
  PHONE_IN_USE: [409, 'The phone’s key is that of another account'],
  DOOR_TYPE_FIXED: [409, 'The type of a door is fixed once a lock is bound to it'],
  DOOR_HAS_LOCK: [409, 'The door has a lock'],
  DOOR_WITHOUT_LOCK: [409, 'The door has no lock yet'],
  ACTIVATION_PENDING: [409, 'Another lock is being bound to the door'],
  LOCK_RELEASED: [409, 'The door has gone to another lock'],
  LOCK_ELSEWHERE: [409, 'The lock is bound to another door'],
  CODE_NOT_RESETTABLE: [409, 'This doorcode cannot be reset'],
  DAILY_SLOTS_FULL: [409, 'The door has no daily doorcode left'],
  KEYCARD_IN_USE: [409, 'The card is another person’s'],
  KEYCARD_NEEDS_APP: [409, 'The person opens with daily doorcodes only'],
  CODES_EXHAUSTED: [409, 'The door has no free doorcode left'],
  TABLE_FULL: [409, 'The lock cannot hold this many rows'],
  VERSIONS_EXHAUSTED: [409, 'The door has had too many changes without a Door Sync'],
  HEAD_LIMIT: [409, 'The head of the table would break a limit'],
  TOO_MANY_OVERLAPS: [409, 'Too many overlapping Keys for one code at one door'],
  RECEIPT_STALE_NONCE: [409, 'The receipt answers no open delivery'],
  RECEIPT_OTHER_TABLE: [409, 'The lock reports a table that was never made for it'],
  IDEMPOTENCY_REPLAY: [409, 'This was done already, and its reply is not shown twice'],
  LINK_ENDED: [410, 'The link was used, or has ended'],
  LOG_CONTRADICTS: [409, 'The lock shows another history than the one that is held'],
  ACTIVATION_ENDED: [410, 'The activation has ended'],
  IMPORT_STARTED: [409, 'The upload was confirmed already, with other Keys or dates'],
  IMPORT_ENDED: [410, 'The upload is not kept any more'],
  BODY_TOO_LARGE: [413, 'The body is too large'],
  MEDIA_TYPE: [415, 'The body is of another media type'],
  RECEIPT_INVALID: [422, 'The receipt is not signed by this door’s lock'],
  PASSWORD_REFUSED: [422, 'The password is too easy to guess'],
  LOG_BATCH_INVALID: [422, 'The batch is not signed by this door’s lock, or not whole'],
  LOG_BATCH_UNREADABLE: [422, 'The batch is sealed to a key that is not here'],
  CSV_INVALID: [422, 'The file as a whole cannot be read'],
  IDEMPOTENCY_KEY_REUSED: [422, 'The idempotency key came with another request'],
  TOO_MANY_ATTEMPTS: [429, 'Too many attempts'],
  INTERNAL: [500, 'The server failed'],
  NOT_READY: [503, 'The server is not ready'],
  DEADLINE_EXCEEDED: [503, 'The answer took too long'],
  STORAGE_FULL: [507, 'The database has no room left'],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof problems;

/** Of whatever gives somebody more access: tables, codes and slots of daily codes have their limits. */
export const OF_GIVING = [
  'TABLE_FULL',
  'HEAD_LIMIT',
  'TOO_MANY_OVERLAPS',
  'CODES_EXHAUSTED',
  'DAILY_SLOTS_FULL',
] as const satisfies readonly ProblemCode[];

export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  /** What happened and why, one sentence or two. */
  detail: z.string(),
  /** What the reader can do now. */
  next: z.string().optional(),
  /** Each field in error, by its path in the request. */
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  /** The object the refusal is about, where there is one. */
  subject: z.string().optional(),
  /** Seconds after which the request may be sent again; the header Retry-After says it too. */
  retryAfterS: z.int().optional(),
});
export type Problem = z.infer<typeof Problem>;
