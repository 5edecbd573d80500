// The phone beside the doors: signing in, what the account has, guests, and another code for the residence.
import { hostname } from 'node:os';
import type { AppDoor, AppGuest, AppGuestChange } from '#protocol/api/app.ts';
import { encodeHex } from '#protocol/bytes.ts';
import type { Random } from '#protocol/ports/random.ts';
import { CloudError } from '#gateway/cloud-error.ts';
import { PhoneCloud, signIn } from '#gateway/phone/phone-cloud.ts';
import { PhoneFiles } from '#gateway/phone/phone-files.ts';
import { fetchAhead, refresh } from '#gateway/phone/phone.ts';
import { openDoors } from './app-run.ts';
import { doorOf, openPhone, timeText, toldNow, type Told } from './app-session.ts';
import type { Context } from './context.ts';
import { cloudUrl, engine } from './courier-session.ts';
import { phoneFolder } from './data-folders.ts';
import { CliError } from './errors.ts';
import type { Outcome } from './output.ts';

export interface LoginOptions {
  readonly label?: string;
  readonly newKey?: true;
}

export interface InviteOptions {
  readonly key: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly doorcode?: true;
  readonly start?: string;
  readonly end?: string;
}

export interface RevokeOptions {
  readonly key?: string;
}

const LABEL_CHARACTERS_MAX = 60;

export async function login(context: Context, email: string, options: LoginOptions): Promise<Outcome> {
  const { config, clock, random, prompt, signal } = context;
  const baseUrl = cloudUrl(config);
  const password = await prompt.ask({ text: 'Password', instead: 'pipe it to stdin', secret: true });
  const token = await signIn(baseUrl, clock, { email, password }, { signal });
  const files = new PhoneFiles(phoneFolder(config));
  const isAnother = files.known()?.email !== email.toLowerCase();
  if (isAnother) files.forgetKnown();
  files.keepToken(token);
  const cloud = new PhoneCloud({ baseUrl, token }, clock, signal);
  const before = (await cloud.me()).phone;
  const label = (options.label ?? hostname()).slice(0, LABEL_CHARACTERS_MAX);
  const own = await register(random, cloud, files, { label, isNew: options.newKey === true });
  const parts = openPhone(context);
  const known = await refresh(parts);
  await fetchAhead(parts, known, openDoors(known.doors));
  const replaced = before !== null && before.publicKey !== own ? before.label : undefined;
  return {
    result: { email: known.email, doors: known.doors.length, replaced },
    text: `Signed in as ${known.email}: ${doorsText(known.doors.length)}.${replaced === undefined ? '' : ` ${replaced} opens no door any more once the locks know.`}`,
  };
}

/**
 * The public key that is the account's phone now. Written before it is registered, since one that the cloud knows and the
 * phone does not would open for nobody; and in the place of the one before only then, which opens until that moment.
 */
async function register(
  random: Random,
  cloud: PhoneCloud,
  files: PhoneFiles,
  wish: { readonly label: string; readonly isNew: boolean },
): Promise<string> {
  const publicOf = (secret: Uint8Array): string => encodeHex(engine.x25519PublicKey(secret));
  if (files.hasKey && !wish.isNew) {
    const own = publicOf(files.secretKey());
    if (await isTaken(cloud, own, wish.label)) return own;
  }
  let next = publicOf(files.nextKey(random));
  if (!(await isTaken(cloud, next, wish.label))) {
    files.dropNextKey();
    next = publicOf(files.nextKey(random));
    await cloud.registerPhone(next, wish.label);
  }
  files.takeUpNextKey();
  return next;
}

/** False for a key that another account had, or that was given up: that is never taken again. */
async function isTaken(cloud: PhoneCloud, publicKey: string, label: string): Promise<boolean> {
  try {
    await cloud.registerPhone(publicKey, label);
    return true;
  } catch (error) {
    if (error instanceof CloudError && error.code === 'PHONE_IN_USE') return false;
    throw error;
  }
}

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
      `${doorName}, ${propertyName}: ${doorText(door)}`,
    );
  }
  if (told.isOld === undefined) await fetchAhead(parts, told.known, openDoors(told.known.doors));
  const { doors, isRegistered, asOfS } = told.known;
  if (!isRegistered)
    output.note(
      'Another phone was registered: this one opens no door. Sign in again: doorlab app login EMAIL --new-key',
    );
  return {
    result: { doors: doors.length, asOfS, isOld: told.isOld !== undefined },
    ...(doors.length === 0 ? { text: 'No door opens for this account.' } : {}),
  };
}

export async function showCodes(context: Context): Promise<Outcome> {
  const told = await toldNow(openPhone(context));
  sayAge(context, told);
  const { codes, asOfS } = told.known;
  for (const { doorName, doorId, propertyName, code, atLock, startsAtS } of codes) {
    context.output.data(
      'code',
      { door: doorName, doorId, property: propertyName, code, atLock, startsAtS },
      `${code}  ${doorName}, ${propertyName}  ${startsAtS === null ? atLock.replaceAll('-', ' ') : `from ${timeText(startsAtS)}`}`,
    );
  }
  return {
    result: { codes: codes.length, asOfS, isOld: told.isOld !== undefined },
    ...(codes.length === 0 ? { text: 'This account has no doorcode.' } : {}),
  };
}

