// The rows of the lock's event log, from what its parts decide: who opened or was refused, by which table, why. Never
// a code, a key or a name.
import { encodeEventData } from '#protocol/log/event-fields.ts';
import type { RefusalCode } from '#protocol/sync/refusals.ts';
import type { Triple } from '#protocol/triple.ts';
import type { Decision } from './access/decision.ts';

/** For `opened` and `refused`. A reason that has no number yet gets one in EVENT_REASONS, for ever. */
export const decisionData = ({ reason, credential, tableVersion }: Decision): Uint8Array =>
  encodeEventData('opened', {
    reason,
    credential: credential.kind,
    credentialId: credential.id ?? 0,
    tableVersion: tableVersion ?? 0,
  });

export const committedData = (triple: Triple): Uint8Array => encodeEventData('tableCommitted', { triple });

/** For `firmwareStaged`, `firmwareTrial` and `firmwareConfirmed`. */
export const firmwareData = (firmware: number): Uint8Array => encodeEventData('firmwareStaged', { firmware });

export const firmwareFellBackData = (from: number, to: number): Uint8Array =>
  encodeEventData('firmwareFellBack', { from, to });

export const alarmData = (code: RefusalCode, triple: Triple): Uint8Array =>
  encodeEventData('alarm', { code, triple });
