// Time, deactivation, release and live proof as they came, or not at all: every single bit and every truncation of each.
import { describe, expect, it } from 'vitest';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import { verifyDeactivation } from '#protocol/signed/deactivation.ts';
import { verifyLiveProof } from '#protocol/signed/live-proof.ts';
import { verifyRelease } from '#protocol/signed/release.ts';
import { verifyTime } from '#protocol/signed/time.ts';
import { aKeySet } from '../builders/key-set.ts';
import { aDeactivation, aLiveProof, aRelease, aTime } from '../builders/life.ts';
import { aLock } from '../builders/lock.ts';
import { everyBitFlip } from './crypto-engines.ts';
import { codeOf } from './refusal.ts';

const lock = aLock();
const other = aLock({ name: 'other' });
const keySet = aKeySet({ roots: ['a', 'b'] });
const { time, table } = keySet;
const to = { lock, keySet };

const OBJECTS = [
  {
    name: 'a time statement',
    bytes: aTime(new Uint8Array(16).fill(5), 1_772_355_600, to),
    verify: (input: Uint8Array, { lockId } = lock) => verifyTime(engine, input, lockId, time.publicKey),
  },
  {
    name: 'a deactivation',
    bytes: aDeactivation(2, to),
    verify: (input: Uint8Array, { lockId } = lock) =>
      verifyDeactivation(engine, input, lockId, table.publicKey),
  },
  {
    name: 'a release',
    bytes: aRelease(2, to),
    verify: (input: Uint8Array, { lockId } = lock) => verifyRelease(engine, input, lockId, keySet.keySet),
  },
  {
    name: 'a live proof',
    bytes: aLiveProof(new Uint8Array(32).fill(9), to),
    verify: (input: Uint8Array, { lockId } = lock) =>
      verifyLiveProof(engine, input, lockId, lock.identity.publicKey),
  },
];

describe.each(OBJECTS)('$name', ({ bytes, verify }) => {
  it('with any single bit flipped is refused', () => {
    expect(verify(bytes)).toBeDefined();
    for (const flipped of everyBitFlip(bytes)) expect(codeOf(() => verify(flipped))).toBeDefined();
  });

  it('cut anywhere, or with something behind it, is refused', () => {
    for (let end = 0; end < bytes.length; end++) {
      expect(codeOf(() => verify(bytes.subarray(0, end)))).toBeDefined();
    }
    expect(codeOf(() => verify(Uint8Array.from([...bytes, 0])))).toBe('TRAILING_BYTES');
  });

  it('is for one lock alone', () => {
    expect(codeOf(() => verify(bytes, other))).toBe('WRONG_AUDIENCE');
  });
});

it('none of them passes for another', () => {
  for (const { name, verify } of OBJECTS) {
    for (const { name: otherName, bytes } of OBJECTS) {
      if (name !== otherName)
        expect(
          codeOf(() => verify(bytes)),
          `${otherName} as ${name}`,
        ).toBeDefined();
    }
  }
});
