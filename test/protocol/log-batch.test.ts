// Batches of event rows against whoever carries them: flipped, cut, dropped, reordered, played again, sealed or
// signed for another.
import { describe, expect, it } from 'vitest';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import { CONTROL_MESSAGE_MAX_BYTES, LOG_BATCH_ROWS_MAX_BYTES } from '#protocol/limits.ts';
import { joinLog, unexplainedLosses, type LogVerdict } from '#protocol/log/join.ts';
import { NO_LOG, packedBytes, packRows, unpackRows, type LogHead, type LogRow } from '#protocol/log/row.ts';
import { parseSign1 } from '#protocol/signed/cose.ts';
import { signLogAck, verifyLogAck } from '#protocol/signed/log-ack.ts';
import { openLogBatch, peekLogBatch, type OpenedLogBatch } from '#protocol/signed/log-batch.ts';
import { aKeySet } from '../builders/key-set.ts';
import { aLock } from '../builders/lock.ts';
import { aLogBatch, anEntry, anOpening, chainRows, someRows } from '../builders/log.ts';
import { codeOf } from './refusal.ts';

const lock = aLock();
const keySet = aKeySet();
const rows = someRows(6);
const bytes = aLogBatch({ rows });
const open = (input: Uint8Array, opening = anOpening()): OpenedLogBatch =>
  openLogBatch(engine, input, opening);
const codeFor = (broken: readonly LogRow[], over = {}): string | undefined =>
  codeOf(() => open(aLogBatch({ rows: broken, ...over })));

