// The cloud of the sequences: makes what a table, a key set or a daily code is on the wire, each once for all sequences.
import { createHmac, hkdfSync } from 'node:crypto';
import { utf8 } from '#protocol/bytes.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { NO_END, type Row } from '#protocol/table/rows.ts';
import { appVerifier, keyedVerifier } from '#protocol/table/verifier.ts';
import { aDelta } from '#test/builders/delta.ts';
import { aKeySet, type BuiltKeySet } from '#test/builders/key-set.ts';
import { aLock, type BuiltLock } from '#test/builders/lock.ts';
import { aSignedSet, type BuiltSet } from '#test/builders/signed-set.ts';
import type { Numbered } from './plain/state.ts';
import type { Credential, Table } from './plain/table.ts';

export const LOCK = aLock();
const ELSEWHERE = aLock({ name: 'elsewhere' });
const RULES = ['exponential', 'matter', 'igloohome', 'schlage'] as const;

function memo<T>(make: (key: string) => T): (key: string) => T {
  const made = new Map<string, T>();
  return (key) => {
    const before = made.get(key);
    if (before !== undefined) return before;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}

const keySets = memo((key) => {
  const [seed, number] = key.split('/');
  return aKeySet({ seed: seed === 'owner' ? 1 : 'thief', number: Number(number) });
});
export const keySet = (number: number, whose: 'owner' | 'thief' = 'owner'): BuiltKeySet =>
  keySets(`${whose}/${number}`);

export const phoneKey = (name: string): Uint8Array => nodeEngine.sha256(utf8(name));
export const cardBytes = utf8;

/** WIRE 6.5, by Node's own primitives. */
export function dailyCode(epoch: number, day: number, slot: number): string {
  const u32 = (value: number): Buffer => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value]);
  const info = Buffer.concat([Buffer.from('doorlab/daily/1'), u32(epoch)]);
  const key = hkdfSync('sha256', LOCK.secrets.dailyKey, new Uint8Array(0), info, 32);
  const hmac = createHmac('sha256', new Uint8Array(key));
  hmac.update(Buffer.concat([Buffer.from('daily'), LOCK.doorId, u32(day), u32(slot).subarray(2)]));
  return (hmac.digest().readBigUInt64BE(0) % 10_000_000n).toString().padStart(7, '0');
}

export interface SetWish extends Numbered {
  readonly keySetNumber: number;
  readonly isThiefs?: boolean;
  readonly isForAnother?: boolean;
}

const sets = new Map<string, BuiltSet>();

export function aSet(wish: SetWish): BuiltSet {
  const { triple, table, keySetNumber, isThiefs = false, isForAnother = false } = wish;
  const key = [
    triple.ownershipEpoch,
    keySetNumber,
    triple.tableVersion,
    table.name,
    isThiefs,
    isForAnother,
  ].join('/');
  const before = sets.get(key);
  if (before !== undefined) return before;
  const lock = isForAnother ? ELSEWHERE : LOCK;
  const made = aSignedSet({
    lock,
    keySet: keySet(keySetNumber, isThiefs ? 'thief' : 'owner'),
    ownershipEpoch: triple.ownershipEpoch,
    tableVersion: triple.tableVersion,
    rows: rowsOf(table, lock),
    head: headOf(table),
  });
  sets.set(key, made);
  return made;
}

const deltas = new Map<BuiltSet, Map<BuiltSet, BuiltSet>>();

export function aDeltaOf(base: BuiltSet, target: BuiltSet): BuiltSet {
  const from = deltas.get(base) ?? new Map<BuiltSet, BuiltSet>();
  deltas.set(base, from);
  const delta = from.get(target) ?? aDelta(base, target);
  from.set(target, delta);
  return delta;
}

function rowsOf(table: Table, lock: BuiltLock): Row[] {
  const others = Array.from({ length: table.others }, (_, at): Credential => ({
    id: 1_000 + at,
    kind: 'keycard',
    secret: `other ${at}`,
    startS: 0,
    endS: undefined,
    schedule: 0,
  }));
  return [...table.credentials, ...others].map(({ id, kind, secret, startS, endS, schedule }) => ({
    verifier: verifierOf(kind, secret, lock),
    credentialId: id,
    kind,
    isGuest: id % 2 === 0,
    schedule,
    startS,
    endS: endS ?? NO_END,
  }));
}

function verifierOf(kind: Credential['kind'], secret: string, { secrets, doorId }: BuiltLock): Uint8Array {
  if (kind === 'app') return appVerifier(nodeEngine, phoneKey(secret));
  return keyedVerifier(nodeEngine, secrets.credentialKey, kind, doorId, utf8(secret));
}

function headOf({ schedules, zone, holidays, daily, lockout }: Table) {
  const { epoch, dailySlots, singleUseSlots, barred } = daily;
  const bars = new Uint8Array(Math.ceil((dailySlots + singleUseSlots) / 8));
  for (const slot of barred) bars[slot >> 3] = (bars[slot >> 3] ?? 0) | (1 << (slot & 7));
  const policies = { lockoutProfile: RULES.indexOf(lockout), unlockSeconds: 10, holdOpen: null };
  return { schedules, zone, holidays, daily: { epoch, dailySlots, singleUseSlots, bars }, policies };
}
