// The phones and sign-ins of the account: which one opens doors, and what is to be done once one is lost.
import { nowS } from '#protocol/ports/clock.ts';
import { notSignedIn } from '#gateway/phone/phone-error.ts';
import { refresh } from '#gateway/phone/phone.ts';
import { openPhone } from './app-session.ts';
import { ageText, ownZone, timeIn } from './app-time.ts';
import { isYes } from './confirmation.ts';
import type { Context } from './context.ts';
import { CliError } from './errors.ts';
import type { Outcome } from './output.ts';

export interface RemovePhoneOptions {
  readonly yes?: true;
}

/** The one phone that opens doors, and every sign-in, which may be on others. */
export async function showPhones(context: Context): Promise<Outcome> {
  const parts = openPhone(context);
  const { output } = context;
  const known = await refresh(parts);
  const zone = ownZone(known);
  const { phone } = await parts.cloud.me();
  if (phone === null) output.note('No phone opens doors for this account.');
  else {
    output.data(
      'phone',
      { label: phone.label, id: phone.id, createdAtS: phone.createdAtS, isThis: known.isRegistered },
      `${phone.label}: opens doors, since ${timeIn(zone, phone.createdAtS)}${known.isRegistered ? ', this phone' : ''}`,
    );
  }
  const own = parts.files.signedIn()?.tokenId;
  const signIns = await parts.cloud.signIns();
  for (const { id, createdAtS, lastUsedAtS } of signIns) {
    const used = lastUsedAtS ?? createdAtS;
    output.data(
      'sign-in',
      { id, createdAtS, lastUsedAtS, isThis: id === own },
      `sign-in of ${timeIn(zone, createdAtS)}, used ${ageText(nowS(parts.clock) - used)}${id === own ? ', this phone' : ''}`,
    );
  }
  return { result: { phones: phone === null ? 0 : 1, signIns: signIns.length } };
}

/**
 * For a phone that is lost: its key opens no door once the locks know, and whoever has it can't register another one, as its
 * sign-in is over. This phone stays what it is.
 */
export async function removePhone(context: Context, { yes }: RemovePhoneOptions): Promise<Outcome> {
  const parts = openPhone(context);
  const { cloud } = parts;
  const own = parts.files.signedIn()?.tokenId;
  if (own === undefined) throw notSignedIn('Which sign-in is that of this phone is not known here.');
  const known = await refresh(parts);
  const { phone } = await cloud.me();
  const others = (await cloud.signIns()).filter(({ id }) => id !== own);
  const lost = phone !== null && !known.isRegistered ? phone : undefined;
  if (lost === undefined && others.length === 0)
    return {
      result: { removed: null, signInsEnded: 0 },
      text: 'There is no other phone, and no other sign-in.',
    };
  if (yes !== true) await confirmRemoval(context, lost?.label, others.length);
  // The sign-ins first: one that goes on could register another key behind it.
  for (const { id } of others) await cloud.endSignIn(id);
  // Whoever has it may have registered another key meanwhile: which one opens now is what counts.
  const now = await refresh(parts);
  const gone = now.isRegistered ? undefined : ((await cloud.me()).phone ?? lost);
  if (gone !== undefined) await cloud.removePhone();
  const after = gone === undefined ? now : await refresh(parts);
  const behind = after.doors.filter(({ syncNeeded }) => syncNeeded).map(({ doorName }) => doorName);
  return {
    result: { removed: gone?.label ?? null, signInsEnded: others.length, doorsToSync: behind },
    text: [
      ...(gone === undefined
        ? []
        : [
            `${gone.label} is removed. To open doors with this phone: doorlab app login ${known.email} --new-key`,
          ]),
      `Other sign-ins ended: ${others.length}.`,
      ...(behind.length === 0
        ? []
        : [`A lost phone may still open until the next Door Sync: ${behind.join(', ')}.`]),
    ].join('\n'),
  };
}

async function confirmRemoval(context: Context, label: string | undefined, others: number): Promise<void> {
  const what = [
    ...(label === undefined ? [] : [`${label} will open no door any more`]),
    others === 1 ? '1 other sign-in ends' : `${others} other sign-ins end`,
  ].join(', and ');
  if (!(await isYes(context, `${what}. Type yes to go on`)))
    throw new CliError('USAGE', 'Nothing was removed.');
}
