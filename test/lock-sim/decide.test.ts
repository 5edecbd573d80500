// The decision at the door as a table: row, time and clock in, one outcome and one reason out.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appVerifier, doorcodeVerifier } from '#protocol/table/verifier.ts';
import { firstVerifier, packTable } from '#protocol/table/chunks.ts';
import { decodeHead, type Head } from '#protocol/table/head.ts';
import { NO_END, type Row } from '#protocol/table/rows.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { attemptOf } from '#lock-sim/access/attempt.ts';
import { decide } from '#lock-sim/access/decide.ts';
import type { TableView } from '#lock-sim/access/decision.ts';
import { TableIndex } from '#lock-sim/storage/active-table.ts';
import { aLock } from '#test/builders/lock.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import { aLockState } from '#test/builders/lock-state.ts';
import { secureContentsOf } from '#test/builders/running-lock.ts';
import { holds } from '#test/builders/seeded-property.ts';
import { aDoorcodeRow, aSignedSet, doorcodes } from '#test/builders/signed-set.ts';

const lock = aLock();
const SECRETS = secureContentsOf(lock, aKeySet());
const NOW_S = 1_000_000;
const NOW = aLockState({ nowS: NOW_S });

function tableOf(rows: number | readonly Row[], head: Partial<Head> = {}): TableView & { opened: number[] } {
  const set = aSignedSet({ lock, rows, head, tableVersion: 7 });
  const chunks = packTable(set.headBytes, set.rows);
  const index = new TableIndex(chunks.slice(1).map(firstVerifier));
  const opened: number[] = [];
  return {
    tableVersion: 7,
    head: decodeHead(set.headBytes),
    findChunk: (verifier) => index.findChunk(verifier),
    openChunk(index) {
      opened.push(index);
      return chunks[index];
    },
    opened,
  };
}

const code = (digits: string) => ({
  kind: 'doorcode' as const,
  verifier: doorcodeVerifier(nodeEngine, lock.secrets.credentialKey, lock.doorId, digits),
});

