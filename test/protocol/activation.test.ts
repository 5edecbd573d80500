// Activation: the label names one lock, a statement answers one request, a grant opens for one statement alone.
// Receipts: by one lock, about itself.
import { describe, expect, it } from 'vitest';
import { encodeBase32 } from '#protocol/bytes.ts';
import { formatLabel, labelAdvertisingKey, parseLabel } from '#protocol/label.ts';
import { ACTIVATION_MAX_BYTES, RECEIPT_MAX_BYTES } from '#protocol/limits.ts';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import {
  openGrant,
  requireAnswer,
  signGrant,
  signStatement,
  verifyStatement,
} from '#protocol/signed/activation.ts';
import { compareReceipts, verifyReceipt } from '#protocol/signed/receipt.ts';
import { anActivation } from '../builders/activation.ts';
import { aLock } from '../builders/lock.ts';
import { aReceipt } from '../builders/receipt.ts';
import { ENGINES, everyBitFlip } from './crypto-engines.ts';
import { codeOf } from './refusal.ts';

const activation = anActivation();
const { lock, keySet, verified } = activation;
const other = aLock({ name: 'back' });

const expected = {
  lockId: lock.lockId,
  statementHash: verified.hash,
  tableKey: keySet.table.publicKey,
  sealingSecret: lock.sealingSecret,
};

describe('a label', () => {
  const label = formatLabel(engine, lock.labelHash);

  it('is read whatever its case, spaces and dashes', () => {
    for (const text of [
      label,
      label.toLowerCase(),
      label.replaceAll('-', ' '),
      ` ${label}\n`,
      label.replaceAll('-', ''),
    ]) {
      expect(parseLabel(engine, text)).toEqual(lock.labelHash);
    }
  });

  it('with any one character changed is refused', () => {
    for (let at = 0; at < label.length; at++) {
      if (label[at] === '-') continue;
      const changed = label.slice(0, at) + (label[at] === 'A' ? 'B' : 'A') + label.slice(at + 1);
      expect(codeOf(() => parseLabel(engine, changed))).toBe('BAD_LABEL');
    }
  });

  it.each([
    ['nothing', ''],
    ['a part', label.slice(0, -1)],
    ['a character too many', `${label}A`],
    ['another start', label.replace('DL1', 'DL2')],
    ['the hash without its check', `DL1-${encodeBase32(lock.labelHash)}`],
    ['a dotless i for an I', label.replace(/[A-Z](?=[^A-Z]*$)/, 'ı')],
    ['a book', 'DL1-'.repeat(100_000)],
  ])('that is %s is refused', (_, text) => {
    expect(codeOf(() => parseLabel(engine, text))).toBe('BAD_LABEL');
  });

  it('gives the key by which the lock is known before activation', () => {
    expect(labelAdvertisingKey(engine, lock.labelHash)).not.toEqual(
      labelAdvertisingKey(engine, other.labelHash),
    );
  });
});

describe('a statement', () => {
  it('of another lock than the label’s is refused, before its signature is looked at', () => {
    expect(codeOf(() => verifyStatement(engine, activation.statementBytes, other.labelHash))).toBe(
      'WRONG_AUDIENCE',
    );
  });

  it('with any single bit flipped is refused', () => {
    for (const flipped of everyBitFlip(activation.statementBytes)) {
      expect(codeOf(() => verifyStatement(engine, flipped, lock.labelHash))).toBeDefined();
    }
  });

  it('that names another lock id than its key’s is refused, though it is signed', () => {
    const liar = signStatement(engine, lock.identity, { ...verified.statement, lockId: other.lockId });
    expect(codeOf(() => verifyStatement(engine, liar, lock.labelHash))).toBe('WRONG_AUDIENCE');
  });

  it('signed by another key than the one in it is refused', () => {
    const forged = signStatement(engine, other.identity, verified.statement);
    expect(codeOf(() => verifyStatement(engine, forged, lock.labelHash))).toBe('UNKNOWN_KEY');
  });

  it('answers its own request and no other', () => {
    const { statement } = verified;
    const { request } = activation;
    expect(codeOf(() => requireAnswer(statement, request))).toBeUndefined();
    for (const over of [
      { nonce: new Uint8Array(32) },
      { doorId: other.doorId },
      { ownershipEpoch: 2 },
      { keySetHash: lock.labelHash },
    ]) {
      expect(codeOf(() => requireAnswer(statement, { ...request, ...over }))).toBe('WRONG_AUDIENCE');
    }
  });
});