export async function resetCode(context: Context, name: string): Promise<Outcome> {
  const parts = openPhone(context);
  const known = await refresh(parts);
  const { doorName, code, atLock } = await parts.cloud.resetCode(doorOf(known, name).doorId);
  await refresh(parts);
  const until = atLock === 'waits-for-sync' ? ' The old one works until the lock is synced.' : '';
  return { result: { door: doorName, code, atLock }, text: `${code} opens ${doorName}.${until}` };
}

export async function invite(context: Context, email: string, options: InviteOptions): Promise<Outcome> {
  const { cloud } = openPhone(context);
  const keys = (await cloud.keys()).filter(({ sharable }) => sharable);
  const key = keys.find(({ keyName, keyId }) => keyName === options.key || keyId === options.key);
  if (key === undefined)
    throw new CliError('USAGE', `There is no Key ${options.key} that you may share.`, {
      next:
        keys.length === 0
          ? 'None of your Keys may be shared: ask the property.'
          : `Name one of ${keys.map(({ keyName }) => keyName).join(', ')}.`,
    });
  const start = timeOf('--start', options.start);
  const end = timeOf('--end', options.end);
  const guest = await cloud.invite({
    keyId: key.keyId,
    email,
    firstName: options.firstName,
    lastName: options.lastName,
    credential: options.doorcode === true ? 'daily-doorcode' : 'app',
    ...(start === undefined ? {} : { startsAtS: start }),
    ...(end === undefined ? {} : { expiresAtS: end }),
  });
  const codes = options.doorcode === true ? await cloud.guestCodes(guest.id) : [];
  for (const { doorName, doorId, code, untilS } of codes)
    context.output.data(
      'code',
      { door: doorName, doorId, code, untilS },
      `${code ?? 'no code today'}  ${doorName}, until ${timeText(untilS)}`,
    );
  return {
    result: {
      guest: guest.id,
      email: guest.email,
      key: guest.keyName,
      state: guest.state,
      doorsToSync: guest.doorsToSync,
    },
    text: `${guest.name} has ${guest.keyName} ${spanText(guest)}.${behindText(guest)}`,
  };
}

export async function revoke(context: Context, email: string, { key }: RevokeOptions): Promise<Outcome> {
  const { cloud } = openPhone(context);
  const all = (await cloud.guests()).filter(({ state }) => state === 'current' || state === 'future');
  const found = all.filter(
    (guest) => guest.email === email.toLowerCase() && (key === undefined || guest.keyName === key),
  );
  if (found.length === 0)
    throw new CliError(
      'USAGE',
      `No guest of yours has the address ${email}${key === undefined ? '' : ` and the Key ${key}`}.`,
      {
        next:
          all.length === 0
            ? 'You have no guests.'
            : `Your guests: ${[...new Set(all.map((guest) => guest.email))].join(', ')}.`,
      },
    );
  const doorsToSync = new Set<string>();
  for (const { id } of found) for (const door of (await cloud.revoke(id)).doorsToSync) doorsToSync.add(door);
  const keys = found.map(({ keyName }) => keyName);
  return {
    result: { email, keys, doorsToSync: [...doorsToSync] },
    text: `${email} has no longer ${keys.join(', ')}.${behindText({ doorsToSync: [...doorsToSync] })}`,
  };
}

function sayAge({ output }: Context, { known, isOld }: Told): void {
  if (isOld !== undefined) output.note(`As of ${timeText(known.asOfS)}: ${isOld.message}`);
}

function doorText({ opensNow, startsAtS, endsAtS, syncNeeded, carry }: AppDoor): string {
  const until = endsAtS === null ? '' : ` until ${timeText(endsAtS)}`;
  if (!opensNow) return `opens from ${startsAtS === null ? 'later on' : timeText(startsAtS)}${until}`;
  if (carry === null) return 'no lock yet';
  return `opens${until}${syncNeeded ? ', waits for a Door Sync' : ''}`;
}

const doorsText = (count: number): string => (count === 1 ? '1 door' : `${count} doors`);

const spanText = ({ startsAtS, expiresAtS }: AppGuest): string =>
  `from ${timeText(startsAtS)}${expiresAtS === null ? '' : ` to ${timeText(expiresAtS)}`}`;

const behindText = ({ doorsToSync }: Pick<AppGuestChange, 'doorsToSync'>): string =>
  doorsToSync.length === 0 ? '' : ` ${doorsText(doorsToSync.length)} to be synced before the locks know.`;

/** Throws USAGE. */
function timeOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  // Without a zone the same words mean another time on another machine.
  const ms = /T.*(?:Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return Math.floor(ms / 1_000);
  throw new CliError('USAGE', `${flag}: "${text}" is no time with a zone.`, {
    next: `Write it as ${flag} 2026-03-01T18:00+01:00.`,
  });
}
