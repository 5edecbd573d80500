// What the account has, as its phone shows it: doors, codes and Keys, and how the phone itself stands.
import type { AppDoor } from '#protocol/api/app.ts';
import { nowS } from '#protocol/ports/clock.ts';
import { Journal, JournalError } from '#gateway/journal.ts';
import type { Known } from '#gateway/phone/phone-files.ts';
import { fetchAhead, refresh, type PhoneParts } from '#gateway/phone/phone.ts';
import { doorOf, openDoors, openPhone, sayAge, toldNow } from './app-session.ts';
import { ageText, ownZone, timeIn, timesOf } from './app-time.ts';
import type { Context } from './context.ts';
import type { Outcome } from './output.ts';

export async function showDoors(context: Context): Promise<Outcome> {
  const { output } = context;
  const parts = openPhone(context);
  const told = await toldNow(parts);
  sayAge(context, told);
  for (const door of told.known.doors) {
    const { doorName, doorId, propertyName, opensNow, startsAtS, endsAtS, syncNeeded, carry } = door;
    output.data(
      'door',
      {
        door: doorName,
        doorId,
        property: propertyName,
        opensNow,
        startsAtS,
        endsAtS,
        syncNeeded,
        hasLock: carry !== null,
      },
      `${doorName}, ${propertyName}: ${doorText(told.known, door)}`,
    );
  }
  if (told.isOld === undefined) await fetchAhead(parts, told.known, openDoors(told.known));
  const { doors, isRegistered, asOfS } = told.known;
  if (!isRegistered) output.note(NOT_THE_PHONE);
  return {
    result: { doors: doors.length, asOfS, isOld: told.isOld !== undefined },
    ...(doors.length === 0 ? { text: 'No door opens for this account.' } : {}),
  };
}

const NOT_THE_PHONE =
  'This is not the phone of the account: it opens no door. Sign in again: doorlab app login EMAIL --new-key';

export async function showCodes(context: Context): Promise<Outcome> {
  const told = await toldNow(openPhone(context));
  sayAge(context, told);
  const { codes, asOfS } = told.known;
  const time = timesOf(told.known);
  for (const { doorName, doorId, propertyName, propertyId, code, atLock, startsAtS, endsAtS } of codes) {
    const span = [
      ...(startsAtS === null ? [AT_LOCK_TEXT[atLock]] : [`from ${time(propertyId, startsAtS)}`]),
      ...(endsAtS === null ? [] : [`until ${time(propertyId, endsAtS)}`]),
    ];
    context.output.data(
      'code',
      { door: doorName, doorId, property: propertyName, code, atLock, startsAtS, endsAtS },
      `${code}  ${doorName}, ${propertyName}: ${span.join(', ')}`,
    );
  }
  return {
    result: { codes: codes.length, asOfS, isOld: told.isOld !== undefined },
    ...(codes.length === 0 ? { text: 'This account has no doorcode.' } : {}),
  };
}

const AT_LOCK_TEXT = {
  live: 'opens',
  'starts-later': 'opens later',
  'waits-for-sync': 'opens after a Door Sync',
  'no-lock': 'no lock yet',
} as const;

export async function resetCode(context: Context, name: string): Promise<Outcome> {
  const parts = openPhone(context);
  const known = await refresh(parts);
  const { doorName, code, atLock } = await parts.cloud.resetCode(doorOf(known, name).doorId);
  await refresh(parts);
  const until =
    atLock === 'waits-for-sync'
      ? ` The old code works, and this one does not, until the lock is synced: doorlab app sync "${doorName}"`
      : '';
  return { result: { door: doorName, code, atLock }, text: `${code} opens ${doorName}.${until}` };
}