describe('a grant', () => {
  it.each(ENGINES)('opens for its lock and its statement, with the $name engine', (each) => {
    expect(openGrant(each, activation.grantBytes, expected)).toEqual(lock.secrets);
  });

  it.each([
    ['another lock', { lockId: other.lockId }, 'WRONG_AUDIENCE'],
    ['another statement', { statementHash: lock.labelHash }, 'WRONG_AUDIENCE'],
    ['another sealing key', { sealingSecret: other.sealingSecret }, 'BAD_SEAL'],
    ['another table key', { tableKey: keySet.time.publicKey }, 'UNKNOWN_KEY'],
  ] as const)('does not open for %s', (_, over, code) => {
    expect(codeOf(() => openGrant(engine, activation.grantBytes, { ...expected, ...over }))).toBe(code);
  });

  it('with any single bit flipped does not open', () => {
    for (const flipped of everyBitFlip(activation.grantBytes)) {
      expect(codeOf(() => openGrant(engine, flipped, expected))).toBeDefined();
    }
  });

  it('to a sealing key that gives no secret is not made', () => {
    const weak = { ...verified, statement: { ...verified.statement, sealingKey: new Uint8Array(32) } };
    expect(
      codeOf(() => signGrant(engine, keySet.table, new Uint8Array(32).fill(1), weak, lock.secrets)),
    ).toBe('BAD_SEAL');
  });

  it('and all that goes with it stays well within its limit', () => {
    for (const part of [activation.requestBytes, activation.statementBytes, activation.grantBytes]) {
      expect(part.length).toBeLessThanOrEqual(ACTIVATION_MAX_BYTES / 2);
    }
  });
});

describe('a receipt', () => {
  const { bytes, receipt } = aReceipt({ lock });
  const verify = (input: Uint8Array, by = lock): unknown =>
    verifyReceipt(engine, input, by.lockId, by.identity.publicKey);

  it('counts for the lock that signed it', () => {
    expect(verify(bytes)).toEqual(receipt);
    expect(codeOf(() => verify(bytes, other))).toBe('WRONG_AUDIENCE');
    expect(codeOf(() => verifyReceipt(engine, bytes, lock.lockId, other.identity.publicKey))).toBe(
      'UNKNOWN_KEY',
    );
  });

  it('with any single bit flipped is refused', () => {
    for (const flipped of everyBitFlip(bytes)) expect(codeOf(() => verify(flipped))).toBeDefined();
  });

  it('of an active table names the table', () => {
    expect(codeOf(() => verify(aReceipt({ lock, tableHash: null }).bytes))).toBe('WRONG_TYPE');
    expect(
      codeOf(() => verify(aReceipt({ lock, tableHash: null, tableState: 'none' }).bytes)),
    ).toBeUndefined();
  });

  it('at its largest fits its limit', () => {
    const top = 0xffff_ffff;
    const triple = { ownershipEpoch: top, keyEpoch: top, tableVersion: top };
    const numbers = {
      lockTimeS: top,
      clockUncertaintyS: top,
      bootCount: top,
      firmware: top,
      logSequence: top,
    };
    const largest = aReceipt({ lock, triple, ...numbers, batteryPercent: 100 });
    expect(largest.bytes.length).toBeLessThanOrEqual(RECEIPT_MAX_BYTES);
  });

  it('comes before one of a later boot, and within a boot before one of a longer log', () => {
    const order = [
      { bootCount: 1, logSequence: 900 },
      { bootCount: 2, logSequence: 3 },
      { bootCount: 2, logSequence: 4 },
    ];
    expect([...order].reverse().sort(compareReceipts)).toEqual(order);
  });
});
