// The secured channel at the lock: what a phone's commands do, each by the table in force then.
import { describe, expect, it } from 'vitest';
import { CHANNEL } from '#protocol/sync/gatt.ts';
import { LOCKOUT_PROFILES } from '#lock-sim/access/lockout.ts';
import { StorageError } from '#lock-sim/storage/storage-error.ts';
import { bench, boltOf, code, CODE, joined, openings, own, setOf } from './channel-rig.ts';
import { HandCourier } from './hand-courier.ts';
import { anAppRow, HandPhone } from './hand-phone.ts';
import { built, deactivate } from './owned-bench.ts';

describe('a phone whose row is live', () => {
  it('opens the door, and the row of it stands in the log under its credential', async () => {
    const made = await bench();
    const phone = HandPhone.opened(made);
    expect(boltOf(made)).toBe('locked');
    expect(phone.command('unlock')).toMatchObject({
      number: 1,
      outcome: 'done',
      reason: 'OPENED',
      state: { bolt: 'unlocked', opensFromOutside: false, clockTrust: 'trusted', firmware: 1 },
    });
    made.clock.advance(2_000);
    expect(made.lock.hands.state()).toMatchObject({ bolt: 'unlocked', opensFromOutside: true });
    expect(openings(made)).toBe(1);
    expect(phone.command('status')?.state).toMatchObject({
      bolt: 'unlocked',
      opensFromOutside: true,
      triple: { ownershipEpoch: 1, keyEpoch: 1, tableVersion: 1 },
    });
  });

  it.each(['motor-deadbolt', 'thumbturn-deadbolt', 'mortise', 'reader'] as const)(
    'opens a %s',
    async (profile) => {
      const made = await bench(undefined, { profile });
      expect(HandPhone.opened(made).command('unlock')?.outcome).toBe('done');
      made.clock.advance(2_000);
      expect(made.lock.hands.state()?.opensFromOutside).toBe(true);
    },
  );

  it('opens once for one command, however often that is said', async () => {
    const made = await bench();
    const phone = HandPhone.opened(made);
    const first = phone.command('unlock', 5);
    const again = phone.command('unlock', 5);
    expect(again).toEqual(first);
    expect(openings(made)).toBe(1);
    expect(phone.command('unlock', 6)?.outcome).toBe('done');
    expect(openings(made)).toBe(2);
  });

  it('is told its first answer also where it subscribes only after its first message', async () => {
    const made = await bench();
    const phone = new HandPhone(made);
    phone.open();
    expect(phone.heard).toEqual([]);
    phone.link.subscribe(CHANNEL);
    phone.finish();
    expect(phone.command('unlock')?.outcome).toBe('done');
  });

  it('opens over the smallest MTU', async () => {
    const made = await bench();
    expect(HandPhone.opened(made, { mtu: 23 }).command('unlock')?.outcome).toBe('done');
  });

  it('opens while a Door Sync is on its way on the same connection, and that goes on', async () => {
    const made = await bench();
    const courier = HandCourier.greeted(made);
    const next = setOf(2, [code, own, anAppRow(built, 'other', 8)]);
    courier.offer(next);
    courier.frame(0);
    const phone = HandPhone.opened(made, { link: courier.link });
    expect(phone.command('unlock')?.outcome).toBe('done');
    expect(courier.deliver(next, 2)?.triple.tableVersion).toBe(2);
    expect(phone.command('status')?.state?.triple.tableVersion).toBe(2);
  });

  it('is not held by a lockout, and ends one in the profile igloohome alone', async () => {
    for (const profile of LOCKOUT_PROFILES) {
      const made = await bench(setOf(1, [code, own], profile));
      for (let n = 0; n < 10; n++) made.lock.press('9999999');
      expect(made.lock.press(CODE)?.reason).toBe('LOCKED_OUT');
      expect(HandPhone.opened(made).command('unlock')?.outcome).toBe('done');
      expect(made.lock.press(CODE)?.outcome).toBe(profile === 'igloohome' ? 'open' : 'refused');
    }
  });

  it('never counts as a guess', async () => {
    const made = await bench();
    const phone = HandPhone.opened(made, { name: 'stranger' });
    for (let n = 0; n < 20; n++) expect(phone.command('unlock')?.outcome).toBe('refused');
    expect(made.lock.press(CODE)?.outcome).toBe('open');
  });
});

