// Everything a lock keeps, after boot: settings, event log, the table in force, the stage. The old table is in
// force until the commit record of the new one is whole; one without the other cannot be seen.
import { equalBytes } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { invariant } from '#protocol/errors.ts';
import { hashOf } from '#protocol/ids.ts';
import { TableCheck, firstVerifier } from '#protocol/table/chunks.ts';
import { compareTriples } from '#protocol/triple.ts';
import { WireError } from '#protocol/wire-error.ts';
import type { NorFlash } from '../flash/nor-flash.ts';
import type { Floor } from '../secure-element/secure-contents.ts';
import type { SecureElement } from '../secure-element/secure-element.ts';
import type { WorkingMemory } from '../working-memory.ts';
import { ActiveTable, TableIndex } from './active-table.ts';
import type { EventRing } from './event-ring.ts';
import { type Slot, type StorageLayout, otherSlot } from './layout.ts';
import type { SettingsLog } from './settings-log.ts';
import type { CommitRecord, SlotContent, SlotRecord } from './slot-records.ts';
import type { SlotStore } from './slot-store.ts';
import { Stage } from './stage.ts';
import { StorageError, flashWorn } from './storage-error.ts';

export interface StorageParts {
  readonly flash: NorFlash;
  readonly secure: SecureElement;
  readonly engine: CryptoEngine;
  readonly layout: StorageLayout;
  /** Where the buffers in use are counted, if anywhere. */
  readonly memory?: WorkingMemory;
}

/** `none`: no table was ever committed under this owner. `degraded`: there was one, and it is not there. */
export type TableState = 'active' | 'degraded' | 'none';

/** What the manifest says of the table beside its hash. */
export interface SignedSize {
  readonly tableBytes: number;
  readonly rowCount: number;
}

export type CommitResult =
  | { readonly outcome: 'committed'; readonly table: ActiveTable }
  /** Flash lost this chunk since it was written: fetch it again. */
  | { readonly outcome: 'chunk-lost'; readonly index: number }
  /** Every chunk is as signed, and the table they make is not: the stage can never be committed. */
  | { readonly outcome: 'refused'; readonly error: WireError };

export class Storage {
  readonly settings: SettingsLog;
  readonly events: EventRing;
  readonly #parts: StorageParts;
  readonly #slots: Readonly<Record<Slot, SlotStore>>;
  #table: ActiveTable | undefined;

  /** For `boot` only. */
  constructor(
    parts: StorageParts,
    slots: Readonly<Record<Slot, SlotStore>>,
    logs: { readonly settings: SettingsLog; readonly events: EventRing },
    table: ActiveTable | undefined,
  ) {
    this.#parts = parts;
    this.#slots = slots;
    this.settings = logs.settings;
    this.events = logs.events;
    this.#table = table;
  }

  get table(): ActiveTable | undefined {
    return this.#table;
  }

