// What a lock finds when power comes: the valid slot with the highest triple at or above the floor. It mends the
// records that a cut left in one copy, then raises the floor; it never commits.
import { equalBytes } from '#protocol/bytes.ts';
import { compareTriples } from '#protocol/triple.ts';
import type { Floor } from '../secure-element/secure-contents.ts';
import { type ActiveTable, openTable } from './active-table.ts';
import { EventRing } from './event-ring.ts';
import { SettingsLog, type SettingsVerdict } from './settings-log.ts';
import type { CommitRecord, SlotRecord } from './slot-records.ts';
import { SlotStore } from './slot-store.ts';
import { Storage, type StorageParts } from './storage.ts';

export interface BootReport {
  readonly storage: Storage;
  /** `older` and `lost`: the flash is not this lock's newest; tables committed before do not count. */
  readonly settings: SettingsVerdict;
  /** The stage that a courier may go on with. */
  readonly stage: SlotRecord | undefined;
  readonly repairs: BootRepairs;
}

export interface BootRepairs {
  readonly settingsCopies: number;
  readonly commitCopies: number;
  readonly floorRaised: boolean;
  /** Copies, of settings or commit, that their flash keeps no more: the other copy of each serves alone. */
  readonly failedCopies: number;
}

/** Throws PowerCut as planned, StorageError where flash does not keep the settings. */
export function boot(parts: StorageParts): BootReport {
  const { flash, secure, engine, layout } = parts;
  const settings = new SettingsLog(parts);
  const slots = { A: new SlotStore(layout.slots.A, parts), B: new SlotStore(layout.slots.B, parts) };
  const found = chooseSlot(Object.values(slots), secure.contents.floor, settings.values.tableBarrier);
  const events = new EventRing({ flash, secure, engine, regions: layout.events, settings });
  const storage = new Storage(parts, slots, { settings, events }, found?.table);
  const commits = found === undefined ? NO_REPAIR : repairCommits(found);
  const floorRaised = found !== undefined && raiseFloor(parts, found.commit);
  const repairs: BootRepairs = {
    settingsCopies: settings.repairedCopies,
    commitCopies: commits.repaired,
    floorRaised,
    failedCopies: settings.failedCopies + commits.failed,
  };
  return { storage, settings: settings.verdict, stage: storage.stagedRecord(), repairs };
}

interface Candidate {
  readonly store: SlotStore;
  readonly commit: CommitRecord;
  /** As read, undefined where it is not whole. */
  readonly copies: readonly [CommitRecord | undefined, CommitRecord | undefined];
}

interface Found extends Candidate {
  readonly table: ActiveTable;
}

function chooseSlot(stores: readonly SlotStore[], floor: Floor, tableBarrier: number): Found | undefined {
  const candidates = stores
    .map(readCandidate)
    .filter((candidate) => candidate !== undefined)
    .filter(({ commit }) => isAllowed(commit, floor) && commit.settingsCount >= tableBarrier)
    .sort((a, b) => compareTriples(b.commit.triple, a.commit.triple));
  for (const candidate of candidates) {
    if (candidate.store.readManifest(candidate.commit) === undefined) continue;
    const table = openTable(candidate.store, candidate.commit);
    if (table !== undefined) return { ...candidate, table };
  }
  return undefined;
}

function readCandidate(store: SlotStore): Candidate | undefined {
  const copies = [store.readCommit(0), store.readCommit(1)] as const;
  // They differ only where a cut fell between the two writes of a second commit of one table.
  const [commit] = copies
    .filter((copy) => copy !== undefined)
    .sort((a, b) => b.settingsCount - a.settingsCount);
  return commit && { store, commit, copies };
}

/** A slot below the floor never opens, and one triple has one table. */
function isAllowed({ triple, tableHash }: CommitRecord, floor: Floor): boolean {
  if (triple.ownershipEpoch !== floor.triple.ownershipEpoch) return false;
  const order = compareTriples(triple, floor.triple);
  if (order !== 0) return order > 0;
  return floor.tableHash !== null && equalBytes(floor.tableHash, tableHash);
}

interface CopyRepair {
  readonly repaired: number;
  readonly failed: number;
}

const NO_REPAIR: CopyRepair = { repaired: 0, failed: 0 };

/** One whole copy counts: where the other's sector is worn the lock comes up all the same. */
function repairCommits({ store, commit, copies }: Found): CopyRepair {
  let repaired = 0;
  let failed = 0;
  for (const copy of [0, 1] as const) {
    if (copies[copy]?.settingsCount === commit.settingsCount) continue;
    if (store.writeCommit(copy, commit, false)) repaired++;
    else failed++;
  }
  return { repaired, failed };
}

function raiseFloor({ secure }: StorageParts, { triple, tableHash }: CommitRecord): boolean {
  if (compareTriples(secure.contents.floor.triple, triple) === 0) return false;
  secure.raiseFloor(triple, tableHash);
  return true;
}