describe('an access decision', () => {
  it('opens for every doorcode of the table and for no other, opening exactly one chunk each time', () => {
    const table = tableOf(700);
    for (const digits of doorcodes(700)) {
      table.opened.length = 0;
      expect(decide(table, code(digits), NOW)).toMatchObject({
        outcome: 'open',
        reason: 'OPENED',
        tableVersion: 7,
      });
      expect(table.opened).toHaveLength(1);
    }
    for (let i = 0; i < 500; i++) {
      table.opened.length = 0;
      expect(decide(table, code(String(9_000_000 + i)), NOW).reason).toBe('UNKNOWN_CREDENTIAL');
      expect(table.opened.length).toBeLessThanOrEqual(1);
    }
  });

  it('refuses where there is no table, and where the chunk does not open', () => {
    expect(decide(undefined, code('1000001'), NOW).reason).toBe('NO_TABLE');
    const damaged = { ...tableOf(3), openChunk: () => undefined };
    expect(decide(damaged, code('1000001'), NOW)).toMatchObject({
      outcome: 'refused',
      reason: 'TABLE_DAMAGED',
    });
  });

  it('refuses everything where the table has no rows', () => {
    expect(decide(tableOf(0), code('1000001'), NOW).reason).toBe('UNKNOWN_CREDENTIAL');
  });

  it.each([
    ['before its start', { startS: NOW_S + 1 }, 'NOT_YET'],
    ['at its start', { startS: NOW_S }, 'OPENED'],
    ['just before its end', { endS: NOW_S + 1 }, 'OPENED'],
    ['at its end', { endS: NOW_S }, 'EXPIRED'],
    ['after its end', { endS: NOW_S - 1 }, 'EXPIRED'],
    ['with a schedule that its table does not have', { schedule: 1 }, 'OUT_OF_SCHEDULE'],
    ['without bounds', { startS: 0, endS: NO_END }, 'OPENED'],
  ])('judges a row %s', (_, over, reason) => {
    const table = tableOf([aDoorcodeRow(lock, '1234567', 1, over)]);
    expect(decide(table, code('1234567'), NOW).reason).toBe(reason);
  });

  it('refuses what is bound to a time while the clock is lost, and opens what is not', () => {
    const lost = aLockState({ nowS: 0, trust: 'lost' });
    const bound = tableOf([aDoorcodeRow(lock, '1234567', 1, { endS: 2_000_000 })]);
    expect(decide(bound, code('1234567'), lost).reason).toBe('CLOCK_UNTRUSTED');
    expect(decide(tableOf(1), code('1000001'), lost).reason).toBe('OPENED');
  });

  it('opens by any live row of equal verifiers', () => {
    const rows = [
      aDoorcodeRow(lock, '1234567', 1, { endS: 5 }),
      aDoorcodeRow(lock, '1234567', 2),
      aDoorcodeRow(lock, '1234567', 3, { startS: NOW_S + 5 }),
    ];
    const decision = decide(tableOf(rows), code('1234567'), NOW);
    expect(decision.row?.credentialId).toBe(2);
  });

  it('never takes a row of one kind for another', () => {
    const verifier = appVerifier(nodeEngine, new Uint8Array(32).fill(9));
    const table = tableOf([{ ...aDoorcodeRow(lock, '1234567', 1), verifier, kind: 'app' }]);
    expect(decide(table, { kind: 'doorcode', verifier }, NOW).reason).toBe('UNKNOWN_CREDENTIAL');
    expect(decide(table, { kind: 'app', verifier }, NOW).reason).toBe('OPENED');
  });

  it('takes a guest like anybody else, and says which row it was', () => {
    const guest = tableOf([aDoorcodeRow(lock, '4711', 8, { isGuest: true })]);
    expect(decide(guest, code('4711'), NOW)).toMatchObject({ outcome: 'open', row: { isGuest: true } });
  });

  it('opens for keycards and phones by their rows', () => {
    const cardBytes = Uint8Array.of(4, 1, 2, 3, 4, 5, 6);
    const phoneKey = new Uint8Array(32).fill(7);
    const card = attemptOf(nodeEngine, SECRETS, { kind: 'card', cardBytes });
    const phone = attemptOf(nodeEngine, SECRETS, { kind: 'phone', phoneKey });
    const row = aDoorcodeRow(lock, '1234567', 1);
    const table = tableOf([
      { ...row, kind: 'keycard', credentialId: 2, verifier: card.verifier! },
      { ...row, kind: 'app', credentialId: 3, verifier: phone.verifier!, endS: NOW_S },
    ]);
    expect(decide(table, card, NOW)).toMatchObject({
      outcome: 'open',
      credential: { kind: 'keycard', id: 2 },
    });
    expect(decide(table, phone, NOW)).toMatchObject({
      reason: 'EXPIRED',
      credential: { kind: 'app', id: 3 },
    });
    const other = attemptOf(nodeEngine, SECRETS, { kind: 'card', cardBytes: cardBytes.slice(1) });
    expect(decide(table, other, NOW)).toMatchObject({ reason: 'UNKNOWN_CREDENTIAL', isGuess: false });
  });

  it.each([
    ['no digits', { kind: 'code', digits: '' }],
    ['three digits', { kind: 'code', digits: '123' }],
    ['eight digits', { kind: 'code', digits: '12345678' }],
    ['sixteen digits', { kind: 'code', digits: '1234567812345678' }],
    ['letters', { kind: 'code', digits: '12a4' }],
    ['digits of another script', { kind: 'code', digits: '١٢٣٤' }],
    ['a card of no bytes', { kind: 'card', cardBytes: new Uint8Array(0) }],
    ['a card of too many bytes', { kind: 'card', cardBytes: new Uint8Array(33) }],
    ['a phone key of another length', { kind: 'phone', phoneKey: new Uint8Array(31) }],
  ] as const)('refuses %s as no credential at all, and opens no chunk for it', (_, presented) => {
    const table = tableOf(3);
    const decision = decide(table, attemptOf(nodeEngine, SECRETS, presented), NOW);
    expect(decision).toMatchObject({ outcome: 'refused', reason: 'MALFORMED', isGuess: false });
    expect(table.opened).toEqual([]);
  });

  it('refuses doorcodes in a lockout without a look at the table; cards and phones are not held', () => {
    const locked = aLockState({ nowS: NOW_S, lockout: { failures: 7, remainingS: 59 } });
    const table = tableOf(3);
    for (const digits of ['1000001', '7654321']) {
      expect(decide(table, code(digits), locked)).toMatchObject({ reason: 'LOCKED_OUT', isGuess: false });
    }
    expect(table.opened).toEqual([]);
    const verifier = appVerifier(nodeEngine, new Uint8Array(32).fill(9));
    const others = (['app', 'keycard'] as const).map((kind, i) => ({
      ...aDoorcodeRow(lock, '1234567', i),
      verifier: verifier.map((byte) => byte ^ i),
      kind,
    }));
    for (const { kind, verifier: shown } of others) {
      expect(decide(tableOf(others), { kind, verifier: shown }, locked).outcome).toBe('open');
    }
  });
});

