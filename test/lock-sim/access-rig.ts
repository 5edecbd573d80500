// Access control on a machine that can be copied and cut: storage, secure element and event log as they are, the
// clocks and the privacy deadbolt in the test's hands.
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { dailyCode, dailyEpochKey } from '#protocol/table/daily-code.ts';
import type { Head } from '#protocol/table/head.ts';
import { appVerifier, keyedVerifier } from '#protocol/table/verifier.ts';
import type { EventType } from '#protocol/log/event-types.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import type { PowerSupply } from '#lock-sim/flash/power-supply.ts';
import { AccessControl, type AccessParts } from '#lock-sim/access/access-control.ts';
import { LOCKOUT_PROFILES, type LockoutProfile } from '#lock-sim/access/lockout.ts';
import type { LockClock } from '#lock-sim/access/decision.ts';
import type { SettingsValues } from '#lock-sim/storage/settings-values.ts';
import { aLock } from '#test/builders/lock.ts';
import { aDoorcodeRow, aSignedSet, type BuiltSet } from '#test/builders/signed-set.ts';
import { copyOf, livedThrough, aMachine, powerUp, type Machine, type Running } from './power-cut-rig.ts';

/** 2026-03-01T09:00:00Z. */
export const NOW_S = 1_772_355_600;

export interface AccessRig {
  readonly access: AccessControl;
  readonly running: Running;
  readonly clock: VirtualClock;
  /** What the lock believes; a test may change it. */
  readonly lockClock: { nowS: number; trust: LockClock['trust'] };
  readonly settings: () => SettingsValues;
  /** Types of the rows that access control has written in this boot. */
  readonly rows: EventType[];
}

export interface AccessRigOptions {
  readonly power?: PowerSupply;
  readonly trust?: LockClock['trust'];
  readonly privacyThrown?: boolean;
  readonly matterLockout?: NonNullable<AccessParts['matterLockout']>;
}

/** Boots a copy of the machine. */
export const anAccess = (machine: Machine, options: AccessRigOptions = {}): AccessRig =>
  accessOn(powerUp(copyOf(machine), options.power), options);

export function accessOn(running: Running, options: Omit<AccessRigOptions, 'power'> = {}): AccessRig {
  const { trust = 'trusted', privacyThrown = false, matterLockout } = options;
  const clock = new VirtualClock();
  const lockClock = { nowS: NOW_S, trust };
  const rows: EventType[] = [];
  const { storage } = running;
  const access = new AccessControl({
    ...(matterLockout && { matterLockout }),
    ...running,
    clock,
    lockClock: () => ({ ...lockClock, uncertaintyS: 0 }),
    privacyThrown: () => privacyThrown,
    record(type, data) {
      const { bootCount } = storage.settings.values;
      storage.events.append({ type, bootCount, timeS: lockClock.nowS, clockTrust: lockClock.trust, data });
      rows.push(type);
    },
  });
  return { access, running, clock, lockClock, rows, settings: () => storage.settings.values };
}

export const machineWith = (set: BuiltSet): Machine =>
  livedThrough(aMachine(set, { capacityChunks: 4 }), [set]);

const lock = aLock();
export const PHONE = new Uint8Array(32).fill(7);
export const CARD = Uint8Array.of(4, 1, 2, 3, 4, 5, 6);
export const WRONG = '9999999';
export const RIGHT = '1234567';
export const EXPIRED = '7777777';
export const TODAY = 20_513;
const epochKey = dailyEpochKey(nodeEngine, lock.secrets.dailyKey, 1);
export const codeOf = (slot: number): string => dailyCode(nodeEngine, epochKey, lock.doorId, TODAY, slot);
/** Slot 0 is daily, 1 and 2 are single use. */
export const DAILY = codeOf(0);
export const SINGLE = codeOf(1);

const base = aDoorcodeRow(lock, RIGHT, 1);
const rows = [
  base,
  aDoorcodeRow(lock, EXPIRED, 2, { endS: NOW_S }),
  { ...base, kind: 'app' as const, credentialId: 3, verifier: appVerifier(nodeEngine, PHONE) },
  {
    ...base,
    kind: 'keycard' as const,
    credentialId: 4,
    verifier: keyedVerifier(nodeEngine, lock.secrets.credentialKey, 'keycard', lock.doorId, CARD),
  },
];

export const setOf = (profile: LockoutProfile, tableVersion = 1, head: Partial<Head> = {}) =>
  aSignedSet({
    lock,
    rows,
    tableVersion,
    head: {
      daily: { epoch: 1, dailySlots: 1, singleUseSlots: 2, bars: new Uint8Array(1) },
      policies: { lockoutProfile: LOCKOUT_PROFILES.indexOf(profile), unlockSeconds: 10, holdOpen: null },
      ...head,
    },
  });

export const machineOf = (profile: LockoutProfile = 'exponential') => machineWith(setOf(profile));
/** After a power cut between two operations. */
export const again = (rig: AccessRig) => anAccess(rig.running.machine());
/** The reasons of so many wrong entries. */
export const guess = ({ access }: AccessRig, times: number) =>
  Array.from({ length: times }, () => access.enterCode(WRONG).reason);
