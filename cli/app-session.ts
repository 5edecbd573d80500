// What the commands of `doorlab app` open and close: the phone's folder, its account's client, and where they are needed
// the journal and the radio.
import type { AppDoor } from '#protocol/api/app.ts';
import { nowS } from '#protocol/ports/clock.ts';
import { CloudClient } from '#gateway/cloud-client.ts';
import { isSilence, type CloudError } from '#gateway/cloud-error.ts';
import { chooseDoor } from '#gateway/door-choice.ts';
import { Journal } from '#gateway/journal.ts';
import { PackageCache } from '#gateway/package-cache.ts';
import { isAway } from '#gateway/phone/phone-carrier.ts';
import { PhoneCloud } from '#gateway/phone/phone-cloud.ts';
import { notSignedIn, PhoneError } from '#gateway/phone/phone-error.ts';
import { phoneDoorOf, type PhoneDoor } from '#gateway/phone/phone-door.ts';
import { PhoneFiles, type Known } from '#gateway/phone/phone-files.ts';
import { refresh, type AirParts, type JournalParts, type PhoneParts } from '#gateway/phone/phone.ts';
import { ageText, ownZone, timeIn, timesOf } from './app-time.ts';
import type { Context } from './context.ts';
import { cloudUrl, engine } from './courier-session.ts';
import { phoneFolder } from './data-folders.ts';
import { openRadio } from './open-radio.ts';

/** The one that was named, or that this phone is signed in at. */
export const phoneCloudUrl = (config: Context['config'], files: PhoneFiles): string =>
  config.cloud ?? files.signedIn()?.cloud ?? cloudUrl(config);

/** Throws PHONE_NOT_SIGNED_IN. */
export function openPhone(context: Context): PhoneParts {
  const { config } = context;
  const files = new PhoneFiles(phoneFolder(config));
  const baseUrl = phoneCloudUrl(config, files);
  const signedIn = files.signedIn();
  // A token is told to no other server than the one that gave it.
  if (signedIn !== undefined && signedIn.cloud !== baseUrl)
    throw notSignedIn(`This phone is signed in at ${signedIn.cloud}, not at ${baseUrl}.`);
  return phoneAt(context, files, { baseUrl, token: files.token() });
}

export function phoneAt(
  { clock, random, log, signal }: Context,
  files: PhoneFiles,
  address: { readonly baseUrl: string; readonly token: string },
): PhoneParts {
  const cache = new PackageCache(files.packagesFolder, engine);
  const carried = new CloudClient({ address, engine, clock, cache });
  const cloud = new PhoneCloud(address, clock, signal);
  return { engine, clock, random, log, signal, files, cache, carried, cloud };
}

/** Runs `work` with the journal open, and closes it whatever comes. */
export async function withJournal<T>(
  parts: PhoneParts,
  work: (parts: JournalParts) => Promise<T>,
): Promise<T> {
  const journal = await Journal.open(parts.files.folder);
  try {
    return await work({ ...parts, journal });
  } finally {
    await journal.close();
  }
}

/** The same with the radio. */
export async function withRadio<T>(
  context: Context,
  parts: JournalParts,
  work: (parts: AirParts) => Promise<T>,
): Promise<T> {
  const radio = openRadio(context);
  try {
    return await work({ ...parts, central: await radio.central() });
  } finally {
    await radio.close();
  }
}

/** Runs `work` at the doors. */
export const atDoors = <T>(
  context: Context,
  parts: PhoneParts,
  work: (parts: AirParts) => Promise<T>,
): Promise<T> => withJournal(parts, (own) => withRadio(context, own, work));

export interface Told {
  readonly known: Known;
  /** Why it is of earlier; undefined where the cloud has just told. */
  readonly isOld: CloudError | PhoneError | undefined;
}

/** What the account has, by the cloud, or where that can't be asked by what it told last. Throws CloudError, PhoneError. */
export async function toldNow(parts: PhoneParts): Promise<Told> {
  try {
    return { known: await refresh(parts), isOld: undefined };
  } catch (error) {
    const known = knownOf(parts);
    if (known === undefined || !isExcused(error)) throw error;
    return { known, isOld: error };
  }
}

/** As of when, where it is of earlier, and why. */
export function sayAge({ output, clock }: Context, { known, isOld }: Told): void {
  if (isOld === undefined) return;
  const at = timeIn(ownZone(known), known.asOfS);
  output.note(`As of ${at}, ${ageText(nowS(clock) - known.asOfS)}: ${isOld.message}`);
}

/** Undefined where the cloud was not waited for in vain. */
export const silenceOf = ({ isOld }: Pick<Told, 'isOld'>): CloudError | undefined =>
  isSilence(isOld) ? isOld : undefined;

/** What this cloud told last. */
export function knownOf({ files, carried }: PhoneParts): Known | undefined {
  const known = files.known();
  return known?.cloud === carried.baseUrl ? known : undefined;
}

/** A cloud that is away, and a sign-in that is over: the phone's own key opens doors without either. */
export const isExcused = (error: unknown): error is CloudError | PhoneError =>
  isAway(error) || (error instanceof PhoneError && error.code === 'PHONE_NOT_SIGNED_IN');

export const doorOf = (known: Known, name: string): AppDoor =>
  chooseDoor(known.doors, name, 'doors of this phone');

/** Throws DOOR_CLOSED, see there. */
export const phoneDoorIn = (known: Known, door: AppDoor): PhoneDoor =>
  phoneDoorOf(door, (atS) => timesOf(known)(door.propertyId, atS));

/** Those that a phone can go to now. */
export function openDoors(known: Known): PhoneDoor[] {
  return known.doors.flatMap((door) => {
    try {
      return [phoneDoorIn(known, door)];
    } catch (error) {
      if (error instanceof PhoneError && error.code === 'DOOR_CLOSED') return [];
      throw error;
    }
  });
}
