// Cuts the power at every durable operation of a story, in every way a cut can tear it, and boots what is left.
// The story runs once; each cut is then made on the snapshot taken before its operation.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { equalBytes } from '#protocol/bytes.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { packTable } from '#protocol/table/chunks.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { compareTriples, formatTriple } from '#protocol/triple.ts';
import { FlashImage } from '#lock-sim/flash/flash-image.ts';
import { NorFlash } from '#lock-sim/flash/nor-flash.ts';
import { type DurableOperation, PowerCut, PowerSupply } from '#lock-sim/flash/power-supply.ts';
import { type Tear, applyTear, enumerateTears } from '#lock-sim/flash/tears.ts';
import { type SecureContents, manufacture } from '#lock-sim/secure-element/secure-contents.ts';
import { MemorySecureStore, SecureElement } from '#lock-sim/secure-element/secure-element.ts';
import { type BootReport, boot } from '#lock-sim/storage/boot.ts';
import { type EventEntry, readGap } from '#lock-sim/storage/event-row.ts';
import { type StorageLayout, type StorageSize, layOut } from '#lock-sim/storage/layout.ts';
import type { SettingsValues } from '#lock-sim/storage/settings-values.ts';
import type { BuiltSet } from '#test/builders/signed-set.ts';

/** All that survives a power cut. */
export interface Machine {
  readonly layout: StorageLayout;
  readonly engine: CryptoEngine;
  readonly image: FlashImage;
  readonly contents: SecureContents;
}

export interface Running extends BootReport {
  readonly power: PowerSupply;
  readonly secure: SecureElement;
  readonly flash: NorFlash;
  /** The machine as it would be after a cut now. */
  machine(): Machine;
}

/** What must hold after a cut, kept by the story as it goes. */
export interface Facts {
  /** In force before; undefined for none. */
  readonly oldSet: BuiltSet | undefined;
  readonly newSet: BuiltSet;
  /** The commit has returned: only the new table will do. */
  isCommitted: boolean;
  /** The last settings whose write has returned, and those on their way. */
  settings: Partial<SettingsValues>;
  settingsUnderWay: Partial<SettingsValues>;
  /** Numbers of event rows whose append has returned. */
  readonly events: number[];
}

export interface Story {
  readonly name: string;
  readonly start: Machine;
  readonly facts: Facts;
  play(running: Running, facts: Facts): void;
}

export interface Moment {
  readonly index: number;
  readonly operation: DurableOperation;
  readonly before: Machine;
  readonly contentsAfter: () => SecureContents;
  readonly facts: Facts;
}

export function aMachine(set: BuiltSet, size: StorageSize, engine: CryptoEngine = nodeEngine): Machine {
  const layout = layOut(size);
  const power = new PowerSupply();
  const store = new MemorySecureStore(manufacture(seededRandom('machine')));
  const { lock, keySet, triple } = set;
  new SecureElement(store, power).activate(
    { doorId: lock.doorId, ownershipEpoch: triple.ownershipEpoch, keySetBytes: keySet.keySetBytes },
    keySet.keySet.number,
    lock.secrets,
  );
  return { layout, engine, image: new FlashImage(layout.geometry), contents: store.load() };
}

/** Boots on the machine's own image: hand in a snapshot to keep the machine. */
export function powerUp({ layout, engine, image, contents }: Machine, power = new PowerSupply()): Running {
  const store = new MemorySecureStore(contents);
  const flash = new NorFlash({ store: image, power });
  const secure = new SecureElement(store, power);
  const report = boot({ flash, secure, engine, layout });
  return {
    ...report,
    power,
    secure,
    flash,
    machine: () => ({ layout, engine, image: image.snapshot(), contents: store.load() }),
  };
}

export const copyOf = (machine: Machine): Machine => ({ ...machine, image: machine.image.snapshot() });

/** Stages what is missing and commits, as the receiver does. */
export function takeSet({ storage }: Running, set: BuiltSet): void {
  if (storage.table !== undefined && equalBytes(storage.table.record.manifestHash, set.manifestHash)) return;
  const stage = storage.openStage({ ...set.manifest, manifestHash: set.manifestHash }, set.manifestBytes);
  const chunks = packTable(set.headBytes, set.rows);
  while (stage.missing > 0) chunks.forEach((plaintext, i) => stage.writeChunk(i, plaintext));
  const result = storage.commit(stage, set.manifest);
  if (result.outcome !== 'committed') throw new Error(`commit: ${result.outcome}`);
}

export const anEvent = (over: Partial<EventEntry> = {}): EventEntry => ({
  type: 'opened',
  bootCount: 1,
  timeS: 1_800_000_000,
  data: new Uint8Array(8),
  ...over,
});

export function writeSettings(running: Running, facts: Facts, change: Partial<SettingsValues>): void {
  facts.settingsUnderWay = { ...facts.settings, ...change };
  running.storage.settings.write(change);
  facts.settings = facts.settingsUnderWay;
}

export function appendEvent(running: Running, facts: Facts): void {
  facts.events.push(running.storage.events.append(anEvent()).sequence);
}