  get tableState(): TableState {
    if (this.#table !== undefined) return 'active';
    if (this.#parts.secure.contents.lockSecrets === null) return 'none';
    return this.#parts.secure.contents.floor.triple.tableVersion === 0 ? 'none' : 'degraded';
  }

  /** After the secure element took a new table secret: what lies in the slots opens no more. */
  forgetTables(): void {
    this.#table = undefined;
  }

  get capacityChunks(): number {
    return this.#parts.layout.capacityChunks;
  }

  /**
   * The stage for a manifest that the caller has verified and judged against the floor. Where flash holds the
   * same one its whole chunks are kept. Writes nothing. `content.chunkCount` at most `capacityChunks`.
   */
  openStage(content: SlotContent, manifestBytes: Uint8Array): Stage {
    invariant(content.chunkCount <= this.capacityChunks, 'a stage within the capacity');
    const record: SlotRecord = {
      triple: content.triple,
      manifestHash: content.manifestHash,
      tableHash: content.tableHash,
      chunkCount: content.chunkCount,
      manifestBytes: manifestBytes.length,
      manifestDigest: hashOf(this.#parts.engine, manifestBytes),
    };
    const candidates = this.#freeSlots();
    const begun = candidates.find((store) => {
      const stage = store.readStage();
      return stage !== undefined && isSame(stage.record, record);
    });
    const store = begun ?? candidates[0];
    invariant(store, 'one slot is free');
    return new Stage(store, record, manifestBytes, begun !== undefined);
  }

  /** The stage that flash holds and that may still be committed: for the hello's answer, not to be believed. */
  stagedRecord(): SlotRecord | undefined {
    const { floor } = this;
    return this.#freeSlots()
      .map((store) => store.readStage()?.record)
      .filter((record) => record !== undefined)
      .filter(({ triple, tableHash }) => {
        if (triple.ownershipEpoch !== floor.triple.ownershipEpoch) return false;
        const order = compareTriples(triple, floor.triple);
        if (order !== 0) return order > 0;
        return (
          this.#table === undefined && floor.tableHash !== null && equalBytes(floor.tableHash, tableHash)
        );
      })
      .sort((a, b) => compareTriples(b.triple, a.triple))[0];
  }

  /**
   * Reads the whole stage once, checks it against the signed hash and size, puts it in force and raises the
   * floor. Durable when it returns `committed`. Throws StorageError, and then the old table stays in force.
   */
  commit(stage: Stage, signed: SignedSize): CommitResult {
    const { record, store, key } = stage;
    const checked = this.#checkStage(stage, signed);
    if (!(checked instanceof TableIndex)) return checked;
    // Nothing changes but the count: a flash put back to what it was before this commit is noticed by it.
    this.settings.write({});
    const commit: CommitRecord = { ...record, settingsCount: this.settings.count };
    if (!this.#writeCommits(stage, commit)) throw flashWorn('a commit record');
    // In force from here on, at the next boot too: what fails now must not say otherwise.
    this.#table = new ActiveTable(store, record, key, checked);
    this.#raiseFloor(record);
    return { outcome: 'committed', table: this.#table };
  }

  /** The lowest that is ever taken or opened: the secure element's, or the table's that it has yet to learn of. */
  get floor(): Floor {
    const { floor } = this.#parts.secure.contents;
    const { record } = this.#table ?? {};
    return record !== undefined && compareTriples(record.triple, floor.triple) > 0 ? record : floor;
  }

  /** True with one whole copy. Throws StorageError where there is none and the file behind the flash is why. */
  #writeCommits({ store, isBegunHere }: Stage, commit: CommitRecord): boolean {
    let failure: StorageError | undefined;
    for (const copy of [0, 1] as const) {
      try {
        store.writeCommit(copy, commit, isBegunHere);
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        failure = error;
      }
    }
    // As the next boot will see them, whatever the writes said.
    const isKept = ([0, 1] as const).some(
      (copy) => store.readCommit(copy)?.settingsCount === commit.settingsCount,
    );
    if (!isKept && failure !== undefined) throw failure;
    return isKept;
  }

  /** Where the secure element fails the next boot makes up for it; until then `floor` holds. */
  #raiseFloor({ triple, tableHash }: SlotRecord): void {
    try {
      this.#parts.secure.raiseFloor(triple, tableHash);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
    }
  }

  #checkStage(stage: Stage, signed: SignedSize): TableIndex | CommitResult {
    const { record, store, key } = stage;
    const check = new TableCheck(this.#parts.engine);
    const verifiers: Uint8Array[] = [];
    try {
      for (let index = 0; index < record.chunkCount; index++) {
        const plaintext = store.openChunk(key, index);
        if (plaintext === undefined) {
          stage.lose(index);
          return { outcome: 'chunk-lost', index };
        }
        check.addChunk(plaintext);
        if (index > 0) verifiers.push(firstVerifier(plaintext));
      }
      check.finish({ ...signed, tableHash: record.tableHash });
    } catch (error) {
      if (error instanceof WireError) return { outcome: 'refused', error };
      throw error;
    }
    return new TableIndex(verifiers);
  }

  /** Where a stage may go: never over the table in force. */
  #freeSlots(): SlotStore[] {
    const active = this.#table?.slot;
    return active === undefined ? [this.#slots.A, this.#slots.B] : [this.#slots[otherSlot(active)]];
  }
}

const isSame = (a: SlotRecord, b: SlotRecord): boolean =>
  a.chunkCount === b.chunkCount &&
  compareTriples(a.triple, b.triple) === 0 &&
  equalBytes(a.manifestHash, b.manifestHash) &&
  equalBytes(a.tableHash, b.tableHash) &&
  equalBytes(a.manifestDigest, b.manifestDigest);