describe('a batch', () => {
  it('opens to the rows that went in, with the chain of each', () => {
    expect(open(bytes)).toEqual({ from: 1, to: 6, isLast: true, rows });
    expect(peekLogBatch(bytes, lock.lockId)).toEqual({ from: 1, to: 6, isLast: true });
  });

  it('without rows says that there are none from that number on', () => {
    expect(open(aLogBatch({ rows: [], from: 7 }))).toEqual({ from: 7, to: 6, isLast: true, rows: [] });
  });

  it('refuses at every flipped bit and at every cut', () => {
    for (let bit = 0; bit < bytes.length * 8; bit += 3) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(
        codeOf(() => open(flipped)),
        `bit ${bit}`,
      ).toBeDefined();
    }
    for (let length = 0; length < bytes.length; length += 7) {
      expect(
        codeOf(() => open(bytes.subarray(0, length))),
        `cut at ${length}`,
      ).toBeDefined();
    }
  });

  const [one, two, three, four] = rows as [LogRow, LogRow, LogRow, LogRow];
  const edited: LogRow = { ...two, data: anEntry({ type: 'tampered' }).data };
  it.each<[string, readonly LogRow[], object, string]>([
    ['a row dropped', [one, three], {}, 'BAD_CHAIN'],
    ['a row changed', [one, edited, three], {}, 'BAD_CHAIN'],
    ['another boot', [one, { ...two, bootCount: 2 }, three], {}, 'BAD_CHAIN'],
    ['another time', [one, { ...two, timeS: 1 }, three], {}, 'BAD_CHAIN'],
    ['another trust', [one, { ...two, clockTrust: 'lost' }, three], {}, 'BAD_CHAIN'],
    ['two rows changed about', [one, three, two, four], {}, 'NOT_SORTED'],
    ['a row twice', [one, two, two, four], {}, 'NOT_SORTED'],
    ['numbers changed about', [one, { ...three, sequence: 2 }, { ...two, sequence: 3 }], {}, 'BAD_CHAIN'],
    ['a row below its beginning', [one, two], { from: 2 }, 'OUT_OF_RANGE'],
  ])('by a lock that itself has %s is refused', (_, broken, over, code) => {
    expect(codeFor(broken, over)).toBe(code);
  });

  it('is refused for another lock, from another, and where it is another object', () => {
    const back = aLock({ name: 'back' });
    expect(codeOf(() => open(bytes, anOpening(back)))).toBe('WRONG_AUDIENCE');
    const identityKey = back.identity.publicKey;
    expect(codeOf(() => open(bytes, { ...anOpening(), identityKey }))).toBe('UNKNOWN_KEY');
    const ack = signLogAck(engine, lock.identity, lock.lockId, {
      format: 1,
      upToSequence: 6,
      chain: rows[5]!.chain,
    });
    expect(codeOf(() => open(ack))).toBe('WRONG_ROLE');
  });

  it('opens by the log key of the key set that it names, past ones too, and by no other', () => {
    const later = aKeySet({ number: 2 });
    const rotated = aLogBatch({ rows }, { keySet: later });
    expect(open(rotated, anOpening(lock, [keySet, later])).rows).toEqual(rows);
    expect(open(bytes, anOpening(lock, [keySet, later])).rows).toEqual(rows);
    expect(codeOf(() => open(rotated))).toBe('UNKNOWN_KEY');
    const wrongSecret = { ...anOpening(), logSecretOf: () => later.logSecret };
    expect(codeOf(() => open(bytes, wrongSecret))).toBe('BAD_SEAL');
  });

  it('shows nothing of a row in the clear, and is sealed anew each time', () => {
    const again = aLogBatch({ rows }, { ephemeralSecret: new Uint8Array(32).fill(8) });
    const payload = (input: Uint8Array): Uint8Array =>
      parseSign1(input, 4_096, 'log-batch', lock.lockId).payload;
    const tails = [bytes, again].map((input) => Buffer.from(payload(input)).subarray(-40).toString('hex'));
    expect(tails[0]).not.toBe(tails[1]);
    const packed = Buffer.from(packRows(rows));
    for (let at = 0; at + 8 < packed.length; at += 4) {
      expect(Buffer.from(bytes).includes(packed.subarray(at, at + 8))).toBe(false);
    }
    expect(open(again)).toEqual(open(bytes));
  });

  it('fits a control message at its longest, whatever its numbers', () => {
    const longest = anEntry({ type: 'tampered' }, { data: new Uint8Array(58).fill(1) });
    const count = Math.floor(LOG_BATCH_ROWS_MAX_BYTES / packedBytes(longest));
    const before = { sequence: 0xffff_ff00, chain: NO_LOG.chain };
    const full = chainRows(
      Array.from({ length: count }, () => longest),
      { before },
    );
    expect(packRows(full)).toHaveLength(LOG_BATCH_ROWS_MAX_BYTES);
    const message = aLogBatch({ rows: full }, { keySet: aKeySet({ number: 0xffff_ffff }) });
    expect(message.length).toBeLessThanOrEqual(CONTROL_MESSAGE_MAX_BYTES);
    expect(() => aLogBatch({ rows: [...full, ...chainRows([longest], { before: full.at(-1)! })] })).toThrow();
  });

  it('is parsed to the end and no further', () => {
    const packed = packRows(rows);
    expect(codeOf(() => unpackRows(packed, 5))).toBe('TRAILING_BYTES');
    expect(codeOf(() => unpackRows(packed, 7))).toBe('TRUNCATED');
    expect(codeOf(() => unpackRows(packed.subarray(0, -1), 6))).toBe('OUT_OF_RANGE');
    packed[13] = 0xff;
    expect(codeOf(() => unpackRows(packed, 6))).toBe('OUT_OF_RANGE');
  });
});

describe('an acknowledgement', () => {
  const ack = { format: 1 as const, upToSequence: 6, chain: rows[5]!.chain };
  const signed = signLogAck(engine, keySet.time, lock.lockId, ack);

  it('is the time key’s word for one row of one lock', () => {
    expect(verifyLogAck(engine, signed, lock.lockId, keySet.time.publicKey)).toEqual(ack);
    const verify = (id = lock.lockId, key = keySet.time.publicKey): unknown =>
      verifyLogAck(engine, signed, id, key);
    expect(codeOf(() => verify(aLock({ name: 'back' }).lockId))).toBe('WRONG_AUDIENCE');
    expect(codeOf(() => verify(lock.lockId, keySet.table.publicKey))).toBe('UNKNOWN_KEY');
    const none = { ...ack, upToSequence: 0 };
    expect(codeOf(() => signLogAck(engine, keySet.time, lock.lockId, none))).toBe('OUT_OF_RANGE');
  });
});

