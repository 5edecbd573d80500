// The steps of a phone at a door, shown as they are made, and what a Door Sync came to in a line.
import type { ChannelAnswer } from '#protocol/channel/channel-messages.ts';
import { nowS } from '#protocol/ports/clock.ts';
import { formatTriple } from '#protocol/triple.ts';
import { isSilence, type CloudError } from '#gateway/cloud-error.ts';
import { REASON_SENTENCES } from '#gateway/courier/app-unlock.ts';
import type { PhoneDoor } from '#gateway/phone/phone-door.ts';
import { openUnanswered } from '#gateway/phone/phone-error.ts';
import {
  commandDoor,
  syncDoor,
  type AirParts,
  type DoorAnswer,
  type PhoneParts,
  type PresentLink,
} from '#gateway/phone/phone.ts';
import type { DoorEnd } from '#gateway/sync-report.ts';
import { timeIn } from './app-time.ts';
import type { Context } from './context.ts';
import { reportOf } from './errors.ts';
import { oneStep } from './one-step.ts';

export const openStep = (context: Context, parts: AirParts, door: PhoneDoor): Promise<DoorAnswer> =>
  oneStep(context, `Open ${door.doorName}`, async (progress) => {
    const onSaid = (): void => context.leavesOpen(openUnanswered(door.doorName));
    const { answer, link } = await commandDoor(parts, door, 'unlock', onSaid);
    context.leavesOpen(undefined);
    if (answer.outcome !== 'done') progress.note(NOTES[answer.outcome] ?? noteOf(answer));
    return { answer, link };
  });

const noteOf = ({ reason }: ChannelAnswer): string =>
  reason === null ? 'refused' : REASON_SENTENCES[reason].replace(/[.:].*$/, '').replace(/^The/, 'the');

const NOTES: Partial<Readonly<Record<ChannelAnswer['outcome'], string>>> = {
  'cannot-move': 'the battery is empty',
  failed: 'the lock keeps no log',
};

/** Throws what the radio throws; a sync that failed is an end, and shown as the failure that it is. */
export async function syncStep(
  context: Context,
  parts: AirParts,
  door: PhoneDoor,
  present?: PresentLink,
): Promise<DoorEnd> {
  let failed: DoorEnd | undefined;
  try {
    return await oneStep(context, `Door Sync ${door.doorName}`, async (progress) => {
      const end = await syncDoor(
        parts,
        door,
        ({ bytes, totalBytes }) => progress.at(bytes, totalBytes, 'bytes'),
        present,
      );
      if (end.result === 'failed') {
        failed = end;
        throw end.error;
      }
      progress.note(end.result.replaceAll('-', ' '));
      return end;
    });
  } catch (error) {
    if (failed === undefined) throw error;
    return failed;
  }
}

/** Of a cloud that was waited for in vain on the way. */
export const silenceIn = (end: DoorEnd | undefined): CloudError | undefined =>
  end !== undefined && 'error' in end && isSilence(end.error) ? end.error : undefined;

/** Now, as it is read at the door. */
export function timeAt({ clock }: Context, { files }: PhoneParts, { doorId }: PhoneDoor): string {
  const told = files.known();
  const propertyId = told?.doors.find((door) => door.doorId === doorId)?.propertyId;
  return timeIn(propertyId === undefined ? undefined : told?.zones[propertyId], nowS(clock));
}

/** The green check with date and time, or what keeps it away. */
export function syncText({ doorName }: PhoneDoor, end: DoorEnd, time: string): string {
  switch (end.result) {
    case 'nothing-to-do':
      return `${doorName}: no Door Sync was needed.`;
    case 'applied':
      return `✔ ${doorName} is synced, ${time}: table ${formatTriple(end.receipt.triple)}.`;
    case 'already-current':
      return `✔ ${doorName} is synced, ${time}: it had table ${formatTriple(end.receipt.triple)} already.`;
    case 'receipt-held':
      return `✔ ${doorName} is synced, ${time}: table ${formatTriple(end.receipt.triple)}; the cloud is told later, by doorlab app sync.`;
    case 'left':
      return `${doorName}: its lock has left it.`;
    case 'failed':
      return `${doorName}: its Door Sync is still to come: ${reportOf(end.error).message}`;
  }
}
