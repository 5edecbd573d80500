// The phone at a door: a live row opens first and is synced after; without one the lock is synced, then asked again. Each
// step is shown as it is made.
import type { ChannelAnswer } from '#protocol/channel/channel-messages.ts';
import { DoorlabError } from '#protocol/errors.ts';
import { formatTriple } from '#protocol/triple.ts';
import { LockRefusal } from '#protocol/sync/refusals.ts';
import type { CloudError } from '#gateway/cloud-error.ts';
import type { UpkeepReport } from '#gateway/courier/upkeep.ts';
import { GatewayError } from '#gateway/gateway-error.ts';
import { afterAnswer, isSameLock, type PhoneDoor } from '#gateway/phone/phone-door.ts';
import { notOpened, PhoneError } from '#gateway/phone/phone-error.ts';
import { carryLogBehind } from '#gateway/phone/phone-log.ts';
import { tellWaiting, type AirParts, type DoorAnswer, type PhoneParts } from '#gateway/phone/phone.ts';
import type { DoorEnd } from '#gateway/sync-report.ts';
import { atDoors, doorOf, knownOf, openPhone, phoneDoorIn, silenceOf, toldNow } from './app-session.ts';
import { openStep, silenceIn, syncStep, syncText, timeAt } from './app-steps.ts';
import { ownZone, timeIn } from './app-time.ts';
import type { Context } from './context.ts';
import { reportOf } from './errors.ts';
import type { JsonObject, Outcome } from './output.ts';

/** How long the link of an opening waits for the cloud, up to a set that is needed: who comes next waits with it. */
const LINK_HELD_MS = 2_000;

