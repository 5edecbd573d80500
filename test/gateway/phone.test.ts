// What a phone decides: what an answer leads to, which door it means, and which sets it keeps.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import type { AppDoor } from '#protocol/api/app.ts';
import { encodeHex } from '#protocol/bytes.ts';
import type { ChannelAnswer } from '#protocol/channel/channel-messages.ts';
import { DoorlabError } from '#protocol/errors.ts';
import { EVENT_REASONS, type EventReason } from '#protocol/log/event-types.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { silentLog } from '#protocol/ports/log.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { REASON_SENTENCES } from '#gateway/courier/app-unlock.ts';
import { PackageCache } from '#gateway/package-cache.ts';
import { CloudError } from '#gateway/cloud-error.ts';
import { Journal } from '#gateway/journal.ts';
import { afterAnswer, phoneDoorOf } from '#gateway/phone/phone-door.ts';
import { noAnswer, notOpened } from '#gateway/phone/phone-error.ts';
import { PhoneFiles, type Known } from '#gateway/phone/phone-files.ts';
import { fetchAhead, refresh, syncDoor, type AirParts, type PhoneParts } from '#gateway/phone/phone.ts';
import { aLock } from '../builders/lock.ts';
import { aSignedSet } from '../builders/signed-set.ts';
import { FakeCloud } from './fake-cloud.ts';
import { aFolder } from './temporary-folder.ts';

const REASONS = Object.keys(EVENT_REASONS) as EventReason[];
const answer = (outcome: ChannelAnswer['outcome'], reason: EventReason | null): ChannelAnswer => ({
  number: 1,
  outcome,
  reason,
  state: null,
});

describe('what the lock answers', () => {
  it.each(REASONS)(
    'refused by %s: a sync is tried where it can change something, and each says why',
    (reason) => {
      const refused = answer('refused', reason);
      const isMended = [
        'NO_TABLE',
        'TABLE_DAMAGED',
        'UNKNOWN_CREDENTIAL',
        'NOT_YET',
        'EXPIRED',
        'OUT_OF_SCHEDULE',
      ].includes(reason);
      const isClock = reason === 'CLOCK_UNTRUSTED';
      expect(afterAnswer(refused, { syncNeeded: true })).toBe(isMended || isClock ? 'sync-first' : 'refused');
      expect(afterAnswer(refused, { syncNeeded: false })).toBe(isClock ? 'sync-first' : 'refused');
      for (const isOnline of [true, false]) {
        const error = notOpened('4B', refused, isOnline);
        expect([error.message, error.reason]).toEqual([`4B: ${REASON_SENTENCES[reason]}`, reason]);
        expect(error.next).toMatch(/\.$/);
      }
    },
  );

  it('that can’t be understood, or never comes, has a person look at the door', () => {
    const ends = [
      { result: 'garbled', code: 'OUT_OF_SEQUENCE', detail: 'fragment 2, not 1' },
      { result: 'timed-out', awaited: 'answer' },
      { result: 'link-lost', detail: 'it dropped' },
    ] as const;
    for (const end of ends) expect(noAnswer('4B', end).next).toMatch(/^Look whether the door is open; /);
  });

  it('done is done, and what no sync mends is not tried again', () => {
    expect(afterAnswer(answer('done', 'OPENED'), { syncNeeded: true })).toBe('opened');
    for (const outcome of ['cannot-move', 'failed'] as const) {
      expect(afterAnswer(answer(outcome, null), { syncNeeded: true })).toBe('refused');
      expect(notOpened('4B', answer(outcome, null), true).next).toContain('key');
    }
  });
});

const lock = aLock();
const triple = { ownershipEpoch: 3, keyEpoch: 1, tableVersion: 7 };
const sync = {
  state: 'pending',
  target: triple,
  applied: null,
  pendingSinceS: 1,
  dueS: 1,
  reasons: [],
} as const;
const door: AppDoor = {
  doorId: `door_${'a'.repeat(26)}`,
  doorName: '4B',
  type: 'residence',
  propertyId: `prop_${'a'.repeat(26)}`,
  propertyName: 'Elm House',
  internet: false,
  opensNow: true,
  startsAtS: null,
  endsAtS: null,
  syncNeeded: true,
  carry: {
    doorId: `door_${'a'.repeat(26)}`,
    doorName: '4B',
    propertyId: `prop_${'a'.repeat(26)}`,
    lockId: encodeHex(lock.lockId),
    channelKey: encodeHex(lock.channelKey),
    advertisingKey: encodeHex(lock.secrets.advertisingKey),
    sync: { ...sync, reasons: [] },
    leaving: null,
  },
};

