// Which codes a route may answer: those of any route of its kind, and those that its contract names. Where it names none,
// all that its part of the API has.
import type { Contract } from '#protocol/api/contract.ts';
import { problems, type ProblemCode } from '#protocol/api/problem.ts';

export const isWriting = ({ method }: Contract): boolean => method !== 'GET';
export const takesRepeatKey = (contract: Contract): boolean =>
  isWriting(contract) && contract.access !== 'open';

type Codes = readonly ProblemCode[];

/** The use of a token is noted: even reading may find the disk full. */
const ALWAYS: Codes = ['INPUT_INVALID', 'INTERNAL', 'NOT_READY', 'DEADLINE_EXCEEDED', 'STORAGE_FULL'];
const WITH_A_BODY: Codes = ['BODY_UNREADABLE', 'BODY_TOO_LARGE', 'MEDIA_TYPE'];
const REPEATED: Codes = ['IDEMPOTENCY_KEY_REUSED', 'IDEMPOTENCY_REPLAY', 'CSRF_REFUSED'];
/** Of looking at the caller, the path and the headers. */
const GENERAL: Codes = [
  ...ALWAYS,
  ...WITH_A_BODY,
  ...REPEATED,
  'NOT_SIGNED_IN',
  'SCOPE_MISSING',
  'PERMISSION_MISSING',
];

/** Of signing in: routes that answer them name them. */
const OF_ACCOUNTS: Codes = ['SIGN_IN_REFUSED', 'LINK_ENDED', 'PASSWORD_REFUSED', 'TOO_MANY_ATTEMPTS'];
const OF_LOCKS: Codes = [
  'LABEL_INVALID',
  'LOCK_PROOF_REFUSED',
  'STATEMENT_MISMATCH',
  'ACTIVATION_PENDING',
  'ACTIVATION_ENDED',
  'LOCK_RELEASED',
  'LOCK_ELSEWHERE',
  'RECEIPT_STALE_NONCE',
  'RECEIPT_OTHER_TABLE',
  'RECEIPT_INVALID',
  'LOG_CONTRADICTS',
  'LOG_BATCH_INVALID',
  'LOG_BATCH_UNREADABLE',
];
const OF_IMPORTS: Codes = ['IMPORT_STARTED', 'IMPORT_ENDED', 'CSV_INVALID'];
/** Of making the table of a lock, which also happens when its package is first asked for. */
const OF_TABLES: Codes = ['DOOR_WITHOUT_LOCK', 'TABLE_FULL', 'HEAD_LIMIT', 'TOO_MANY_OVERLAPS'];

const LOCK_PATH =
  /\/(lock-sessions|activations|deliveries|receipts|package|log-batches|time|deactivation|sync-requests)\b/;
const IMPORT_PATH = /\/imports\b/;

const all = Object.keys(problems) as ProblemCode[];

export function refusalCodesOf(contract: Contract): ProblemCode[] {
  const codes = new Set([...ALWAYS, ...(contract.refusals ?? defaultsOf(contract))]);
  const add = (...more: Codes): void => more.forEach((code) => codes.add(code));
  if (isWriting(contract)) add(...WITH_A_BODY);
  if (contract.access !== 'open') add('NOT_SIGNED_IN');
  if (typeof contract.access !== 'string') add('SCOPE_MISSING');
  if (contract.permission !== 'nothing') add('PERMISSION_MISSING');
  if (takesRepeatKey(contract)) add(...REPEATED);
  if (contract.path.includes('{')) add('NOT_FOUND');
  return all.filter((code) => codes.has(code));
}

function defaultsOf(contract: Contract): Codes {
  const { access, path, reply } = contract;
  const perPlace: Codes = access === 'open' ? ['TOO_MANY_ATTEMPTS'] : [];
  if (!isWriting(contract)) {
    const isPackage = reply === 'application/octet-stream';
    return [...perPlace, 'NOT_FOUND', ...(isPackage ? OF_TABLES : [])];
  }
  const others = [
    ...GENERAL,
    ...OF_ACCOUNTS,
    ...(LOCK_PATH.test(path) ? [] : OF_LOCKS),
    ...(IMPORT_PATH.test(path) ? [] : OF_IMPORTS),
  ];
  return [...perPlace, ...all.filter((code) => !others.includes(code))];
}
