// Which codes a route may answer: those of any route of its kind, and those that its contract names.
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
const all = Object.keys(problems) as ProblemCode[];

export function refusalCodesOf(contract: Contract): ProblemCode[] {
  const codes = new Set([...ALWAYS, ...(contract.refusals ?? [])]);
  const add = (...more: Codes): void => more.forEach((code) => codes.add(code));
  // Almost any change may change what stands in the table of a door.
  if (isWriting(contract) && contract.access !== 'open') add('VERSIONS_EXHAUSTED');
  if (isWriting(contract)) add(...WITH_A_BODY);
  if (contract.access !== 'open') add('NOT_SIGNED_IN');
  if (typeof contract.access !== 'string') add('SCOPE_MISSING');
  if (contract.permission !== 'nothing') add('PERMISSION_MISSING');
  if (takesRepeatKey(contract)) add(...REPEATED);
  if (contract.path.includes('{')) add('NOT_FOUND');
  return all.filter((code) => codes.has(code));
}
