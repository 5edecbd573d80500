// One visit as an agent makes it, and whose fault it is where it comes to nothing.
import { DoorlabError } from '#protocol/errors.ts';
import { RadioError } from '#radio/ports/errors.ts';
import { CloudError, isCloudAway, type CloudErrorCode } from '../cloud-error.ts';
import { visitDoor, type VisitOptions } from '../door-visit.ts';
import { JournalError } from '../journal.ts';
import { targetOf, type SyncDoor } from '../sync-doors.ts';
import type { DoorEnd } from '../sync-report.ts';
import type { VisitParts } from '../visit-parts.ts';
import type { Blame, ListedDoor, VisitEnd } from './agent-state.ts';
import type { Listening } from './listening.ts';

/** It answers, and not to this token. */
const REFUSED: readonly CloudErrorCode[] = ['NOT_SIGNED_IN', 'SCOPE_MISSING'];

export const isRefusal = (error: unknown): boolean =>
  error instanceof CloudError && REFUSED.includes(error.code);

export const listedOf = ({
  doorId,
  sync,
  leaving,
}: Pick<SyncDoor, 'doorId' | 'sync'> & Partial<Pick<SyncDoor, 'leaving'>>): ListedDoor => ({
  doorId,
  wish: targetOf(sync),
  dueS: sync.dueS,
  leaving: leaving === undefined ? undefined : leaving.isLost ? 'lost' : 'asked',
});

/** `isStopping`: the agent is, and what was under way was called off for that. */
export function visitEndOf({ doorId }: SyncDoor, end: DoorEnd, isStopping: boolean): VisitEnd {
  switch (end.result) {
    case 'applied':
    case 'already-current':
    case 'left': {
      const log = end.delivery.upkeep?.log.result;
      const tookLog = log !== 'withheld' && log !== 'no-notifications';
      return { result: 'done', door: listedOf({ doorId, sync: end.cloud.sync }), tookLog };
    }
    case 'receipt-held':
      return { result: 'held', detail: end.error.code };
    case 'failed':
      return { result: 'failed', blame: isStopping ? 'stopped' : blameOf(end.error), detail: end.error.code };
    case 'nothing-to-do':
      return { result: 'failed', blame: 'door', detail: 'nothing was done' };
  }
}

export function blameOf(error: DoorlabError): Blame {
  if (error instanceof RadioError) return 'radio';
  if (error instanceof JournalError) return 'disk';
  if (isRefusal(error)) return 'token';
  // Anything else that it says is about the door.
  if (isCloudAway(error)) return 'cloud';
  return 'door';
}

/** Nobody listens while it goes on. `listening` undefined: the radio went meanwhile. */
export async function visitFrom(
  listening: Listening | undefined,
  parts: VisitParts,
  door: SyncDoor,
  options: Omit<VisitOptions, 'connect' | 'shownNonce'>,
): Promise<DoorEnd> {
  let isKnown = true;
  try {
    if (listening === undefined) throw new RadioError('CLOSED', 'the radio is closed');
    await listening.rest();
    return await visitDoor(parts, door, {
      ...options,
      shownNonce: () => listening.nonceShownBy(door.doorId),
      // First where it was seen; after a failed meeting wherever it shows itself: a restarted lock may have moved.
      connect: async (connecting) => {
        try {
          return await listening.connect(door.doorId, isKnown, connecting);
        } catch (error) {
          isKnown = false;
          throw error;
        }
      },
    });
  } catch (error) {
    if (!(error instanceof DoorlabError)) throw error;
    return { result: 'failed', error };
  }
}
