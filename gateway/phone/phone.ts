// A phone at work: it asks the cloud what its account may open, keeps that for the day without a connection, meets locks,
// opens doors and carries sets.
import type { Delivery } from '#protocol/api/door-sync.ts';
import type { ChannelAnswer, ChannelCommand } from '#protocol/channel/channel-messages.ts';
import { encodeHex } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { DoorlabError } from '#protocol/errors.ts';
import type { Log } from '#protocol/ports/log.ts';
import { nowS, type Clock } from '#protocol/ports/clock.ts';
import type { Random } from '#protocol/ports/random.ts';
import type { Central, CentralLink, ConnectOptions } from '#radio/ports/central.ts';
import { RadioError } from '#radio/ports/errors.ts';
import type { Cloud } from '../cloud-client.ts';
import { CloudError, isSilence } from '../cloud-error.ts';
import { commandLock } from '../courier/app-unlock.ts';
import type { DeliveryOptions } from '../courier/delivery.ts';
import { DoorFinder } from '../courier/door-finder.ts';
import type { TransferProgress } from '../courier/transfer.ts';
import { visitDoor } from '../door-visit.ts';
import { interrupted } from '../gateway-error.ts';
import type { Journal } from '../journal.ts';
import type { PackageCache } from '../package-cache.ts';
import { tellHeld } from '../receipts.ts';
import type { DoorEnd } from '../sync-report.ts';
import { carrierOf } from './phone-carrier.ts';
import type { PhoneCloud } from './phone-cloud.ts';
import { doorNotFound, noAnswer } from './phone-error.ts';
import type { Known, PhoneFiles } from './phone-files.ts';
import type { PhoneDoor } from './phone-door.ts';

export interface PhoneParts {
  readonly engine: CryptoEngine;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly files: PhoneFiles;
  readonly cache: PackageCache;
  /** Its own client for what is carried, under the same token. */
  readonly carried: Cloud;
  readonly cloud: PhoneCloud;
  /** Of a cloud that gave no answer in time just now: it is not waited for again. */
  readonly silence?: CloudError | undefined;
}

/** What the account has now, kept; sets that doors wait for are fetched for later. Throws CloudError, PhoneError. */
export async function refresh(parts: PhoneParts): Promise<Known> {
  const { cloud, files, engine, clock, carried, cache } = parts;
  const [me, doors, codes] = await Promise.all([cloud.me(), cloud.doors(), cloud.codes()]);
  const own = encodeHex(engine.x25519PublicKey(files.secretKey()));
  const before = files.known();
  const isSame = before?.cloud === carried.baseUrl && before.email === me.email;
  const known: Known = {
    format: 1,
    cloud: carried.baseUrl,
    email: me.email,
    asOfS: nowS(clock),
    isRegistered: me.phone?.publicKey === own,
    zones: Object.fromEntries(me.people.map(({ propertyId, zone }) => [propertyId, zone])),
    properties: me.people.map(({ propertyName, resident }) => ({ propertyName, resident })),
    doors: [...doors],
    codes: [...codes],
    deliveries: isSame ? before.deliveries : {},
    handles: isSame ? before.handles : {},
  };
  files.keepKnown(known);
  cache.keepOnly(doors.flatMap(({ carry }) => carry?.lockId ?? []));
  return known;
}

/**
 * Fetches what doors wait for, so that it can be carried without a connection. What fails is fetched another time, and a cloud
 * that is silent at one door is asked for no other.
 */
export async function fetchAhead(
  parts: PhoneParts,
  known: Known,
  doors: readonly PhoneDoor[],
): Promise<Known> {
  const { cache, clock, signal, silence } = parts;
  const cloud = carrierOf({ cloud: parts.carried, cache, clock, deliveries: {}, silence });
  const deliveries: Record<string, Delivery> = {};
  for (const { doorId, lockId, syncNeeded } of doors) {
    if (!syncNeeded) continue;
    try {
      const delivery = await cloud.startDelivery(doorId, { signal });
      await cloud.package(doorId, lockId, { signal });
      deliveries[doorId] = { ...delivery, delta: null };
    } catch (error) {
      if (!(error instanceof DoorlabError)) throw error;
      parts.log.info('phone.not-fetched', { doorId, error: error.code });
      const before = known.deliveries[doorId];
      if (before !== undefined) deliveries[doorId] = before;
    }
  }
  const next = { ...known, deliveries };
  // Signed out meanwhile: what was wiped does not come back.
  if (parts.files.hasKey) parts.files.keepKnown(next);
  return next;
}

export interface JournalParts extends PhoneParts {
  readonly journal: Journal;
}

export interface AirParts extends JournalParts {
  readonly central: Central;
}

/** The link of an opening just before, which a Door Sync begins on. `onTaken`: the set is there, and it is used. */
export interface PresentLink {
  readonly link: CentralLink;
  readonly onTaken: () => void;
}

export interface DoorAnswer {
  readonly answer: ChannelAnswer;
  /** Of a command that was done: still up, for what is carried behind it, and the caller's to end. */
  readonly link: CentralLink | undefined;
}

