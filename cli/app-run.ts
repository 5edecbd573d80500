// The phone at a door: a live row opens first and is synced after; without one the lock is synced, then asked again. Each
// step is shown as it is made.
import type { ChannelAnswer } from '#protocol/channel/channel-messages.ts';
import { DoorlabError } from '#protocol/errors.ts';
import { formatTriple } from '#protocol/triple.ts';
import { LockRefusal } from '#protocol/sync/refusals.ts';
import { GatewayError } from '#gateway/gateway-error.ts';
import { afterAnswer, isSameLock, phoneDoorOf, type PhoneDoor } from '#gateway/phone/phone-door.ts';
import { notOpened, PhoneError } from '#gateway/phone/phone-error.ts';
import {
  commandDoor,
  fetchAhead,
  syncDoor,
  tellWaiting,
  type AirParts,
  type JournalParts,
  type PhoneParts,
} from '#gateway/phone/phone.ts';
import type { DoorEnd } from '#gateway/sync-report.ts';
import {
  atDoors,
  doorOf,
  knownOf,
  openPhone,
  timeText,
  toldNow,
  withJournal,
  withRadio,
} from './app-session.ts';
import type { Context } from './context.ts';
import { CliError, reportOf } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import type { JsonObject, Outcome, Progress } from './output.ts';

export async function unlock(context: Context, name: string): Promise<Outcome> {
  const phone = openPhone(context);
  // Whoever stands at a door waits for no cloud where the phone knows the door.
  const door = known(phone, name) ?? (await asked(phone, name)).door;
  return atDoors(context, phone, async (parts) => {
    const first = await firstAnswer(context, parts, name, door);
    if (afterAnswer(first.answer, first.door) === 'opened') return behind(context, parts, first);
    const now = await askedAgain(parts, first);
    if (afterAnswer(first.answer, now.door) === 'refused')
      throw notOpened(now.door.doorName, first.answer, now.isOnline);
    const end = await syncStep(context, parts, now.door);
    if (end.result === 'failed') throw end.error;
    const answer = await openStep(context, parts, now.door);
    if (answer.outcome !== 'done') throw notOpened(now.door.doorName, answer, now.isOnline);
    return opened(now.door, answer, end);
  });
}

/** Who was refused and has no such door any more is told why the lock refused. */
async function askedAgain(parts: AirParts, { door, answer }: Asked): ReturnType<typeof asked> {
  try {
    return await asked(parts, door.doorId);
  } catch (error) {
    const isGone =
      error instanceof PhoneError || (error instanceof GatewayError && error.code === 'DOOR_UNKNOWN');
    throw isGone ? notOpened(door.doorName, answer, true) : error;
  }
}

interface Asked {
  readonly door: PhoneDoor;
  readonly answer: ChannelAnswer;
}

/** A lock that was exchanged or activated anew is known by other keys: the cloud tells them, once. */
async function firstAnswer(context: Context, parts: AirParts, name: string, door: PhoneDoor): Promise<Asked> {
  try {
    return { door, answer: await openStep(context, parts, door) };
  } catch (error) {
    if (!isForeign(error)) throw error;
    const now = await asked(parts, name);
    if (isSameLock(now.door, door)) throw error;
    return { door: now.door, answer: await openStep(context, parts, now.door) };
  }
}

/** What a lock that was exchanged does: it does not show itself, or opens no channel. */
const isForeign = (error: unknown): boolean =>
  error instanceof GatewayError &&
  (error.code === 'DOOR_NOT_FOUND' ||
    (error.cause instanceof LockRefusal && error.cause.code === 'HANDSHAKE_FAILED'));

async function behind(context: Context, parts: AirParts, { door, answer }: Asked): Promise<Outcome> {
  const { doorName, doorId } = door;
  context.output.data('opened', { door: doorName, doorId }, `${doorName}: open`);
  try {
    await tellWaiting(parts);
    const now = await asked(parts, doorId);
    const end = now.door.syncNeeded ? await syncStep(context, parts, now.door) : undefined;
    return opened(now.door, answer, end);
  } catch (error) {
    if (!(error instanceof DoorlabError)) throw error;
    // The door is open, whatever comes of the rest.
    context.output.note(`Its sync is left for the next time: ${reportOf(error).message}`);
    return opened(door, answer, undefined);
  }
}

const openStep = (context: Context, parts: AirParts, door: PhoneDoor): Promise<ChannelAnswer> =>
  step(context, `Open ${door.doorName}`, async (progress) => {
    const answer = await commandDoor(parts, door, 'unlock');
    if (answer.outcome !== 'done') progress.note((answer.reason ?? answer.outcome).toLowerCase());
    return answer;
  });

const syncStep = (context: Context, parts: AirParts, door: PhoneDoor): Promise<DoorEnd> =>
  step(context, `Door Sync ${door.doorName}`, async (progress) => {
    const end = await syncDoor(parts, door, ({ bytes, totalBytes }) =>
      progress.at(bytes, totalBytes, 'bytes'),
    );
    progress.note(end.result === 'failed' ? reportOf(end.error).message : end.result.replaceAll('-', ' '));
    return end;
  });

