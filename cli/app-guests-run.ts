// Guests of the account: whom it invited, with which Key and doors and until when; one more, and one less.
import type { AppGuest, AppGuestChange } from '#protocol/api/app.ts';
import { refresh } from '#gateway/phone/phone.ts';
import { openPhone } from './app-session.ts';
import { timesOf } from './app-time.ts';
import { isYes } from './confirmation.ts';
import type { Context } from './context.ts';
import { counted } from './counted.ts';
import { CliError } from './errors.ts';
import { timeOf } from './numbers.ts';
import type { Outcome } from './output.ts';

export interface InviteOptions {
  readonly key: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly doorcode?: true;
  readonly start?: string;
  readonly end?: string;
}

export interface GuestsOptions {
  readonly all?: true;
}

export interface RevokeOptions {
  readonly key?: string;
  readonly yes?: true;
}

type TimeText = (propertyId: string, atS: number) => string;

export async function showGuests(context: Context, { all }: GuestsOptions): Promise<Outcome> {
  const parts = openPhone(context);
  const { cloud } = parts;
  const known = await refresh(parts);
  const [guests, keys] = await Promise.all([cloud.guests(), cloud.keys()]);
  const shown = guests.filter((guest) => all === true || isHeld(guest));
  for (const guest of shown) {
    const key = keys.find(({ keyId }) => keyId === guest.keyId);
    const doors = key?.doors.map(({ doorName }) => doorName) ?? [];
    const { id, email, name, keyName, state, credential, startsAtS, expiresAtS } = guest;
    context.output.data(
      'guest',
      { guest: id, email, name, key: keyName, state, credential, startsAtS, expiresAtS, doors },
      `${whoText(guest)}: ${keyName}, ${stateText(guest, timesOf(known))}${doors.length === 0 ? '' : `; ${doors.join(', ')}`}`,
    );
  }
  return {
    result: { guests: shown.length },
    ...(shown.length === 0 ? { text: 'You have no guests now.' } : {}),
  };
}

export async function invite(context: Context, email: string, options: InviteOptions): Promise<Outcome> {
  const parts = openPhone(context);
  const { cloud } = parts;
  const known = await refresh(parts);
  const keys = (await cloud.keys()).filter(({ sharable }) => sharable);
  const key = keys.find(({ keyName, keyId }) => keyName === options.key || keyId === options.key);
  if (key === undefined)
    throw new CliError('USAGE', `There is no Key ${options.key} that you may share.`, {
      next:
        keys.length === 0
          ? 'None of your Keys may be shared: ask the property.'
          : `Name one of ${keys.map(({ keyName }) => keyName).join(', ')}.`,
    });
  const start = timeS('--start', options.start);
  const end = timeS('--end', options.end);
  const guest = await cloud.invite({
    keyId: key.keyId,
    email,
    firstName: options.firstName,
    lastName: options.lastName,
    credential: options.doorcode === true ? 'daily-doorcode' : 'app',
    ...(start === undefined ? {} : { startsAtS: start }),
    ...(end === undefined ? {} : { expiresAtS: end }),
  });
  const time = timesOf(known);
  // Said at once: what follows may fail.
  context.output.data(
    'invited',
    { guest: guest.id, email: guest.email, key: guest.keyName },
    `${guest.name} has ${guest.keyName} ${spanText(guest, time)}.`,
  );
  const codes = options.doorcode === true ? await cloud.guestCodes(guest.id) : [];
  for (const { doorName, doorId, code, untilS } of codes)
    context.output.data(
      'code',
      { door: doorName, doorId, code, untilS },
      `${code ?? 'no code today'}  ${doorName}, until ${time(guest.propertyId, untilS)}`,
    );
  return {
    result: {
      guest: guest.id,
      email: guest.email,
      key: guest.keyName,
      state: guest.state,
      doorsToSync: guest.doorsToSync,
    },
    ...behind(guest),
  };
}

export async function revoke(context: Context, email: string, options: RevokeOptions): Promise<Outcome> {
  const { cloud } = openPhone(context);
  const { key } = options;
  const all = (await cloud.guests()).filter(isHeld);
  const found = all.filter(
    (guest) => guest.email === email.trim().toLowerCase() && (key === undefined || guest.keyName === key),
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
  if (found.length > 1 && options.yes !== true) await confirmAll(context, email, found);
  const doorsToSync = new Set<string>();
  for (const { id, keyName } of found) {
    const change = await cloud.revoke(id);
    for (const door of change.doorsToSync) doorsToSync.add(door);
    // Said at once: the next one may fail.
    context.output.data('revoked', { guest: id, email, key: keyName }, `${email} has no longer ${keyName}.`);
  }
  return {
    result: { email, keys: found.map(({ keyName }) => keyName), doorsToSync: [...doorsToSync] },
    ...behind({ doorsToSync: [...doorsToSync] }),
  };
}

/** Several are seldom meant by who names none. */
async function confirmAll(context: Context, email: string, found: readonly AppGuest[]): Promise<void> {
  const keys = found.map(({ keyName }) => keyName).join(', ');
  const question = `${email} loses all ${found.length} Keys that you gave: ${keys}. Type yes to go on`;
  if (!(await isYes(context, question, '--yes, or --key with one of them')))
    throw new CliError('USAGE', `Nothing was taken from ${email}.`);
}

const isHeld = ({ state }: AppGuest): boolean => state === 'current' || state === 'future';

const whoText = ({ name, email }: AppGuest): string => (name === email ? email : `${name}, ${email}`);

function stateText(guest: AppGuest, time: TimeText): string {
  const { state, propertyId, startsAtS, expiresAtS, credential } = guest;
  const by = credential === 'app' ? '' : ', by daily doorcode';
  const until = expiresAtS === null ? 'without an end' : `until ${time(propertyId, expiresAtS)}`;
  switch (state) {
    case 'current':
      return `${until}${by}`;
    case 'future':
      return `from ${time(propertyId, startsAtS)} ${until}${by}`;
    case 'expired':
      return expiresAtS === null ? 'ended' : `ended ${time(propertyId, expiresAtS)}`;
    case 'revoked':
      return 'revoked';
  }
}

const spanText = ({ propertyId, startsAtS, expiresAtS }: AppGuest, time: TimeText): string =>
  `from ${time(propertyId, startsAtS)}${expiresAtS === null ? '' : ` to ${time(propertyId, expiresAtS)}`}`;

const behind = ({ doorsToSync }: Pick<AppGuestChange, 'doorsToSync'>): Pick<Outcome, 'text'> => {
  if (doorsToSync.length === 0) return {};
  const locks = doorsToSync.length === 1 ? 'a lock does' : `${counted(doorsToSync.length, 'door')} do`;
  return { text: `Until a Door Sync ${locks} not know.` };
};

/** Throws USAGE. */
function timeS(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  // A day alone has no zone, and begins at another time at another door.
  if (text.includes('T')) return timeOf(flag, text) / 1_000;
  throw new CliError('USAGE', `${flag}: "${text}" is no time with a zone.`, {
    next: `Write it as ${flag} 2026-03-01T18:00+01:00.`,
  });
}