/** Throws RadioError, DOOR_NOT_FOUND, and for a lock that gives no answer GatewayError. */
export async function commandDoor(
  parts: AirParts,
  door: PhoneDoor,
  kind: ChannelCommand['kind'],
  onSaid?: () => void,
): Promise<DoorAnswer> {
  const { engine, clock, random, signal, files } = parts;
  const { lockId, ownershipEpoch, channelKey } = door;
  const spelled = encodeHex(lockId);
  const outcome = await commandLock(
    { engine, lockId, ownershipEpoch, channelKey, phoneSecret: files.secretKey() },
    kind,
    {
      clock,
      random,
      signal,
      connect: meetingOf(parts, door).connect,
      gattTable: files.known()?.handles[spelled],
      keepsLink: true,
      ...(onSaid === undefined ? {} : { onSaid }),
    },
  );
  if (outcome.result !== 'answered') throw noAnswer(door.doorName, outcome);
  keepHandles(parts, spelled, outcome.gattTable);
  return { answer: outcome.answer, link: outcome.link };
}

/** Receipts of earlier days, as far as the cloud is there to take them; gives its silence, where it gave no answer. */
export async function tellWaiting(parts: JournalParts): Promise<CloudError | undefined> {
  const { carried, cache, clock, silence } = parts;
  const cloud = carrierOf({ cloud: carried, cache, clock, deliveries: {}, silence });
  const told = await tellHeld({ ...parts, cloud }, parts.signal);
  return told.flatMap((one) => (one.told === 'not-yet' && isSilence(one.error) ? [one.error] : []))[0];
}

/**
 * What happened is in the end: nothing of it closes a door that is open. `present` is met first, and ended. Throws RadioError,
 * JournalError.
 */
export async function syncDoor(
  parts: AirParts,
  door: PhoneDoor,
  onProgress: (progress: TransferProgress) => void,
  present?: PresentLink,
): Promise<DoorEnd> {
  const { files, cache, clock, signal } = parts;
  const deliveries = files.known()?.deliveries ?? {};
  const cloud = carrierOf({ cloud: parts.carried, cache, clock, deliveries, silence: parts.silence });
  try {
    const end = await visitDoor({ ...parts, cloud }, door, {
      ...meetingOf(parts, door, present),
      onProgress,
      signal,
    });
    if (end.result !== 'failed') keepSynced(parts, door);
    return end;
  } catch (error) {
    if (!(error instanceof DoorlabError)) throw error;
    if (signal.aborted && isOfAbort(error)) return { result: 'failed', error: interrupted() };
    if (error instanceof RadioError) throw error;
    return { result: 'failed', error };
  }
}

/** What a call and a radio end with where they are called off. */
const isOfAbort = (error: DoorlabError): boolean =>
  error instanceof RadioError || (error instanceof CloudError && error.code === 'CANCELLED');

/** Wherever the lock shows itself, each time anew: its address may have changed meanwhile. */
function meetingOf(
  parts: AirParts,
  door: PhoneDoor,
  present?: PresentLink,
): Pick<DeliveryOptions, 'connect' | 'shownNonce'> {
  const finder = new DoorFinder(parts, parts.central, [door]);
  let isMet = present !== undefined;
  let nonce: Uint8Array | undefined;
  let next = present?.link;
  void present?.link.closed.then(() => (next = undefined));
  const connect = async (options: ConnectOptions): Promise<CentralLink> => {
    const up = next;
    next = undefined;
    if (up !== undefined) {
      present?.onTaken();
      return up;
    }
    const seen = await finder.next(new Set([door.doorId]), { signal: options.signal });
    if (seen === undefined) {
      if (options.signal?.aborted === true) throw interrupted();
      if (!isMet) throw doorNotFound(door.doorName);
      throw new RadioError('CONNECT_TIMEOUT', `${door.doorName} no longer shows itself`);
    }
    isMet = true;
    ({ nonce } = seen.advert);
    return parts.central.connect(seen.peripheralId, options);
  };
  return { connect, shownNonce: () => nonce };
}

/** Until the cloud says so again, the door waits for nothing, and what was fetched for it has been carried. */
function keepSynced(parts: PhoneParts, { doorId }: PhoneDoor): void {
  const known = parts.files.known();
  if (known === undefined) return;
  const { [doorId]: _, ...deliveries } = known.deliveries;
  const doors = known.doors.map((door) => (door.doorId === doorId ? { ...door, syncNeeded: false } : door));
  keepAnyway(parts, { ...known, doors, deliveries });
}

function keepHandles(
  parts: PhoneParts,
  lockId: string,
  gattTable: CentralLink['gattTable'] | undefined,
): void {
  const known = parts.files.known();
  if (known === undefined || gattTable === undefined) return;
  if (JSON.stringify(known.handles[lockId]) === JSON.stringify(gattTable)) return;
  const services = gattTable.services.map((service) => ({
    ...service,
    characteristics: [...service.characteristics],
  }));
  keepAnyway(parts, { ...known, handles: { ...known.handles, [lockId]: { services } } });
}

/** The door is open or synced all the same: what is not written is found out again the next time. */
function keepAnyway({ files, log }: PhoneParts, known: Known): void {
  try {
    files.keepKnown(known);
  } catch (error) {
    if (!(error instanceof DoorlabError)) throw error;
    log.warn('phone.not-written', { error: error.code });
  }
}