async function step<T>(
  { output }: Context,
  title: string,
  run: (progress: Progress) => Promise<T>,
): Promise<T> {
  const [result] = await output.steps([{ title, run }]);
  if (result?.state === 'failed') throw result.error;
  if (result?.state !== 'done') throw new CliError('INTERRUPTED', 'It was not begun.');
  return result.value;
}

function opened(door: PhoneDoor, { state }: ChannelAnswer, end: DoorEnd | undefined): Outcome {
  const { doorName, doorId } = door;
  const result: JsonObject = {
    door: doorName,
    doorId,
    bolt: state?.bolt,
    batteryPercent: state?.batteryPercent,
    version: state === null ? undefined : formatTriple(state.triple),
    sync: end?.result ?? 'nothing-to-do',
  };
  return { result, text: `${doorName} is open; ${syncText(end)}.` };
}

function syncText(end: DoorEnd | undefined): string {
  switch (end?.result) {
    case undefined:
    case 'nothing-to-do':
      return 'no Door Sync was needed';
    case 'applied':
      return `its lock has table ${formatTriple(end.receipt.triple)} now`;
    case 'already-current':
      return `its lock had table ${formatTriple(end.receipt.triple)} already`;
    case 'receipt-held':
      return `its lock has table ${formatTriple(end.receipt.triple)} now, and the cloud is told later`;
    case 'left':
      return 'its lock has left it';
    case 'failed':
      return `its Door Sync is still to come: ${reportOf(end.error).message}`;
  }
}

/** Doors by name; all that wait for one where none is named. */
export async function syncDoors(context: Context, names: readonly string[]): Promise<Outcome> {
  const phone = openPhone(context);
  const told = await toldNow(phone);
  const wanted =
    names.length > 0
      ? names.map((name) => phoneDoorOf(doorOf(told.known, name), timeText))
      : openDoors(told.known.doors).filter(({ syncNeeded }) => syncNeeded);
  return withJournal(phone, async (parts) => {
    // What is held needs no radio to be told.
    await tellWaiting(parts);
    if (wanted.length === 0)
      return { result: { doors: 0, failed: 0 }, text: 'No door waits for a Door Sync.' };
    const failures = await withRadio(context, parts, (air) => syncEach(context, air, wanted));
    if (told.isOld === undefined) await lookAhead(context, parts);
    const [first] = failures;
    if (first !== undefined && failures.length === wanted.length) throw first;
    return {
      exit: failures.length > 0 ? EXIT.partly : EXIT.done,
      result: { doors: wanted.length, failed: failures.length },
    };
  });
}

/** What kept those that failed. Throws the signal's reason between two doors. */
async function syncEach(
  context: Context,
  parts: AirParts,
  doors: readonly PhoneDoor[],
): Promise<DoorlabError[]> {
  const failures: DoorlabError[] = [];
  for (const door of doors) {
    context.signal.throwIfAborted();
    const end = await syncStep(context, parts, door);
    if (end.result === 'failed') failures.push(end.error);
    context.output.data(
      'door',
      { door: door.doorName, doorId: door.doorId, result: end.result },
      `${door.doorName}: ${syncText(end)}`,
    );
  }
  return failures;
}

/** For the next time: the doors are synced, whatever becomes of it. */
async function lookAhead(context: Context, parts: JournalParts): Promise<void> {
  try {
    const now = await toldNow(parts);
    await fetchAhead(parts, now.known, openDoors(now.known.doors));
  } catch (error) {
    if (!(error instanceof DoorlabError)) throw error;
    context.output.note(`Nothing was fetched for the next time: ${reportOf(error).message}`);
  }
}

/** Those that a phone can go to now. */
export function openDoors(doors: Parameters<typeof phoneDoorOf>[0][]): PhoneDoor[] {
  return doors.flatMap((door) => {
    try {
      return [phoneDoorOf(door, timeText)];
    } catch (error) {
      if (error instanceof PhoneError && error.code === 'DOOR_CLOSED') return [];
      throw error;
    }
  });
}

function known(parts: PhoneParts, name: string): PhoneDoor | undefined {
  const told = knownOf(parts);
  if (told === undefined) return undefined;
  try {
    return phoneDoorOf(doorOf(told, name), timeText);
  } catch (error) {
    // What the cloud told last may be over: then it is asked.
    if (error instanceof GatewayError || error instanceof PhoneError) return undefined;
    throw error;
  }
}

/** By the cloud, or by what it told last. */
async function asked(
  parts: PhoneParts,
  name: string,
): Promise<{ readonly door: PhoneDoor; readonly isOnline: boolean }> {
  const told = await toldNow(parts);
  return { door: phoneDoorOf(doorOf(told.known, name), timeText), isOnline: told.isOld === undefined };
}
