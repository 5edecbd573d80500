// A rotation that is cut off at each of its operations on files: the old whole key set is in force, or the new one, and
// it can be brought to its end.
import { beforeEach, expect, test, vi } from 'vitest';
import { loadKeys } from '#cloud/keys/cloud-keys.ts';
import { reportKeys } from '#cloud/keys/key-report.ts';
import { discardRotation, finishRotation, pendingRotation, prepareRotation } from '#cloud/keys/rotation.ts';
import { encodeHex } from '#protocol/bytes.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { aKeysFolder, ALL_ROLES, isPending, parts, rootsIn, signedBy } from '../ceremony.ts';

/** Counts what changes something; after a cut nothing of it goes through, as of a process that is dead. */
const power = vi.hoisted(() => ({
  operations: ['mkdirSync', 'openSync', 'writeSync', 'fsyncSync', 'renameSync', 'rmSync'],
  done: 0,
  cutAt: Infinity,
}));

vi.mock(import('node:fs'), async (importOriginal) => {
  const original = await importOriginal();
  const real = original as unknown as Record<string, (...args: unknown[]) => unknown>;
  const gated = Object.fromEntries(
    power.operations.map((name) => [
      name,
      (...args: unknown[]) => {
        if (++power.done >= power.cutAt) throw new Error(`cut at operation ${power.done}, ${name}`);
        return real[name]?.(...args);
      },
    ]),
  );
  return { ...original, ...gated, default: { ...original, ...gated } };
});

beforeEach(() => {
  power.cutAt = Infinity;
});

/** Runs it once to count, then once for each operation, cut there. */
function cutEverywhere(
  arrange: () => string,
  act: (folder: string) => void,
  check: (folder: string) => void,
): number {
  const whole = arrange();
  power.done = 0;
  act(whole);
  const operations = power.done;
  for (let at = 1; at <= operations; at++) {
    const folder = arrange();
    Object.assign(power, { done: 0, cutAt: at });
    expect(() => act(folder)).toThrow('cut at operation');
    power.cutAt = Infinity;
    check(folder);
  }
  return operations;
}

const inForce = (folder: string) => loadKeys(folder, nodeEngine);

function complete(folder: string): void {
  const { request } = pendingRotation(folder, parts) ?? prepareRotation(folder, { roles: ALL_ROLES }, parts);
  finishRotation(folder, [signedBy(request, ...rootsIn(folder))], parts);
}

test('putting the next key set in force: old or new, whole, and once more brings it to its end', () => {
  const seen = new Set<number>();
  const prepared = (): string => {
    const folder = aKeysFolder();
    prepareRotation(folder, { roles: ALL_ROLES }, parts);
    return folder;
  };
  const act = (folder: string): void => {
    const { request } = pendingRotation(folder, parts)!;
    const sheet = signedBy(request, ...rootsIn(folder));
    finishRotation(folder, [sheet], parts);
  };
  const operations = cutEverywhere(prepared, act, (folder) => {
    const keys = inForce(folder);
    seen.add(keys.keySet.number);
    expect(encodeHex(keys.tableSigner.publicKey)).toBe(encodeHex(keys.keySet.tableKey));
    expect(isPending(folder)).toBe(keys.keySet.number === 1);
    if (keys.keySet.number === 1) complete(folder);
    expect(inForce(folder).keySet.number).toBe(2);
  });
  expect(operations).toBeGreaterThan(5);
  expect([...seen].sort()).toEqual([1, 2]);
});

test('making the next key set: the set in force stays, and making one anew goes through', () => {
  const roles = ['table', 'root'] as const;
  const operations = cutEverywhere(
    aKeysFolder,
    (folder) => void prepareRotation(folder, { roles }, parts),
    (folder) => {
      expect(inForce(folder).keySet.number).toBe(1);
      saysWhetherItIsBegun(folder);
      const { request } = pendingRotation(folder, parts) ?? prepareRotation(folder, { roles }, parts);
      expect(finishRotation(folder, [signedBy(request, ...rootsIn(folder))], parts).number).toBe(2);
    },
  );
  expect(operations).toBeGreaterThan(15);
});

test('dropping a rotation: it is pending whole, or gone, and a new one goes through', () => {
  const prepared = (): string => {
    const folder = aKeysFolder();
    prepareRotation(folder, { roles: ALL_ROLES }, parts);
    return folder;
  };
  const operations = cutEverywhere(prepared, discardRotation, (folder) => {
    saysWhetherItIsBegun(folder);
    complete(folder);
    expect(inForce(folder).keySet.number).toBe(2);
  });
  expect(operations).toBeGreaterThan(3);
});

/** What is told to finish or to drop a rotation has one to finish or to drop. */
function saysWhetherItIsBegun(folder: string): void {
  const { keys } = reportKeys(folder, nodeEngine);
  expect(keys.some(({ use }) => use === 'next')).toBe(isPending(folder));
}
