// A lock's flash and secure element as values: powered up, copied, cut. Stories tell what a lock does and keep
// the facts that must hold whenever the power goes.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { equalBytes } from '#protocol/bytes.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { packTable } from '#protocol/table/chunks.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { FlashImage } from '#lock-sim/flash/flash-image.ts';
import { NorFlash } from '#lock-sim/flash/nor-flash.ts';
import type { DurableOperation } from '#lock-sim/flash/durable-operation.ts';
import { PowerCut, PowerSupply } from '#lock-sim/flash/power-supply.ts';
import { type Tear, applyTear } from '#lock-sim/flash/tears.ts';
import { type SecureContents, manufacture } from '#lock-sim/secure-element/secure-contents.ts';
import { MemorySecureStore, SecureElement } from '#lock-sim/secure-element/secure-element.ts';
import { type BootReport, boot } from '#lock-sim/storage/boot.ts';
import type { EventEntry } from '#lock-sim/storage/event-row.ts';
import { type StorageLayout, type StorageSize, layOut } from '#lock-sim/storage/layout.ts';
import type { SettingsValues } from '#lock-sim/storage/settings-values.ts';
import type { BuiltSet } from '#test/builders/signed-set.ts';

/** All that survives a power cut. Booting works on the image itself: hand in a copy to keep the machine. */
export interface Machine {
  readonly layout: StorageLayout;
  readonly engine: CryptoEngine;
  readonly image: FlashImage;
  readonly contents: SecureContents;
}

export interface Running extends BootReport {
  readonly layout: StorageLayout;
  readonly power: PowerSupply;
  readonly secure: SecureElement;
  readonly flash: NorFlash;
  readonly engine: CryptoEngine;
  /** What a cut now would leave. */
  machine(): Machine;
}

/** What must hold after a cut, kept by the story as it goes. */
export interface Facts {
  /** In force before; undefined for none. */
  readonly oldSet: BuiltSet | undefined;
  readonly newSet: BuiltSet;
  /** The commit has returned: only the new table will do. */
  isCommitted: boolean;
  /** The last settings whose write has returned, and those with the write under way. */
  settings: Partial<SettingsValues>;
  settingsUnderWay: Partial<SettingsValues>;
  /** Numbers of event rows whose append has returned. */
  events: readonly number[];
}

export interface Story {
  readonly name: string;
  readonly start: Machine;
  readonly facts: Facts;
  play(running: Running, facts: Facts): void;
}

/** The machine before one operation, and what the secure element holds once that is done. */
interface Cut {
  readonly operation: DurableOperation;
  readonly before: Machine;
  readonly contentsAfter: SecureContents;
}

export const someFacts = (over: Partial<Facts> & Pick<Facts, 'newSet'>): Facts => ({
  oldSet: undefined,
  isCommitted: false,
  settings: {},
  settingsUnderWay: {},
  events: [],
  ...over,
});

/** Activated for the set's owner, without a table; its flash is blank. */
export function aMachine(set: BuiltSet, size: StorageSize, engine: CryptoEngine = nodeEngine): Machine {
  const layout = layOut(size);
  const { lock, keySet, triple } = set;
  const store = new MemorySecureStore(manufacture(seededRandom('machine')));
  new SecureElement(store, new PowerSupply()).activate(
    { doorId: lock.doorId, ownershipEpoch: triple.ownershipEpoch, keySetBytes: keySet.bytes },
    keySet.keySet.number,
    lock.secrets,
  );
  return { layout, engine, image: new FlashImage(layout.geometry), contents: store.load() };
}

export const copyOf = (machine: Machine): Machine => ({ ...machine, image: machine.image.snapshot() });

export function powerUp(machine: Machine, power = new PowerSupply()): Running {
  const { parts, left } = plug(machine, power);
  return { ...boot(parts), ...parts, power, machine: left };
}

/** Boots with a cut on the way. What is left, or undefined where boot ended before operation `index`. */
export function bootCutAt(machine: Machine, index: number, tear: Tear): Machine | undefined {
  const power = new PowerSupply();
  power.cutAt(index, tear);
  const { parts, left } = plug(machine, power);
  return cuts(() => boot(parts)) ? left() : undefined;
}

/** Plays a story with a real cut, through the parts themselves. */
export function playCutAt(story: Story, index: number, tear: Tear): Machine | undefined {
  const power = new PowerSupply();
  power.cutAt(index, tear);
  const { parts, left } = plug(copyOf(story.start), power);
  const facts = { ...story.facts };
  const isCut = cuts(() => story.play({ ...boot(parts), ...parts, power, machine: left }, facts));
  return isCut ? left() : undefined;
}

/** The machine after that operation was torn so. */
export function machineAfter({ before, operation, contentsAfter }: Cut, tear: Tear): Machine {
  const machine = copyOf(before);
  applyTear(machine.image, operation, tear);
  const isDone = operation.kind === 'secure' && tear.kind === 'after';
  return isDone ? { ...machine, contents: contentsAfter } : machine;
}

/** Stages what is missing and commits, as the receiver does. */
export function takeSet(running: Running, set: BuiltSet): void {
  const { storage } = running;
  if (storage.table !== undefined && isTable(set, storage.table.record.manifestHash)) return;
  const stage = storage.openStage({ ...set.manifest, manifestHash: set.manifestHash }, set.manifestBytes);
  const chunks = chunksOf(set);
  while (stage.missing > 0) chunks.forEach((plaintext, i) => stage.writeChunk(i, plaintext));
  const result = storage.commit(stage, set.manifest);
  if (result.outcome !== 'committed') throw new Error(`commit: ${result.outcome}`);
}

/** A machine that booted and took these sets, one after another. */
export function livedThrough(machine: Machine, sets: readonly BuiltSet[]): Machine {
  const running = powerUp(copyOf(machine));
  const { settings } = running.storage;
  for (const set of sets) {
    settings.write({ bootCount: settings.values.bootCount + 1 });
    takeSet(running, set);
  }
  return running.machine();
}

export const isTable = (set: BuiltSet, manifestHash: Uint8Array): boolean =>
  equalBytes(set.manifestHash, manifestHash);

const packed = new WeakMap<BuiltSet, readonly Uint8Array[]>();

/** The plaintext chunks of a set. */
export function chunksOf(set: BuiltSet): readonly Uint8Array[] {
  const chunks = packed.get(set) ?? packTable(set.headBytes, set.rows);
  packed.set(set, chunks);
  return chunks;
}

export const anEvent = (over: Partial<EventEntry> = {}): EventEntry => ({
  type: 'opened',
  bootCount: 1,
  timeS: 1_800_000_000,
  clockTrust: 'trusted',
  data: new Uint8Array(8),
  ...over,
});

function plug({ layout, engine, image, contents }: Machine, power: PowerSupply) {
  const store = new MemorySecureStore(contents);
  const flash = new NorFlash({ store: image, power });
  const secure = new SecureElement(store, power);
  const left = (): Machine => ({ layout, engine, image: image.snapshot(), contents: store.load() });
  return { parts: { flash, secure, engine, layout }, left };
}

function cuts(work: () => unknown): boolean {
  try {
    work();
    return false;
  } catch (error) {
    if (error instanceof PowerCut) return true;
    throw error;
  }
}
