// Typed events: every type says what it means, comes back as it went in, keeps its number and has its sentence.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEvent, encodeEvent, type LockEvent } from '#protocol/log/event-fields.ts';
import { describeEvent, describeRow } from '#protocol/log/event-sentence.ts';
import { EVENT_REASONS, EVENT_TYPES, type EventType } from '#protocol/log/event-types.ts';
import { EVENT_DATA_MAX_BYTES } from '#protocol/limits.ts';
import { aDoorId, anU32, anU8, aTriple, anInt } from '../builders/arbitraries.ts';
import { holds } from '../builders/seeded-property.ts';
import { aLock } from '../builders/lock.ts';

const triple = { ownershipEpoch: 1, keyEpoch: 2, tableVersion: 7 };
const decision = { credential: 'doorcode', credentialId: 12, tableVersion: 7 } as const;

/** One of each type. */
const EXAMPLES: { readonly [T in EventType]: Extract<LockEvent, { type: T }> } = {
  gap: { type: 'gap', from: 5, to: 30, reasons: 5 },
  booted: { type: 'booted', triple },
  flashReplaced: { type: 'flashReplaced' },
  tableCommitted: { type: 'tableCommitted', triple },
  opened: { type: 'opened', reason: 'OPENED', ...decision },
  refused: { type: 'refused', reason: 'EXPIRED', ...decision },
  activated: { type: 'activated', doorId: aLock().doorId },
  alarm: { type: 'alarm', code: 'CONFLICT', triple },
  lockedOut: { type: 'lockedOut', failures: 6, seconds: 30, alarm: 1 },
  lockoutEnded: { type: 'lockoutEnded', cause: 'timer' },
  boltJammed: { type: 'boltJammed', tries: 3 },
  doorAjar: { type: 'doorAjar', openSeconds: 60 },
  doorForced: { type: 'doorForced' },
  ajarEnded: { type: 'ajarEnded', openSeconds: 300 },
  batteryLow: { type: 'batteryLow', percent: 14 },
  batteryEmpty: { type: 'batteryEmpty', percent: 0 },
  clockSet: { type: 'clockSet', monotonicS: 9, timeS: 1_800_000_000, uncertaintyS: 2 },
  clockLost: { type: 'clockLost', monotonicS: 0 },
  deactivated: { type: 'deactivated', ownershipEpoch: 2 },
  reset: { type: 'reset', ownershipEpoch: 2 },
  released: { type: 'released', ownershipEpoch: 3 },
  keySetAdopted: { type: 'keySetAdopted', number: 2 },
  firmwareStaged: { type: 'firmwareStaged', firmware: 2 },
  firmwareTrial: { type: 'firmwareTrial', firmware: 2 },
  firmwareConfirmed: { type: 'firmwareConfirmed', firmware: 2 },
  firmwareFellBack: { type: 'firmwareFellBack', from: 2, to: 1 },
  tampered: { type: 'tampered' },
  privacyThrown: { type: 'privacyThrown' },
  privacyReleased: { type: 'privacyReleased' },
  manualUnlock: { type: 'manualUnlock', cause: 'inside' },
  holdOpenStarted: { type: 'holdOpenStarted' },
  holdOpenEnded: { type: 'holdOpenEnded' },
  boltLocked: { type: 'boltLocked', cause: 'command' },
  boltUnlocked: { type: 'boltUnlocked', cause: 'key' },
  rowsCounted: { type: 'rowsCounted', ofType: 'refused', count: 900 },
};
const examples = Object.values(EXAMPLES) as LockEvent[];

describe('an event', () => {
  it.each(examples)('$type comes back as it went in, within 58 bytes', (event) => {
    const data = encodeEvent(event);
    expect(data.length).toBeLessThanOrEqual(EVENT_DATA_MAX_BYTES);
    expect(decodeEvent(EVENT_TYPES[event.type], data)).toEqual(event);
    if (data.length > 0) expect(decodeEvent(EVENT_TYPES[event.type], data.subarray(1))).toBeUndefined();
  });

  it('comes back at any values of its fields', () => {
    const someEvents = fc.oneof(
      fc.record({ type: fc.constant('gap' as const), from: anU32, to: anU32, reasons: anU8 }),
      fc.record({ type: fc.constant('booted' as const), triple: aTriple }),
      fc.record({ type: fc.constant('activated' as const), doorId: aDoorId }),
      fc.record({
        type: fc.constant('clockSet' as const),
        monotonicS: anU32,
        timeS: anU32,
        uncertaintyS: anInt(0, 0xffff),
      }),
    );
    holds(
      fc.property(someEvents, (event) => {
        expect(decodeEvent(EVENT_TYPES[event.type], encodeEvent(event))).toEqual(event);
      }),
    );
  });

  it('of any type and any data is decoded or not, and described either way, without a throw', () => {
    const bytes = fc.uint8Array({ maxLength: EVENT_DATA_MAX_BYTES });
    holds(
      fc.property(anU8, bytes, (typeNumber, data) => {
        const event = decodeEvent(typeNumber, data);
        if (event !== undefined) expect(encodeEvent(event)).toEqual(Uint8Array.from(data));
        const row = { typeNumber, bootCount: 1, timeS: 0, clockTrust: 'lost', data } as const;
        expect(describeRow(row)).toMatch(/\.$/);
      }),
      2_000,
    );
  });

  it('of a type, a length or a reason that came later is not taken for another', () => {
    const data = encodeEvent(EXAMPLES.refused);
    expect(decodeEvent(200, data)).toBeUndefined();
    expect(decodeEvent(EVENT_TYPES.refused, Uint8Array.of(...data, 0))).toBeUndefined();
    expect(decodeEvent(EVENT_TYPES.refused, Uint8Array.of(250, ...data.subarray(1)))).toBeUndefined();
  });

  it('has one sentence, which names no code and ends', () => {
    const sentences = examples.map((event) => describeEvent(event));
    expect(sentences.every((sentence) => /^[A-Z].*\.$/.test(sentence))).toBe(true);
    expect(new Set(sentences).size).toBe(examples.length);
    expect(describeEvent(EXAMPLES.refused)).toBe('Doorcode 12 was refused: it had ended.');
    expect(describeEvent(EXAMPLES.gap)).toBe(
      'Rows 5 to 30 may be missing: the log was full, their numbers were passed over.',
    );
  });
});

describe('numbers for ever', () => {
  it('are what they were, of types and of reasons', () => {
    expect(Object.values(EVENT_TYPES)).toEqual(Array.from({ length: 35 }, (_, i) => i + 1));
    expect(EVENT_TYPES).toMatchObject({ gap: 1, opened: 5, alarm: 8, lockedOut: 9, boltUnlocked: 34 });
    const reasons = Object.entries(EVENT_REASONS).slice(0, 12);
    expect(reasons.map(([name, number]) => `${number} ${name}`)).toEqual([
      '1 OPENED',
      '2 NO_TABLE',
      '3 TABLE_DAMAGED',
      '4 UNKNOWN_CREDENTIAL',
      '5 NOT_YET',
      '6 EXPIRED',
      '7 OUT_OF_SCHEDULE',
      '8 CLOCK_UNTRUSTED',
      '9 LOCKED_OUT',
      '10 CODE_BARRED',
      '11 CODE_USED',
      '12 PRIVACY',
    ]);
  });
});
