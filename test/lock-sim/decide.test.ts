// The decision at the door as a table: row, time and clock in, one outcome and one reason out.
import { describe, expect, it } from 'vitest';
import { appVerifier, doorcodeVerifier } from '#protocol/table/verifier.ts';
import { firstVerifier, packTable } from '#protocol/table/chunks.ts';
import { decodeHead } from '#protocol/table/head.ts';
import { NO_END, type Row } from '#protocol/table/rows.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { decide } from '#lock-sim/access/decide.ts';
import type { TableView } from '#lock-sim/access/decision.ts';
import { TableIndex } from '#lock-sim/storage/active-table.ts';
import { aLock } from '#test/builders/lock.ts';
import { aLockState } from '#test/builders/lock-state.ts';
import { aDoorcodeRow, aSignedSet, doorcodes } from '#test/builders/signed-set.ts';

const lock = aLock();
const NOW_S = 1_000_000;
const NOW = aLockState({ nowS: NOW_S });

function tableOf(rows: number | readonly Row[]): TableView & { opened: number[] } {
  const set = aSignedSet({ lock, rows, tableVersion: 7 });
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
});