describe('the log that the cloud holds', () => {
  const [first, second, third] = [rows.slice(0, 2), rows.slice(2, 4), rows.slice(4)];
  const batch = (of: readonly LogRow[], over = {}): OpenedLogBatch => open(aLogBatch({ rows: of, ...over }));
  const headOf = (of: readonly LogRow[]): LogHead => of.at(-1)!;
  const join = (known: LogHead | undefined, opened: OpenedLogBatch): LogVerdict =>
    joinLog(engine, known, opened);

  it('grows batch by batch, and knows each again', () => {
    let known: LogHead | undefined;
    for (const part of [first, second, third]) {
      const verdict = join(known, batch(part));
      expect(verdict).toMatchObject({ verdict: 'continues', rows: part, lost: [] });
      known = headOf(part);
      expect(join(known, batch(part))).toEqual({ verdict: 'known' });
    }
    expect(join(known, batch(first))).toEqual({ verdict: 'known' });
    expect(join(headOf(first), batch(rows))).toMatchObject({ verdict: 'continues', rows: rows.slice(2) });
    expect(join(known, batch([], { from: 7 }))).toEqual({ verdict: 'known' });
  });

  it('takes what comes first for the beginning where nothing is held', () => {
    expect(join(undefined, batch(second))).toMatchObject({ verdict: 'continues', lost: [] });
    expect(join(NO_LOG, batch(second))).toEqual({ verdict: 'missing', from: 1, to: 2 });
  });

  it('notices a batch that was withheld, and two that were changed about', () => {
    expect(join(headOf(first), batch(third))).toEqual({ verdict: 'missing', from: 3, to: 4 });
    expect(join(NO_LOG, batch(third))).toEqual({ verdict: 'missing', from: 1, to: 4 });
    expect(join(headOf(first), batch([], { from: 7 }))).toEqual({ verdict: 'missing', from: 3, to: 6 });
  });

  it('notices another history of the same numbers', () => {
    const other = chainRows(Array.from({ length: 6 }, () => anEntry({ type: 'tampered' })));
    expect(join(headOf(first), batch(other.slice(2)))).toEqual({ verdict: 'contradicts', sequence: 3 });
    expect(join(headOf(first), batch(other))).toEqual({ verdict: 'contradicts', sequence: 2 });
    expect(join(headOf(first), batch(other.slice(0, 2)))).toEqual({ verdict: 'contradicts', sequence: 2 });
    const without = someRows(5, { skip: [2] });
    expect(join(headOf(first), batch(without))).toEqual({ verdict: 'contradicts', sequence: 3 });
  });

  it('believes a lock that lost a row it had told of only where a gap row says so', () => {
    const [one] = first as [LogRow];
    const gap = (from: number): LogRow[] =>
      chainRows([anEntry({ type: 'gap', from, to: 2, reasons: 2 })], { before: one, skip: [2] });
    for (const over of [{ from: 3 }, { from: 1 }]) {
      const told = over.from === 1 ? [one] : [];
      const verdict = join(headOf(first), batch([...told, ...gap(2)], over));
      expect(verdict).toMatchObject({ verdict: 'continues', head: { sequence: 3 }, lost: [] });
      const silent = join(headOf(first), batch([...told, ...gap(3)], over));
      expect(silent).toEqual({ verdict: 'contradicts', sequence: 3 });
    }
  });

  it('names rows that are lost, and those that no gap row explains', () => {
    const gap = anEntry({ type: 'gap', from: 3, to: 9, reasons: 2 });
    const before = { ...headOf(first), sequence: 9 };
    const explained = chainRows([gap, anEntry({ type: 'tampered' })], { before });
    const lost = [{ from: 3, to: 9 }];
    expect(join(headOf(first), batch(explained, { from: 3 }))).toMatchObject({
      verdict: 'continues',
      lost,
      head: { sequence: 11 },
    });
    expect(unexplainedLosses(lost, explained)).toEqual([]);
    expect(unexplainedLosses([{ from: 1, to: 20 }], explained)).toEqual([
      { from: 1, to: 2 },
      { from: 10, to: 20 },
    ]);
    const torn = chainRows([anEntry({ type: 'tampered' }), anEntry({ type: 'tampered' })], {
      before: headOf(first),
      skip: [4],
    });
    expect(join(headOf(first), batch(torn))).toMatchObject({
      verdict: 'continues',
      lost: [{ from: 4, to: 4 }],
    });
    expect(unexplainedLosses([{ from: 4, to: 4 }], torn)).toEqual([{ from: 4, to: 4 }]);
  });
});