/** Plays the story once and keeps the moment before each operation. */
export function recordStory(story: Story): Moment[] {
  const moments: Moment[] = [];
  const contents: SecureContents[] = [];
  const power = new PowerSupply();
  const start = copyOf(story.start);
  const store = { load: (): SecureContents => start.contents };
  power.observe((operation, index) => {
    const kept = operation.kind === 'program' ? { ...operation, bytes: operation.bytes.slice() } : operation;
    const held = current?.secure.contents ?? store.load();
    contents.push(held);
    moments.push({
      index,
      operation: kept,
      before: { ...start, image: start.image.snapshot(), contents: held },
      contentsAfter: () => contents[index + 1]!,
      facts: { ...facts, events: [...facts.events] },
    });
  });
  const facts: Facts = { ...story.facts, events: [...story.facts.events] };
  let current: { readonly secure: SecureElement } | undefined;
  const memory = new MemorySecureStore(start.contents);
  const secure = new SecureElement(memory, power);
  current = { secure };
  const flash = new NorFlash({ store: start.image, power });
  const report = boot({ flash, secure, engine: start.engine, layout: start.layout });
  story.play({ ...report, power, secure, flash, machine: () => start }, facts);
  contents.push(memory.load());
  return moments;
}

export function machineAfter(moment: Moment, tear: Tear): Machine {
  const machine = copyOf(moment.before);
  applyTear(machine.image, moment.operation, tear);
  const isDone = moment.operation.kind === 'secure' && tear.kind === 'after';
  return isDone ? { ...machine, contents: moment.contentsAfter() } : machine;
}

export interface Tally {
  cases: number;
  readonly images: Set<string>;
  readonly violations: string[];
}

/** Every operation of the story, `tearsEach` tears each. */
export function cutEverywhere(story: Story, tearsEach: number): Tally {
  const tally: Tally = { cases: 0, images: new Set(), violations: [] };
  for (const moment of recordStory(story)) {
    const { sectorBytes } = story.start.layout.geometry;
    for (const tear of enumerateTears(moment.operation, sectorBytes, { seed: moment.index, limit: tearsEach })) {
      tally.cases++;
      const found = violationAfter(moment, tear, tally.images);
      if (found !== undefined) {
        const at = `${story.name}, operation ${moment.index} (${moment.operation.kind}), ${JSON.stringify(tear)}`;
        tally.violations.push(`${at}: ${found}`);
      }
    }
  }
  return tally;
}

/** What broke, if anything: boot, the invariants, boot again, and convergence for an image not seen before. */
export function violationAfter(moment: Moment, tear: Tear, seen: Set<string>): string | undefined {
  const machine = machineAfter(moment, tear);
  try {
    const running = powerUp(machine);
    const broken = brokenInvariant(moment, running);
    if (broken !== undefined) return broken;
    const left = running.machine();
    const hash = left.image.hash();
    if (seen.has(hash)) return undefined;
    seen.add(hash);
    return unstableBoot(running, left) ?? noConvergence(moment.facts, left);
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}

function brokenInvariant({ before, facts }: Moment, { storage, secure, settings }: Running): string | undefined {
  const { oldSet, newSet, isCommitted } = facts;
  if (settings === 'older' || settings === 'lost') return `the settings were found ${settings}`;
  const floor = secure.contents.floor.triple;
  if (compareTriples(floor, before.contents.floor.triple) < 0) return `the floor fell to ${formatTriple(floor)}`;
  const table = storage.table;
  if (table === undefined) {
    return oldSet !== undefined || isCommitted ? `no table (${storage.tableState})` : undefined;
  }
  const set = [oldSet, newSet].find((one) => one && equalBytes(one.manifestHash, table.record.manifestHash));
  if (set === undefined) return 'a table that nobody sent';
  if (isCommitted && set !== newSet) return 'the old table after the commit';
  if (compareTriples(floor, set.triple) !== 0) return 'a floor that is not at the table';
  const chunks = packTable(set.headBytes, set.rows);
  if (!chunks.every((chunk, i) => equalBytes(chunk, table.openChunk(i) ?? new Uint8Array(0)))) {
    return 'a table with another content';
  }
  return brokenSettings(facts, storage.settings.values);
}

function brokenSettings({ settings, settingsUnderWay }: Facts, found: SettingsValues): string | undefined {
  for (const [name, value] of Object.entries(settings)) {
    const held = found[name as keyof SettingsValues];
    const next = settingsUnderWay[name as keyof SettingsValues];
    if (held !== value && held !== next) return `${name} is ${String(held)}, neither ${String(value)} nor the next`;
  }
  return undefined;
}

/** What boot has mended stays mended: a second boot finds the same and writes nothing. */
function unstableBoot(first: Running, left: Machine): string | undefined {
  const second = powerUp(copyOf(left));
  if (second.power.operations > 0) return `a second boot wrote ${second.power.operations} times`;
  const same = second.storage.table?.record.manifestHash.join() === first.storage.table?.record.manifestHash.join();
  return same ? undefined : 'a second boot chose another table';
}

function noConvergence({ newSet, events, oldSet }: Facts, left: Machine): string | undefined {
  const running = powerUp(left);
  running.storage.events.append(anEvent({ type: 'booted' }));
  const missing = unexplained(running, events);
  if (missing !== undefined) return `event ${missing} is missing without a gap row`;
  takeSet(running, newSet);
  const table = running.storage.table;
  if (table === undefined || !equalBytes(table.record.manifestHash, newSet.manifestHash)) return 'no convergence';
  const again = powerUp(running.machine());
  if (again.storage.table === undefined) return 'no table after convergence';
  return oldSet !== undefined && table.slot === undefined ? 'no slot' : undefined;
}

function unexplained({ storage }: Running, events: readonly number[]): number | undefined {
  const rows = [...storage.events.read(1)];
  const there = new Set(rows.map(({ sequence }) => sequence));
  const gaps = rows.filter(({ type }) => type === 'gap').map(({ data }) => readGap(data));
  const all = new Set(events);
  for (let n = 1; n < storage.events.lastSequence; n++) all.add(n);
  return [...all].find((n) => !there.has(n) && !gaps.some(({ from, to }) => from <= n && n <= to));
}

export { PowerCut };