test('a door is met by its lock and the owner of now, and one that can’t be met yet says from when on', () => {
  const timeText = (atS: number): string => `time ${atS}`;
  expect(phoneDoorOf(door, timeText)).toMatchObject({
    ownershipEpoch: 3,
    lockId: lock.lockId,
    syncNeeded: true,
  });
  const closed = (over: Partial<AppDoor>): string => {
    try {
      phoneDoorOf({ ...door, ...over }, timeText);
      return 'met';
    } catch (error) {
      return error instanceof DoorlabError ? `${error.code}: ${error.message}` : String(error);
    }
  };
  expect(closed({ opensNow: false, startsAtS: 5 })).toBe('DOOR_CLOSED: 4B opens for you from time 5 on.');
  expect(closed({ carry: null })).toContain('DOOR_CLOSED: 4B has no lock');
  const carry = { ...door.carry!, sync: { ...door.carry!.sync, target: null } };
  expect(closed({ carry })).toContain('DOOR_CLOSED');
  expect(closed({ carry: { ...door.carry!, lockId: 'ff' } })).toContain('CLOUD_RUBBISH');
});

describe('a set that was fetched beforehand', () => {
  it('goes with its lock, once the account has no door with it any more', async () => {
    const files = new PhoneFiles(aFolder());
    files.nextKey(seededRandom(1));
    files.takeUpNextKey();
    const cache = new PackageCache(files.packagesFolder, nodeEngine);
    cache.put(lock.lockId, '"tag"', aSignedSet({ lock, rows: 3 }).packageBytes);
    const told = { doors: [door] };
    const cloud = {
      me: async () => ({ email: 'amira@example.com', phone: null, people: [] }),
      doors: async () => told.doors,
      codes: async () => [],
    };
    const [engine, clock, carried] = [nodeEngine, new VirtualClock(), new FakeCloud()];
    const parts = { engine, clock, files, cache, cloud, carried } as unknown as PhoneParts;
    await refresh(parts);
    expect(cache.get(lock.lockId)).toBeDefined();
    told.doors = [];
    await refresh(parts);
    expect(readdirSync(files.packagesFolder)).toEqual([]);
  });

  it('is kept where the cloud falls silent, which is asked for no other door then', async () => {
    const [cloud, clock] = [new FakeCloud(), new VirtualClock()];
    const cache = new PackageCache(join(aFolder(), 'packages'), nodeEngine);
    cloud.add('4B', lock, aSignedSet({ lock, tableVersion: 7, rows: 3 }));
    const deliveries = { [door.doorId]: await cloud.startDelivery(door.doorId) };
    cloud.calls.length = 0;
    cloud.before = () => {
      throw new CloudError('CLOUD_TIMEOUT', 'no answer');
    };
    const parts = { clock, cache, log: silentLog, files: new PhoneFiles(aFolder()), carried: cloud };
    const one = phoneDoorOf(door, String);
    const doors = [one, { ...one, doorId: `door_${'b'.repeat(26)}` }];
    const known = { deliveries } as unknown as Known;
    const next = await fetchAhead(parts as unknown as PhoneParts, known, doors);
    expect([next.deliveries, cloud.calls]).toEqual([deliveries, ['startDelivery']]);
  });

  it('is kept for the next time where a sync came to nothing', async () => {
    const [cloud, clock] = [new FakeCloud(), new VirtualClock()];
    const cache = new PackageCache(join(aFolder(), 'packages'), nodeEngine);
    cloud.add('4B', lock, aSignedSet({ lock, tableVersion: 7, rows: 3 }));
    const deliveries = { [door.doorId]: await cloud.startDelivery(door.doorId) };
    const files = new PhoneFiles(aFolder());
    files.nextKey(seededRandom(1));
    files.takeUpNextKey();
    const rest = { zones: {}, properties: [], codes: [], handles: {} };
    const known = {
      format: 1,
      cloud: cloud.baseUrl,
      email: 'a@example.com',
      asOfS: 1,
      isRegistered: true,
    } as const;
    files.keepKnown({ ...known, ...rest, doors: [door], deliveries });
    const journal = await Journal.open(files.folder);
    const made = {
      engine: nodeEngine,
      clock,
      random: seededRandom(2),
      log: silentLog,
      files,
      cache,
      journal,
    };
    const parts = { ...made, carried: cloud, signal: AbortSignal.abort() } as unknown as AirParts;
    const end = await syncDoor(parts, phoneDoorOf(door, String), () => undefined);
    await journal.close();
    expect(end).toMatchObject({ result: 'failed', error: { code: 'INTERRUPTED' } });
    expect(files.known()).toMatchObject({ doors: [{ syncNeeded: true }], deliveries });
  });
});