describe('a refusal', () => {
  const OPEN_NEVER = { schedules: [[{ days: 128, startMinute: 0, endMinute: 1_439 }]] };
  const expired = { endS: NOW_S };
  const notYet = { startS: NOW_S + 5 };
  const scheduled = { schedule: 1 };

  it.each([
    ['schedule before start', [expired, notYet, scheduled], 'OUT_OF_SCHEDULE', 3],
    ['start before end', [expired, notYet], 'NOT_YET', 2],
    ['the soonest start', [{ startS: NOW_S + 9 }, notYet, { startS: NOW_S + 7 }], 'NOT_YET', 2],
    ['the latest end', [{ endS: 3 }, { endS: NOW_S - 1 }, { endS: 9 }], 'EXPIRED', 2],
  ])('of several rows names the nearest: %s', (_, rows, reason, credentialId) => {
    const table = tableOf(
      rows.map((over, i) => aDoorcodeRow(lock, '1234567', i + 1, over)),
      OPEN_NEVER,
    );
    expect(decide(table, code('1234567'), NOW)).toMatchObject({ reason, row: { credentialId } });
  });

  it.each([
    ['a start at the floor is no bound', { startS: 500 }, 'OPENED'],
    ['a start above the floor is one', { startS: 501 }, 'CLOCK_UNTRUSTED'],
    ['an end is one', { endS: 501 }, 'CLOCK_UNTRUSTED'],
    ['an end at the floor has passed for sure', { endS: 500 }, 'EXPIRED'],
    ['a schedule is one', scheduled, 'CLOCK_UNTRUSTED'],
  ])('without a clock: %s', (_, over, reason) => {
    const table = tableOf([aDoorcodeRow(lock, '1234567', 1, over)], OPEN_NEVER);
    for (const nowS of [0, 499, 0xffff_ffff]) {
      const lost = aLockState({ nowS, trust: 'lost', clockFloorS: 500 });
      expect(decide(table, code('1234567'), lost).reason).toBe(reason);
    }
  });

  it('without a head is for what needs one alone', () => {
    const rows = [aDoorcodeRow(lock, '1234567', 1, scheduled), aDoorcodeRow(lock, '4711', 2)];
    const table = { ...tableOf(rows, OPEN_NEVER), head: undefined };
    expect(decide(table, code('1234567'), NOW).reason).toBe('TABLE_DAMAGED');
    expect(decide(table, code('4711'), NOW).outcome).toBe('open');
  });

  it('says in one sentence what it was, and carries what it was made from', () => {
    const table = tableOf([aDoorcodeRow(lock, '1234567', 42, scheduled)], OPEN_NEVER);
    expect(decide(table, code('1234567'), NOW)).toMatchObject({
      sentence: 'Credential 42 of table version 7 has schedule 1, which is closed on Monday 13:46.',
      credential: { kind: 'doorcode', id: 42 },
      schedule: 1,
      tableVersion: 7,
      clock: { nowS: NOW_S, trust: 'trusted', uncertaintyS: 0 },
      lockout: { failures: 0, remainingS: 0 },
    });
    const yet = tableOf([aDoorcodeRow(lock, '1234567', 42, { startS: NOW_S + 7_300 })]);
    expect(decide(yet, code('1234567'), NOW).sentence).toMatch(/begins 2 h from now\.$/);
  });
});

describe('any decision', () => {
  const bound = fc.constantFrom(0, NOW_S - 60, NOW_S - 1, NOW_S, NOW_S + 1, NOW_S + 60);
  const aRow = fc.record({
    code: fc.constantFrom('4711', '4712', '1234567'),
    startS: bound,
    endS: fc.oneof(bound, fc.constant(NO_END)),
    schedule: fc.constantFrom(0, 0, 1, 2),
  });
  /** Schedule 1 is always open, 2 never. */
  const head = { schedules: [[{ days: 255, startMinute: 0, endMinute: 1_439 }], []] };

  it('opens exactly where a row of that code is live, by a plain reading of all rows', () => {
    const property = fc.property(
      fc.uniqueArray(aRow, { maxLength: 8, selector: (row) => JSON.stringify(row) }),
      fc.constantFrom('4711', '4712', '1234567', '9999'),
      fc.constantFrom('trusted', 'drifting', 'lost'),
      fc.constantFrom(0, NOW_S - 1, NOW_S),
      (rows, digits, trust, clockFloorS) => {
        const table = tableOf(
          rows.map(({ code: own, ...over }, i) => aDoorcodeRow(lock, own, i + 1, over)),
          head,
        );
        const live = rows.some(({ code: own, startS, endS, schedule }) => {
          if (own !== digits) return false;
          if (trust === 'lost') return startS <= clockFloorS && endS === NO_END && schedule === 0;
          return startS <= NOW_S && NOW_S < endS && schedule !== 2;
        });
        const decision = decide(table, code(digits), aLockState({ nowS: NOW_S, trust, clockFloorS }));
        expect(decision.outcome).toBe(live ? 'open' : 'refused');
        expect(decision.isGuess).toBe(!rows.some((row) => row.code === digits));
        expect(decision.row === undefined).toBe(decision.isGuess);
        expect(table.opened.length).toBeLessThanOrEqual(1);
      },
    );
    holds(property, 1_000);
  });
});
