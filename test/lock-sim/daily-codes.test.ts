// Daily codes at the lock: derived for the local day slot by slot, behind the permanent ones; bars, burned slots,
// epochs, midnight, privacy, and a clock that is lost.
import { describe, expect, it } from 'vitest';
import { bitmapBytes, setBit } from '#protocol/bitmap.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { firstVerifier, packTable } from '#protocol/table/chunks.ts';
import { dailyCode, dailyEpochKey } from '#protocol/table/daily-code.ts';
import { decodeHead, type Head } from '#protocol/table/head.ts';
import type { Row } from '#protocol/table/rows.ts';
import { attemptOf } from '#lock-sim/access/attempt.ts';
import { decide } from '#lock-sim/access/decide.ts';
import type { BurnedSlots, Decision, LockState, TableView } from '#lock-sim/access/decision.ts';
import { burn, burnAll, UNKNOWN_DAY } from '#lock-sim/access/judge-daily.ts';
import { TableIndex } from '#lock-sim/storage/active-table.ts';
import { aLock } from '#test/builders/lock.ts';
import { aLockState } from '#test/builders/lock-state.ts';
import { secureContentsOf } from '#test/builders/running-lock.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import { aDoorcodeRow, aSignedSet } from '#test/builders/signed-set.ts';

const lock = aLock();
const secrets = secureContentsOf(lock, aKeySet());
/** 2026-03-01T09:00:00Z. */
const NOW_S = 1_772_355_600;
const TODAY = 20_513;
const DAILY = 4;
const SINGLE = 3;

const codeOf = (slot: number, day = TODAY, epoch = 1): string =>
  dailyCode(nodeEngine, dailyEpochKey(nodeEngine, lock.secrets.dailyKey, epoch), lock.doorId, day, slot);

interface DailyOptions {
  readonly epoch?: number;
  readonly dailySlots?: number;
  readonly barred?: readonly number[];
  readonly zone?: Head['zone'];
  readonly rows?: readonly Row[];
}

function tableOf(options: DailyOptions = {}): TableView & { readonly head: Head } {
  const { epoch = 1, dailySlots = DAILY, barred = [], zone = { offsetS: 0, transitions: [] } } = options;
  const bars = new Uint8Array(bitmapBytes(dailySlots + SINGLE));
  for (const slot of barred) setBit(bars, slot);
  const daily = { epoch, dailySlots, singleUseSlots: SINGLE, bars };
  const { rows = [aDoorcodeRow(lock, '1234567', 1)] } = options;
  const set = aSignedSet({ lock, rows, head: { daily, zone } });
  const chunks = packTable(set.headBytes, set.rows);
  const index = new TableIndex(chunks.slice(1).map(firstVerifier));
  return {
    tableVersion: 1,
    head: decodeHead(set.headBytes),
    findChunk: (verifier) => index.findChunk(verifier),
    openChunk: (at) => chunks[at],
  };
}

const enter = (digits: string, options: DailyOptions = {}, state = aLockState({ nowS: NOW_S })): Decision =>
  decide(tableOf(options), attemptOf(nodeEngine, secrets, { kind: 'code', digits }), state);

const burnedState = (burned: Partial<BurnedSlots>, over: Partial<LockState> = {}): LockState =>
  aLockState({
    nowS: NOW_S,
    burned: { ownershipEpoch: 1, dailyEpoch: 1, localDay: TODAY, slots: new Uint8Array(1), ...burned },
    ...over,
  });

