// Cuts the power at every durable operation of a story, in every way a cut can tear it, boots what is left and
// holds it to the invariants; then cuts the boot's own repairs, and lets an honest courier finish.
import { equalBytes } from '#protocol/bytes.ts';
import { compareTriples, formatTriple } from '#protocol/triple.ts';
import { type Tear, enumerateTears } from '#lock-sim/flash/tears.ts';
import { readGap } from '#lock-sim/storage/event-row.ts';
import type { SettingsValues } from '#lock-sim/storage/settings-values.ts';
import {
  type Facts,
  type Machine,
  type Moment,
  type Running,
  type Story,
  anEvent,
  bootCutAt,
  chunksOf,
  copyOf,
  isTable,
  machineAfter,
  powerUp,
  recordStory,
  takeSet,
} from './power-cut-rig.ts';

export interface ProofOptions {
  /** Per operation of the story. */
  readonly tears: number;
  /** Per operation of a boot's repairs; 0 leaves the second cut out. */
  readonly repairTears?: number;
  /** Convergence is tried on every so many-th distinct image. */
  readonly convergeEvery?: number;
}

export interface Proof {
  cases: number;
  operations: number;
  converged: number;
  readonly images: Set<string>;
  /** Each names the story, the operation and the tear that show it again. */
  readonly violations: string[];
}

export function cutEverywhere(story: Story, options: ProofOptions): Proof {
  const proof: Proof = { cases: 0, operations: 0, converged: 0, images: new Set(), violations: [] };
  for (const moment of recordStory(story)) {
    proof.operations++;
    for (const tear of tearsOf(story.start, moment, options.tears)) {
      const violation = cutOnce(moment, tear, options, proof);
      if (violation === undefined) continue;
      const { index, operation } = moment;
      proof.violations.push(
        `${story.name}, operation ${index} (${operation.kind}), ${JSON.stringify(tear)}: ${violation}`,
      );
    }
  }
  return proof;
}

const tearsOf = ({ layout }: Machine, { operation, index }: Moment, limit: number): Tear[] =>
  enumerateTears(operation, layout.geometry.sectorBytes, { seed: index, limit });

function cutOnce(moment: Moment, tear: Tear, options: ProofOptions, proof: Proof): string | undefined {
  const { repairTears = 0, convergeEvery = 1 } = options;
  try {
    proof.cases++;
    const torn = machineAfter(moment, tear);
    const running = powerUp(copyOf(torn));
    const broken = brokenInvariant(moment, running);
    if (broken !== undefined) return broken;
    if (repairTears > 0) {
      const again = cutRepairs(moment, torn, running.power.operations, repairTears, proof);
      if (again !== undefined) return again;
    }
    const left = running.machine();
    const hash = left.image.hash();
    if (proof.images.has(hash)) return undefined;
    proof.images.add(hash);
    if (proof.images.size % convergeEvery !== 0) return undefined;
    proof.converged++;
    return changedBySecondBoot(running, left) ?? noConvergence(moment.facts, left);
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}

/** A second cut, at each operation with which boot mends what the first one left. */
function cutRepairs(
  moment: Moment,
  torn: Machine,
  operations: number,
  tears: number,
  proof: Proof,
): string | undefined {
  for (let index = 0; index < operations; index++) {
    for (const tear of repairTearsOf(index, tears)) {
      const left = bootCutAt(copyOf(torn), index, tear);
      if (left === undefined) return `a boot of another length (operation ${index})`;
      proof.cases++;
      const broken = brokenInvariant(moment, powerUp(left));
      if (broken !== undefined) return `then boot's operation ${index}, ${JSON.stringify(tear)}: ${broken}`;
    }
  }
  return undefined;
}

/** What the operation is does not matter here: a tear of the wrong kind does what comes nearest. */
function repairTearsOf(index: number, limit: number): Tear[] {
  const all: Tear[] = [
    { kind: 'after' },
    { kind: 'disturb', seed: index },
    { kind: 'unstable', seed: index },
    { kind: 'prefix', bytes: 9 },
    { kind: 'bits', seed: index },
    { kind: 'before' },
    { kind: 'prefix', bytes: 40 },
  ];
  return all.slice(0, limit);
}

function brokenInvariant({ before, facts }: Moment, running: Running): string | undefined {
  const { oldSet, newSet, isCommitted } = facts;
  const { storage, secure, settings } = running;
  if (settings === 'older' || settings === 'lost') return `the settings were found ${settings}`;
  const broken = brokenSettings(facts, storage.settings.values);
  if (broken !== undefined) return broken;
  const floor = secure.contents.floor.triple;
  if (compareTriples(floor, before.contents.floor.triple) < 0) {
    return `the floor fell to ${formatTriple(floor)}`;
  }
  const { table } = storage;
  if (table === undefined) {
    return oldSet !== undefined || isCommitted ? `no table (${storage.tableState})` : undefined;
  }
  const set = [newSet, oldSet].find((one) => one && isTable(one, table.record.manifestHash));
  if (set === undefined) return 'a table that nobody sent';
  if (isCommitted && set !== newSet) return 'the old table after the commit';
  if (compareTriples(floor, set.triple) !== 0) return 'a floor that is not at the table';
  const isExact = chunksOf(set).every((chunk, i) =>
    equalBytes(chunk, table.openChunk(i) ?? new Uint8Array()),
  );
  return isExact ? undefined : 'a table with another content';
}

function brokenSettings({ settings, settingsUnderWay }: Facts, found: SettingsValues): string | undefined {
  const names = Object.keys(settingsUnderWay) as (keyof SettingsValues)[];
  const broken = names.find((name) => {
    const before = settings[name] ?? 0;
    return found[name] !== before && found[name] !== settingsUnderWay[name];
  });
  return broken && `${broken} is ${String(found[broken])}, neither what was written nor what was under way`;
}

/** What boot has mended stays mended: a second boot finds the same and writes nothing. */
function changedBySecondBoot(first: Running, left: Machine): string | undefined {
  const second = powerUp(copyOf(left));
  if (second.power.operations > 0) return `a second boot wrote ${second.power.operations} times`;
  const [one, two] = [first, second].map(({ storage }) => storage.table?.record.manifestHash.join());
  return one === two ? undefined : 'a second boot chose another table';
}

function noConvergence({ newSet, events }: Facts, left: Machine): string | undefined {
  const running = powerUp(left);
  running.storage.events.append(anEvent({ type: 'booted' }));
  const missing = unexplained(running, events);
  if (missing !== undefined) return `event ${missing} is missing and no gap row says so`;
  takeSet(running, newSet);
  const { table } = powerUp(running.machine()).storage;
  return table && isTable(newSet, table.record.manifestHash) ? undefined : 'no convergence';
}

/** A number up to the newest that is neither a row nor within a gap row. */
function unexplained({ storage }: Running, events: readonly number[]): number | undefined {
  const rows = [...storage.events.read(1)];
  const there = new Set(rows.map(({ sequence }) => sequence));
  const gaps = rows.filter(({ type }) => type === 'gap').map(({ data }) => readGap(data));
  const newest = Math.max(storage.events.lastSequence, ...events);
  for (let n = storage.settings.values.eventsAcknowledged + 1; n <= newest; n++) {
    if (!there.has(n) && !gaps.some(({ from, to }) => from <= n && n <= to)) return n;
  }
  return undefined;
}
