// Which failures of a radio are those of one meeting with a lock; every other means that the radio itself is of no use.
import { RadioError, type RadioErrorCode } from '#radio/ports/errors.ts';

const MEETING_FAILURES: readonly RadioErrorCode[] = [
  'CONNECT_TIMEOUT',
  'CONNECT_FAILED',
  'LINK_LOST',
  'TIMEOUT',
  'ATT_ERROR',
];

/** Of a lock that is elsewhere, dark, or serves somebody else. */
export const isMeetingFailure = (error: unknown): error is RadioError =>
  error instanceof RadioError && MEETING_FAILURES.includes(error.code);
