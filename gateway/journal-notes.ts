// What is worth keeping of a visit beside its receipt, which is safe by then: whatever is not written here is found out again.
import { encodeHex } from '#protocol/bytes.ts';
import { DoorlabError } from '#protocol/errors.ts';
import type { KnownHandles } from './courier/carrier.ts';
import type { VisitedDoor, VisitParts } from './visit-parts.ts';

export async function noteVisit(
  { journal, log }: Pick<VisitParts, 'journal' | 'log'>,
  { doorId, lockId }: VisitedDoor,
  handles: KnownHandles | undefined,
  result: string,
): Promise<void> {
  const spelled = encodeHex(lockId);
  const known = journal.state.handles.get(spelled);
  const notes: Promise<void>[] = [];
  try {
    if (handles !== undefined && handles !== known && JSON.stringify(known) !== JSON.stringify(handles)) {
      const { gattVersion, gattTable } = handles;
      const services = gattTable.services.map((service) => ({
        ...service,
        characteristics: [...service.characteristics],
      }));
      notes.push(
        journal.append({ type: 'handles-learned', lockId: spelled, gattVersion, gattTable: { services } }),
      );
    }
    notes.push(journal.append({ type: 'delivery-ended', doorId, result }));
    await Promise.all(notes);
  } catch (error) {
    if (!(error instanceof DoorlabError)) throw error;
    log.warn('journal.not-written', { doorId, error: error.code });
  }
}