export async function showKeys(context: Context): Promise<Outcome> {
  const parts = openPhone(context);
  const known = await refresh(parts);
  const keys = await parts.cloud.keys();
  const time = timesOf(known);
  for (const { keyName, keyId, propertyId, state, startsAtS, expiresAtS, sharable, doors } of keys) {
    const span = [
      ...(state === 'future' ? [`from ${time(propertyId, startsAtS)}`] : []),
      expiresAtS === null ? 'without an end' : `until ${time(propertyId, expiresAtS)}`,
      ...(sharable ? ['may be shared'] : []),
    ];
    const names = doors.map(({ doorName }) => doorName);
    context.output.data(
      'key',
      { key: keyName, keyId, propertyId, state, startsAtS, expiresAtS, sharable, doors: names },
      `${keyName}: ${span.join(', ')}; ${names.length === 0 ? 'no doors' : names.join(', ')}`,
    );
  }
  return {
    result: { keys: keys.length },
    ...(keys.length === 0 ? { text: 'This account has no Key.' } : {}),
  };
}

/** How the phone stands, with or without the cloud. */
export async function showStatus(context: Context): Promise<Outcome> {
  const parts = openPhone(context);
  const told = await toldNow(parts);
  sayAge(context, told);
  const { known } = told;
  const { clock, files } = parts;
  const zone = ownZone(known);
  const signedIn = files.signedIn();
  const behind = known.doors.filter(({ syncNeeded }) => syncNeeded).map(({ doorName }) => doorName);
  const carried = known.doors.filter(
    ({ doorId, syncNeeded }) => syncNeeded && (known.deliveries[doorId]?.expiresAtS ?? 0) > nowS(clock),
  );
  const held = await receiptsHeld(parts);
  const open = known.doors.filter(({ opensNow, carry }) => opensNow && carry !== null).length;
  const homes = known.properties.map(
    ({ propertyName, resident }) => `${propertyName} (${resident ? 'resident' : 'no resident'})`,
  );
  const lines = [
    `Account: ${known.email} at ${known.cloud}`,
    `Properties: ${homes.length === 0 ? 'none' : homes.join(', ')}`,
    ...(signedIn === undefined
      ? []
      : [`Signed in since ${timeIn(zone, signedIn.atS)}; the phone is called ${signedIn.label}`]),
    `This phone: ${known.isRegistered ? 'opens doors for the account' : 'not the phone of the account'}`,
    `Told by the cloud: ${timeIn(zone, known.asOfS)}, ${ageText(nowS(clock) - known.asOfS)}`,
    `Doors: ${known.doors.length}, of which ${open} can be opened by this phone's key now`,
    `Waiting for a Door Sync: ${behind.length === 0 ? 'none' : behind.join(', ')}`,
    `Sets fetched ahead: ${carried.length}; receipts for the cloud: ${held ?? 'not known, another command is at work'}`,
  ];
  return {
    result: {
      email: known.email,
      cloud: known.cloud,
      properties: known.properties.map(({ propertyName }) => propertyName),
      label: signedIn?.label,
      signedInAtS: signedIn?.atS,
      expiresAtS: signedIn?.expiresAtS,
      isRegistered: known.isRegistered,
      asOfS: known.asOfS,
      isOld: told.isOld !== undefined,
      doors: known.doors.length,
      behind,
      fetchedAhead: carried.length,
      receiptsHeld: held,
    },
    text: lines.join('\n'),
  };
}

/** Undefined where another command has the journal. */
async function receiptsHeld({ files }: PhoneParts): Promise<number | undefined> {
  try {
    const journal = await Journal.open(files.folder);
    const { size } = journal.state.held;
    await journal.close();
    return size;
  } catch (error) {
    if (error instanceof JournalError && error.code === 'JOURNAL_BUSY') return undefined;
    throw error;
  }
}

function doorText(known: Known, { propertyId, opensNow, startsAtS, endsAtS, syncNeeded, carry }: AppDoor) {
  const time = (atS: number): string => timesOf(known)(propertyId, atS);
  const until = endsAtS === null ? '' : ` until ${time(endsAtS)}`;
  if (!opensNow) return `opens from ${startsAtS === null ? 'later on' : time(startsAtS)}${until}`;
  if (carry === null) return 'no lock yet';
  return `opens${until}${syncNeeded ? ', waits for a Door Sync' : ''}`;
}
