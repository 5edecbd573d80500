// The phone as a courier: Door Sync of the doors that wait for one, and what is fetched for the next time.
import { DoorlabError } from '#protocol/errors.ts';
import type { CloudError } from '#gateway/cloud-error.ts';
import type { PhoneDoor } from '#gateway/phone/phone-door.ts';
import { fetchAhead, tellWaiting, type AirParts, type JournalParts } from '#gateway/phone/phone.ts';
import {
  doorOf,
  openDoors,
  openPhone,
  phoneDoorIn,
  sayAge,
  silenceOf,
  toldNow,
  withJournal,
  withRadio,
} from './app-session.ts';
import { silenceIn, syncStep, syncText, timeAt } from './app-steps.ts';
import type { Context } from './context.ts';
import { reportOf } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import type { Outcome } from './output.ts';

/** Doors by name; all that wait for one where none is named. */
export async function syncDoors(context: Context, names: readonly string[]): Promise<Outcome> {
  const phone = openPhone(context);
  const told = await toldNow(phone);
  sayAge(context, told);
  const wanted =
    names.length > 0
      ? [...new Set(names.map((name) => doorOf(told.known, name)))].map((door) =>
          phoneDoorIn(told.known, door),
        )
      : openDoors(told.known).filter(({ syncNeeded }) => syncNeeded);
  const silence = silenceOf(told);
  return withJournal({ ...phone, silence }, async (parts) => {
    // What is held needs no radio to be told.
    const untold = silence ?? (await tellWaiting(parts));
    // Whether a door waits, the cloud alone knows.
    if (wanted.length === 0 && told.isOld !== undefined) throw told.isOld;
    if (wanted.length === 0)
      return { result: { doors: 0, failed: 0 }, text: 'No door waits for a Door Sync.' };
    const round = await withRadio(context, parts, (air) =>
      syncEach(context, { ...air, silence: untold }, wanted),
    );
    const { failures } = round;
    if (told.isOld === undefined && round.silence === undefined) await lookAhead(context, parts);
    const [first] = failures;
    if (first !== undefined && failures.length === wanted.length) throw first;
    return {
      exit: failures.length > 0 ? EXIT.partly : EXIT.done,
      result: { doors: wanted.length, failed: failures.length },
    };
  });
}

interface Round {
  /** What kept those that failed. */
  readonly failures: readonly DoorlabError[];
  /** Of a cloud that gave no answer by the end. */
  readonly silence: CloudError | undefined;
}

/** A cloud that was waited for in vain at one door is not waited for at the next. Throws the signal's reason between two. */
async function syncEach(context: Context, parts: AirParts, doors: readonly PhoneDoor[]): Promise<Round> {
  const failures: DoorlabError[] = [];
  let { silence } = parts;
  for (const door of doors) {
    context.signal.throwIfAborted();
    const end = await syncStep(context, { ...parts, silence }, door);
    silence ??= silenceIn(end);
    if (end.result === 'failed') failures.push(end.error);
    context.output.data(
      'door',
      { door: door.doorName, doorId: door.doorId, result: end.result },
      syncText(door, end, timeAt(context, parts, door)),
    );
  }
  return { failures, silence };
}

/** For the next time: the doors are synced, whatever becomes of it. */
async function lookAhead(context: Context, parts: JournalParts): Promise<void> {
  try {
    const now = await toldNow(parts);
    await fetchAhead(parts, now.known, openDoors(now.known));
  } catch (error) {
    if (!(error instanceof DoorlabError)) throw error;
    context.output.note(`Nothing was fetched for the next time: ${reportOf(error).message}`);
  }
}