describe('a daily code', () => {
  it('opens for every slot of today, and says which kind and slot', () => {
    for (let slot = 0; slot < DAILY + SINGLE; slot++) {
      const kind = slot < DAILY ? 'daily' : 'dailySingleUse';
      expect(enter(codeOf(slot))).toMatchObject({
        outcome: 'open',
        reason: 'OPENED',
        credential: { kind, id: slot },
        row: undefined,
        tableVersion: 1,
        isGuess: false,
      });
    }
  });

  it.each([
    ['of a slot behind the last', codeOf(DAILY + SINGLE)],
    ['of yesterday', codeOf(0, TODAY - 1)],
    ['of tomorrow', codeOf(0, TODAY + 1)],
    ['of another epoch', codeOf(0, TODAY, 2)],
    ['with a digit missing', codeOf(0).slice(1)],
  ])('%s is a guess like any other', (_, digits) => {
    expect(enter(digits)).toMatchObject({ reason: 'UNKNOWN_CREDENTIAL', isGuess: true });
  });

  it('is the code that another implementation of the derivation finds', () => {
    // The message by a buffer's own writes, the remainder by big integers, for 200 slots.
    const key = dailyEpochKey(nodeEngine, lock.secrets.dailyKey, 7);
    for (let slot = 0; slot < 200; slot++) {
      const message = Buffer.concat([Buffer.from('daily'), lock.doorId, Buffer.alloc(6)]);
      message.writeUInt32BE(TODAY, 21);
      message.writeUInt16BE(slot, 25);
      const mac = Buffer.from(nodeEngine.hmacSha256(key, message));
      const digits = String(mac.readBigUInt64BE(0) % 10_000_000n).padStart(7, '0');
      expect(codeOf(slot, TODAY, 7)).toBe(digits);
    }
  });

  it.each([
    ['the last second of the day before', 1_772_319_599, TODAY - 1],
    ['the first second of the day', 1_772_319_600, TODAY],
    ['the last second of the day', 1_772_405_999, TODAY],
    ['the first second of the day after', 1_772_406_000, TODAY + 1],
  ])('is of the local day, here an hour east: %s', (_, nowS, day) => {
    const options = { zone: { offsetS: 3_600, transitions: [] } };
    for (const candidate of [TODAY - 1, TODAY, TODAY + 1]) {
      const { outcome } = enter(codeOf(0, candidate), options, aLockState({ nowS }));
      expect(outcome).toBe(candidate === day ? 'open' : 'refused');
    }
  });

  it('is never one before 1970 or behind the last day', () => {
    const zone = { offsetS: -18_000, transitions: [] };
    expect(enter(codeOf(0), { zone }, aLockState({ nowS: 0 })).reason).toBe('UNKNOWN_CREDENTIAL');
    expect(enter(codeOf(0), { zone }, aLockState({ nowS: 0xffff_ffff })).reason).toBe('UNKNOWN_CREDENTIAL');
  });

  it('is looked for only where no permanent code has its digits, live or not', () => {
    const expired = aDoorcodeRow(lock, codeOf(0), 9, { endS: 5 });
    expect(enter(codeOf(0), { rows: [expired] })).toMatchObject({
      reason: 'EXPIRED',
      row: { credentialId: 9 },
    });
    const live = aDoorcodeRow(lock, codeOf(DAILY), 9);
    expect(enter(codeOf(DAILY), { rows: [live] }).credential).toEqual({ kind: 'doorcode', id: 9 });
  });

  it('is refused where its slot is barred, and only there', () => {
    for (const barred of [0, 3, DAILY, DAILY + SINGLE - 1]) {
      for (let slot = 0; slot < DAILY + SINGLE; slot++) {
        expect(enter(codeOf(slot), { barred: [barred] }).reason).toBe(
          slot === barred ? 'CODE_BARRED' : 'OPENED',
        );
      }
    }
  });

  it('ends with its epoch', () => {
    expect(enter(codeOf(0), { epoch: 2 }).reason).toBe('UNKNOWN_CREDENTIAL');
    expect(enter(codeOf(0, TODAY, 2), { epoch: 2 }).outcome).toBe('open');
  });

  it('needs a clock: without one seven unknown digits are a guess, and the sentence says why', () => {
    const lost = aLockState({ nowS: NOW_S, trust: 'lost' });
    expect(enter(codeOf(0), {}, lost)).toMatchObject({ reason: 'CLOCK_UNTRUSTED', isGuess: true });
    expect(enter('123456', {}, lost)).toMatchObject({ reason: 'UNKNOWN_CREDENTIAL', isGuess: true });
    expect(enter('1234567', {}, lost).outcome).toBe('open');
    expect(enter(codeOf(0), {}, aLockState({ nowS: NOW_S, trust: 'drifting' })).outcome).toBe('open');
  });

  it('does not open behind the privacy deadbolt; a permanent one does', () => {
    const thrown = aLockState({ nowS: NOW_S, privacyThrown: true });
    for (const slot of [0, DAILY]) expect(enter(codeOf(slot), {}, thrown).reason).toBe('PRIVACY');
    expect(enter(codeOf(0), { barred: [0] }, thrown).reason).toBe('CODE_BARRED');
    expect(enter('1234567', {}, thrown).outcome).toBe('open');
  });

  it('is not found without a head', () => {
    const table = { ...tableOf(), head: undefined };
    const attempt = attemptOf(nodeEngine, secrets, { kind: 'code', digits: codeOf(0) });
    expect(decide(table, attempt, aLockState({ nowS: NOW_S })).reason).toBe('UNKNOWN_CREDENTIAL');
  });
});

describe('two slots of one code', () => {
  /** Slots 1, 5 and 6 have the same digits. */
  const collide = (barred: readonly number[], state = aLockState({ nowS: NOW_S })) =>
    decide(
      tableOf({ barred }),
      { kind: 'doorcode', verifier: new Uint8Array(16), isDaily: (_, __, slot) => [1, 5, 6].includes(slot) },
      state,
    );

  it('open by the first that is live, so that nothing is burned in vain', () => {
    expect(collide([]).credential).toEqual({ kind: 'daily', id: 1 });
    expect(collide([1]).credential).toEqual({ kind: 'dailySingleUse', id: 5 });
    const used = burnedState({ slots: Uint8Array.of(1 << 5) });
    expect(collide([1], used).credential).toEqual({ kind: 'dailySingleUse', id: 6 });
    expect(collide([1, 6], used).reason).toBe('CODE_BARRED');
  });
});

