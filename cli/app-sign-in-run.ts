// The account of the phone: signing in and out, and a link for a password that was forgotten. Who signs in takes the place
// of who did before, whose sign-in, key and cached doors go first.
import { hostname } from 'node:os';
import { encodeHex } from '#protocol/bytes.ts';
import { DoorlabError } from '#protocol/errors.ts';
import type { NewToken } from '#protocol/api/accounts.ts';
import type { Random } from '#protocol/ports/random.ts';
import { CloudError } from '#gateway/cloud-error.ts';
import type { PhoneCloud } from '#gateway/phone/phone-cloud.ts';
import { forgotPassword, signIn } from '#gateway/phone/phone-cloud.ts';
import { PhoneFiles, type SignedIn } from '#gateway/phone/phone-files.ts';
import { fetchAhead, refresh, tellWaiting, type JournalParts } from '#gateway/phone/phone.ts';
import { openDoors, phoneAt, phoneCloudUrl, withJournal } from './app-session.ts';
import { isYes } from './confirmation.ts';
import type { Context } from './context.ts';
import { counted } from './counted.ts';
import { engine } from './courier-session.ts';
import { phoneFolder } from './data-folders.ts';
import { CliError, reportOf } from './errors.ts';
import type { Outcome } from './output.ts';

export interface LoginOptions {
  readonly label?: string;
  readonly newKey?: true;
  readonly yes?: true;
}

const LABEL_CHARACTERS_MAX = 60;

export async function login(context: Context, email: string, options: LoginOptions): Promise<Outcome> {
  const { config, clock, random, prompt, signal, output } = context;
  const files = new PhoneFiles(phoneFolder(config));
  const former = files.hasToken ? files.signedIn() : undefined;
  const baseUrl = phoneCloudUrl(config, files);
  const isAnother = former !== undefined && (former.email !== fold(email) || former.cloud !== baseUrl);
  if (isAnother && options.yes !== true) await confirmChange(context, former, email);
  const password = await prompt.ask({ text: 'Password', instead: 'pipe it to stdin', secret: true });
  const made = await signInAs(baseUrl, clock, email, password, signal);
  const { id: tokenId, createdAtS: atS, expiresAtS, token } = made;
  // Not before the new one is taken: a mistyped password signs nobody out.
  if (isAnother) {
    try {
      const { left } = await signOutOf(context, files, former);
      if (left !== undefined) output.note(left);
    } catch (error) {
      await endSignIn(context, files, baseUrl, () => token);
      throw error;
    }
  } else if (former !== undefined) {
    await endSignIn(context, files, former.cloud, () => files.tokenToEnd());
  }
  const label = (options.label ?? hostname()).slice(0, LABEL_CHARACTERS_MAX);
  files.keepToken(token, { format: 1, cloud: baseUrl, email: fold(email), tokenId, label, atS, expiresAtS });
  const parts = phoneAt(context, files, { baseUrl, token });
  const before = (await parts.cloud.me()).phone;
  const own = await register(random, parts.cloud, files, { label, isNew: options.newKey === true });
  const known = await refresh(parts);
  await fetchAhead(parts, known, openDoors(known));
  const replaced = before !== null && before.publicKey !== own ? before.label : undefined;
  const doors = known.doors.length;
  return {
    result: { email: known.email, doors, replaced },
    text: [
      doors === 0
        ? `Signed in as ${known.email}: no door opens for this account now. Ask the property about your access.`
        : `Signed in as ${known.email}: ${counted(doors, 'door')}.`,
      ...(replaced === undefined
        ? []
        : [
            `${replaced} opens no door any more once the locks know. If it is lost, end its sign-in too: doorlab app remove-phone`,
          ]),
    ].join('\n'),
  };
}

async function signInAs(
  baseUrl: string,
  clock: Context['clock'],
  email: string,
  password: string,
  signal: AbortSignal,
): Promise<NewToken> {
  try {
    return await signIn(baseUrl, clock, { email, password }, { signal });
  } catch (error) {
    if (!(error instanceof CloudError) || error.code !== 'SIGN_IN_REFUSED') throw error;
    throw new CloudError('SIGN_IN_REFUSED', error.message, {
      cause: error,
      next: `Check both. Who was invited sets a password by the link in the welcome mail first; another link: doorlab app forgot-password ${email}`,
    });
  }
}