describe('an app unlock on flash and power that fail', () => {
  it('opens nothing whose row can’t be kept, and says so; the next one does', async () => {
    const made = await bench();
    const phone = HandPhone.opened(made);
    const { events } = made.lock.firmware!.storage;
    const append = events.append.bind(events);
    events.append = () => {
      throw new StorageError('FLASH_WORN', 'worn');
    };
    expect(phone.command('unlock')).toMatchObject({ outcome: 'failed', reason: null, state: null });
    expect([boltOf(made), made.lock.takeFailure()?.code]).toEqual(['locked', 'FLASH_WORN']);
    events.append = append;
    expect(phone.command('unlock')?.outcome).toBe('done');
  });

  it.each(['before', 'after'] as const)(
    'cut %s any of its operations gives no answer but a true one, and opens the next time',
    async (kind) => {
      const set = setOf(1, [code, own], 'igloohome');
      for (let cut = 0; ; cut++) {
        const made = await bench(set);
        for (let n = 0; n < 5; n++) made.lock.press('9999999');
        const phone = HandPhone.opened(made);
        made.lock.planCut(cut, { kind });
        const answer = phone.command('unlock');
        if (made.lock.isPowered) {
          expect(answer?.outcome).toBe('done');
          expect(cut).toBeGreaterThan(1);
          return;
        }
        expect([answer, made.lock.hardware.body.bolt], `cut at ${cut}`).toEqual([undefined, 'extended']);
        made.lock.restorePower();
        made.clock.advance(1);
        expect(phone.link.connected).toBe(false);
        expect(HandPhone.opened(made).command('unlock')?.outcome).toBe('done');
      }
    },
  );
});

describe('each command is decided by the table in force then', () => {
  it('a revocation that is synced while the channel is open takes effect at once', async () => {
    const made = await bench();
    const phone = HandPhone.opened(made);
    expect(phone.command('unlock')?.outcome).toBe('done');
    const courier = HandCourier.greeted({ ...made, radio: joined(made, phone) });
    courier.deliver(setOf(2, [code]));
    expect(phone.command('unlock')).toMatchObject({
      outcome: 'refused',
      reason: 'UNKNOWN_CREDENTIAL',
      state: null,
    });
    expect(phone.command('status')).toMatchObject({ outcome: 'refused', state: null });
    expect(openings(made)).toBe(1);
  });

  it('so does a deactivation, and nobody opens a channel after it', async () => {
    const made = await bench();
    const phone = HandPhone.opened(made);
    deactivate(made, 2, HandCourier.greeted({ ...made, radio: joined(made, phone) }));
    expect(phone.command('unlock')).toMatchObject({ outcome: 'refused', reason: 'NO_TABLE', state: null });
    phone.leave();
    for (const ownershipEpoch of [1, 2]) {
      const late = HandPhone.opened(made, { ownershipEpoch });
      expect(late.refusals).toEqual(['HANDSHAKE_FAILED']);
      late.leave();
    }
  });

  it('tells a phone outside its hours how the door is, and one that is over or unknown nothing', async () => {
    const endS = 1_000;
    const rows = [code, own, anAppRow(built, 'over', 8, { startS: 0, endS })];
    rows.push(anAppRow(built, 'future', 9, { startS: 4_000_000_000 }));
    const made = await bench(setOf(1, rows));
    const asks = (name: string) => {
      const phone = HandPhone.opened(made, { name });
      const answers = [phone.command('unlock'), phone.command('status')];
      phone.leave();
      return answers;
    };
    expect(asks('future')).toMatchObject([
      { outcome: 'refused', reason: 'NOT_YET', state: { bolt: 'locked' } },
      { outcome: 'done', reason: 'NOT_YET' },
    ]);
    expect(asks('over')[1]).toMatchObject({ outcome: 'refused', reason: 'EXPIRED', state: null });
    expect(asks('stranger')).toMatchObject([
      { outcome: 'refused', reason: 'UNKNOWN_CREDENTIAL', state: null },
      { outcome: 'refused', reason: 'UNKNOWN_CREDENTIAL', state: null },
    ]);
    expect(openings(made)).toBe(0);
  });

  it('says so where there is no charge to move anything', async () => {
    const made = await bench();
    made.lock.hands.setBattery(0);
    expect(HandPhone.opened(made).command('unlock')).toMatchObject({ outcome: 'cannot-move', reason: null });
    expect(openings(made)).toBe(0);
  });
});