describe('a single-use code', () => {
  const SLOT = DAILY + 1;
  const enterUsed = (state: LockState, options: DailyOptions = {}) =>
    enter(codeOf(SLOT, TODAY, options.epoch ?? 1), options, state).reason;
  const used = Uint8Array.of(1 << SLOT);

  it.each<[string, Partial<BurnedSlots>, string]>([
    ['that was used today', { slots: used }, 'CODE_USED'],
    ['while another was used today', { slots: Uint8Array.of(1 << DAILY) }, 'OPENED'],
    ['used yesterday', { slots: used, localDay: TODAY - 1 }, 'OPENED'],
    ['of a day before the one remembered', { slots: new Uint8Array(1), localDay: TODAY + 1 }, 'CODE_USED'],
    ['of an epoch before the one remembered', { dailyEpoch: 2, localDay: TODAY - 9 }, 'CODE_USED'],
    ['of a raised epoch', { slots: used, dailyEpoch: 0 }, 'OPENED'],
    ['of a raised epoch, the day turned back', { slots: used, dailyEpoch: 0, localDay: TODAY + 1 }, 'OPENED'],
    ['of another owner', { slots: used, ownershipEpoch: 0, dailyEpoch: 9 }, 'OPENED'],
    ['of an owner before', { ownershipEpoch: 2 }, 'CODE_USED'],
    ['whose day is not known', { localDay: UNKNOWN_DAY }, 'CODE_USED'],
    ['whose day is not known, of a raised epoch', { localDay: UNKNOWN_DAY, dailyEpoch: 0 }, 'CODE_USED'],
  ])('%s', (_, burned, reason) => {
    expect(enterUsed(burnedState(burned))).toBe(reason);
  });

  it('is burned alone, and stays so', () => {
    const { head } = tableOf();
    let state = burnedState({ localDay: 0 });
    for (const slot of [DAILY + 2, DAILY]) state = { ...state, burned: burn(head, slot, state) };
    const reasons = [DAILY, DAILY + 1, DAILY + 2].map((slot) => enter(codeOf(slot), {}, state).reason);
    expect(reasons).toEqual(['CODE_USED', 'OPENED', 'CODE_USED']);
    expect(enter(codeOf(0), {}, state).outcome).toBe('open');
  });

  it('stays burned under a table with other counts of slots, and is not forgotten by a smaller one', () => {
    const before = tableOf({ dailySlots: 12 }).head;
    const first = burnedState({ localDay: 0 });
    const state = { ...first, burned: burn(before, 13, first) };
    const fewer = { ...state, burned: burn(tableOf().head, DAILY, state) };
    for (const later of [state, fewer]) {
      expect(enter(codeOf(13), { dailySlots: 12 }, later).reason).toBe('CODE_USED');
      expect(enter(codeOf(13), { dailySlots: 11 }, later).reason).toBe('CODE_USED');
      expect(enter(codeOf(12), { dailySlots: 12 }, later).reason).toBe('OPENED');
    }
  });

  it('stays burned where a table of the same epoch makes it a daily one, and no daily code goes with it', () => {
    const { head } = tableOf();
    const first = burnedState({ localDay: 0 });
    const state = { ...first, burned: burn(head, SLOT, first) };
    const more = { dailySlots: DAILY + 2 };
    expect(enter(codeOf(SLOT), more, state).reason).toBe('CODE_USED');
    for (const slot of [0, DAILY - 1, DAILY]) expect(enter(codeOf(slot), more, state).outcome).toBe('open');
    const unknown = { ...first, burned: burnAll(head, burnedState({ localDay: UNKNOWN_DAY })) };
    expect(enter(codeOf(0), {}, unknown).outcome).toBe('open');
    const tomorrow = { ...state, clock: { ...state.clock, nowS: NOW_S + 86_400 } };
    expect(enter(codeOf(SLOT, TODAY + 1), more, tomorrow).outcome).toBe('open');
  });

  it('may all have been used where nobody knows, for that day', () => {
    const { head } = tableOf();
    const state = burnedState({ localDay: UNKNOWN_DAY });
    const known = { ...state, burned: burnAll(head, state) };
    for (let slot = DAILY; slot < DAILY + SINGLE; slot++) {
      expect(enter(codeOf(slot), {}, known).reason).toBe('CODE_USED');
    }
    const tomorrow = { ...known, clock: { ...known.clock, nowS: NOW_S + 86_400 } };
    expect(enter(codeOf(SLOT, TODAY + 1), {}, tomorrow).reason).toBe('OPENED');
  });
});