export async function unlock(context: Context, name: string): Promise<Outcome> {
  const phone = openPhone(context);
  // Whoever stands at a door waits for no cloud where the phone knows the door.
  const door = known(phone, name) ?? (await asked(phone, name)).door;
  return atDoors(context, phone, async (parts) => {
    const first = await firstAnswer(context, parts, name, door);
    if (afterAnswer(first.answer, first.door) === 'opened') return behind(context, parts, first);
    const now = await askedAgain(parts, first);
    if (afterAnswer(first.answer, now.door) === 'refused')
      throw notOpened(now.door.doorName, first.answer, now.isOld === undefined);
    const end = await syncStep(context, { ...parts, silence: silenceOf(now) }, now.door);
    if (end.result === 'failed') throw end.error;
    const second = await openStep(context, parts, now.door);
    if (second.answer.outcome !== 'done')
      throw notOpened(now.door.doorName, second.answer, now.isOld === undefined);
    sayOpened(context, now.door);
    const { log } = await behindOpening(context, parts, { ...second, door: now.door }, now);
    return opened(now.door, second.answer, { end, log }, timeAt(context, parts, now.door));
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

interface Asked extends DoorAnswer {
  readonly door: PhoneDoor;
}

/** A lock that was exchanged or activated anew is known by other keys: the cloud tells them, once. */
async function firstAnswer(context: Context, parts: AirParts, name: string, door: PhoneDoor): Promise<Asked> {
  try {
    return { door, ...(await openStep(context, parts, door)) };
  } catch (error) {
    if (!isForeign(error)) throw error;
    const now = await asked(parts, name);
    if (isSameLock(now.door, door)) throw error;
    return { door: now.door, ...(await openStep(context, parts, now.door)) };
  }
}

/** What a lock that was exchanged does: it does not show itself, or opens no channel. */
const isForeign = (error: unknown): boolean =>
  error instanceof GatewayError &&
  (error.code === 'DOOR_NOT_FOUND' ||
    (error.cause instanceof LockRefusal && error.cause.code === 'HANDSHAKE_FAILED'));

/** The door is open, whatever comes of the rest. */
async function behind(context: Context, parts: AirParts, first: Asked): Promise<Outcome> {
  const { door, answer } = first;
  sayOpened(context, door);
  let carried: Carried = {};
  try {
    carried = await behindOpening(context, parts, first, undefined);
    const { unasked, end } = carried;
    if (unasked !== undefined && end === undefined)
      context.output.note(`Whether it waits for a Door Sync is not known: ${unasked.message}`);
    // Who is at a door does not wait for a cloud that was waited for already.
    if (unasked === undefined && silenceIn(end) === undefined) await tellWaiting(parts);
  } catch (error) {
    if (!(error instanceof DoorlabError)) throw error;
    context.output.note(`Its sync is left for the next time: ${reportOf(error).message}`);
    carried = { ...carried, unasked: error };
  }
  return opened(door, answer, carried, timeAt(context, parts, door));
}

const sayOpened = ({ output }: Context, { doorName, doorId }: PhoneDoor): void =>
  output.data('opened', { door: doorName, doorId }, `${doorName} is open.`);

interface Carried {
  readonly end?: DoorEnd | undefined;
  readonly log?: UpkeepReport['log'] | undefined;
  /** Why no cloud said what the lock waits for. */
  readonly unasked?: DoorlabError | undefined;
}

/**
 * What the lock waits for, on the link that opened it: a Door Sync where one is needed, and its event log, which the opening
 * wrote a row to. A cloud that takes long has the link ended first, as a lock serves one phone at a time. `now`: where it
 * was synced already.
 */
async function behindOpening(
  context: Context,
  parts: AirParts,
  { door, link }: Asked,
  now: Told | undefined,
): Promise<Carried> {
  const { clock } = parts;
  const timer = clock.after(LINK_HELD_MS, () => void link?.disconnect());
  try {
    const told = now ?? (await asked(parts, door.doorId));
    const syncs = now === undefined && told.door.syncNeeded;
    if (syncs) {
      const isOwn = link !== undefined && isSameLock(told.door, door);
      const present = isOwn ? { link, onTaken: () => timer.cancel() } : undefined;
      const end = await syncStep(context, { ...parts, silence: silenceOf(told) }, told.door, present);
      return { end, unasked: told.isOld };
    }
    if (told.isOld !== undefined) return { unasked: told.isOld };
    if (link === undefined || door.internet) return {};
    timer.cancel();
    return { log: (await carryLogBehind(parts, door, link))?.log };
  } finally {
    timer.cancel();
    await link?.disconnect();
  }
}

function opened(
  door: PhoneDoor,
  { state }: ChannelAnswer,
  { end, log, unasked }: Carried,
  time: string,
): Outcome {
  const { doorName, doorId } = door;
  const result: JsonObject = {
    door: doorName,
    doorId,
    bolt: state?.bolt,
    batteryPercent: state?.batteryPercent,
    version: state === null ? undefined : formatTriple(state.triple),
    sync: end?.result ?? (unasked === undefined ? 'nothing-to-do' : 'not-known'),
    // Of what was carried without a sync; one carries its own.
    log: log?.result,
  };
  return { result, ...(end === undefined ? {} : { text: syncText(door, end, time) }) };
}

function known(parts: PhoneParts, name: string): PhoneDoor | undefined {
  const told = knownOf(parts);
  if (told === undefined) return undefined;
  try {
    return phoneDoorIn(told, doorOf(told, name));
  } catch (error) {
    // What the cloud told last may be over: then it is asked.
    if (error instanceof GatewayError || error instanceof PhoneError) return undefined;
    throw error;
  }
}

interface Told {
  readonly door: PhoneDoor;
  /** Why it is of earlier; undefined where the cloud has just told. */
  readonly isOld: CloudError | PhoneError | undefined;
}

/** By the cloud, or by what it told last. */
async function asked(parts: PhoneParts, name: string): Promise<Told> {
  const { known, isOld } = await toldNow(parts);
  try {
    return { door: phoneDoorIn(known, doorOf(known, name)), isOld };
  } catch (error) {
    if (isOld === undefined || !(error instanceof PhoneError)) throw error;
    const told = `${error.message} That is as of ${timeIn(ownZone(known), known.asOfS)}: ${isOld.message}`;
    const { next = 'Get a connection, then try again.' } = isOld;
    throw new PhoneError('DOOR_CLOSED', told, { cause: isOld, next });
  }
}
