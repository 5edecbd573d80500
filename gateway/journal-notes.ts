// What is worth keeping of a visit beside its receipt, which is safe by then: whatever is not written here is found out again.
import { encodeHex } from '#protocol/bytes.ts';
import { DoorlabError } from '#protocol/errors.ts';
import type { KnownHandles } from './courier/delivery.ts';
import type { VisitedDoor, VisitParts } from './visit-parts.ts';

export async function noteVisit(
  { journal, log }: Pick<VisitParts, 'journal' | 'log'>,
  { doorId, lockId }: VisitedDoor,
  handles: KnownHandles | undefined,
  result: string,
): Promise<void> {
  const spelled = encodeHex(lockId);
  const known = journal.state.handles.get(spelled);
  try {
    if (handles !== undefined && JSON.stringify(known) !== JSON.stringify(handles)) {
      const { gattVersion, gattTable } = handles;
      const services = gattTable.services.map((service) => ({
        ...service,
        characteristics: [...service.characteristics],
      }));
      await journal.append({
        type: 'handles-learned',
        lockId: spelled,
        gattVersion,
        gattTable: { services },
      });
    }
    await journal.append({ type: 'delivery-ended', doorId, result });
  } catch (error) {
    if (!(error instanceof DoorlabError)) throw error;
    log.warn('journal.not-written', { doorId, error: error.code });
  }
}