async function confirmChange(context: Context, former: SignedIn, email: string): Promise<void> {
  const question = `${former.email} is signed in on this phone and will be signed out. Go on as ${email}? Type yes`;
  if (!(await isYes(context, question)))
    throw new CliError('USAGE', `Nothing was changed: ${former.email} is still signed in.`);
}

/** One that would go on without a phone. */
async function endSignIn(
  context: Context,
  files: PhoneFiles,
  baseUrl: string,
  tokenOf: () => string,
): Promise<void> {
  try {
    await phoneAt(context, files, { baseUrl, token: tokenOf() }).cloud.signOut();
  } catch (error) {
    if (!(error instanceof DoorlabError)) throw error;
    context.log.info('phone.not-signed-out', { error: error.code });
  }
}

export async function logout(context: Context): Promise<Outcome> {
  const files = new PhoneFiles(phoneFolder(context.config));
  if (!files.hasToken && !files.hasKey)
    return { result: { signedOut: false }, text: 'Nobody is signed in on this phone.' };
  const former = files.signedIn();
  const { email, doors, receiptsHeld, left } = await signOutOf(context, files, former);
  return {
    result: { signedOut: true, email, toldCloud: left === undefined, doorsToKnow: doors, receiptsHeld },
    text: [
      `${email ?? 'The account'} is signed out here; key, token and cached doors are wiped.`,
      left ??
        (doors.length === 0
          ? 'No lock waits to hear of it.'
          : `Locks that still list the wiped key drop it at their next Door Sync: ${doors.join(', ')}.`),
      ...(receiptsHeld === 0
        ? []
        : [`Receipts kept for the next sign-in to tell the cloud: ${receiptsHeld}.`]),
    ].join('\n'),
  };
}

interface SignedOut {
  readonly email: string | undefined;
  /** Whose locks may go on listing the phone's key. */
  readonly doors: readonly string[];
  readonly receiptsHeld: number;
  /** Why the cloud does not know; undefined where it does. */
  readonly left: string | undefined;
}

/** Tells the cloud what it can, and wipes the phone whatever comes of that. */
async function signOutOf(
  context: Context,
  files: PhoneFiles,
  former: SignedIn | undefined,
): Promise<SignedOut> {
  const known = files.known();
  const email = former?.email ?? known?.email;
  const doors = (known?.isRegistered === true ? openDoors(known) : []).map(({ doorName }) => doorName);
  const baseUrl = former?.cloud ?? phoneCloudUrl(context.config, files);
  let left: string | undefined;
  let receiptsHeld = 0;
  try {
    // The journal first: what another command is carrying now is not pulled from under it.
    const parts = phoneAt(context, files, { baseUrl, token: files.tokenToEnd() });
    await withJournal(parts, async (own) => {
      left = await endInCloud(own);
      receiptsHeld = own.journal.state.held.size;
    });
  } catch (error) {
    if (!(error instanceof DoorlabError) || error.code === 'JOURNAL_BUSY') throw error;
    left = leftText(error);
  }
  files.wipe();
  return { email, doors, receiptsHeld, left };
}

async function endInCloud(parts: JournalParts): Promise<string | undefined> {
  const { cloud, files } = parts;
  try {
    await tellWaiting(parts);
    const { phone } = await cloud.me();
    if (phone !== null && isOwn(files, phone.publicKey)) await cloud.removePhone();
    await cloud.signOut();
    return undefined;
  } catch (error) {
    if (!(error instanceof DoorlabError)) throw error;
    return leftText(error);
  }
}

/** One that can't be read is taken for another's: it is not this phone's to end. */
function isOwn(files: PhoneFiles, publicKey: string): boolean {
  try {
    return encodeHex(engine.x25519PublicKey(files.keyToEnd())) === publicKey;
  } catch (error) {
    if (!(error instanceof DoorlabError)) throw error;
    return false;
  }
}

const leftText = (error: DoorlabError): string =>
  `The cloud does not know: ${reportOf(error).message} This phone’s entry stays with the account until another one signs in; token and key are wiped here.`;

/** Nothing says whether there is such an account. */
export async function askForPassword(context: Context, email: string): Promise<Outcome> {
  const { config, clock, signal } = context;
  const files = new PhoneFiles(phoneFolder(config));
  await forgotPassword(phoneCloudUrl(config, files), clock, email, { signal });
  return {
    result: { email },
    text: `If ${email} has an account, a mail with a link to set a password is on its way there. Then: doorlab app login ${email}`,
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

/** As the cloud spells addresses. */
const fold = (email: string): string => email.trim().toLowerCase();
