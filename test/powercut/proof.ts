// Cuts the power at every durable operation of a scenario, in every way a cut can tear it, boots what is left and
// holds it to the invariants; then lets an honest courier finish from the images that are left.
import { isDeepStrictEqual } from 'node:util';
import { encodeHex } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { Tear } from '#lock-sim/flash/tears.ts';
import type { SecureContents } from '#lock-sim/secure-element/secure-contents.ts';
import { type Machine, type Running, copyOf, machineAfter, powerUp } from '#test/lock-sim/power-cut-rig.ts';
import { noConvergence } from './convergence.ts';
import { Expectations } from './expectations.ts';
import { brokenInvariant, type Expected } from './invariants.ts';
import { brokenLog } from './log-invariants.ts';
import { type Moment, type Recording, record } from './recording.ts';
import { cutRepairs, type RepairCut } from './repairs.ts';
import type { Scenario } from './scenario.ts';
import { look } from './seen.ts';
import { type TearLimit, tearsOf } from './tear-list.ts';

export interface ProofOptions {
  /** Tears an operation; where left out, the whole list. A scenario may ask for fewer. */
  readonly tears?: TearLimit;
  /** Tears an operation of a boot's repairs, a second cut; 0 leaves it out. */
  readonly repairTears: number;
  /** An honest courier comes to every so-many-th distinct image. */
  readonly convergeEvery: number;
  readonly engine?: CryptoEngine;
  /** Only the operation of that number, and only that tear. */
  readonly only?: { readonly operation: number; readonly tear?: Tear; readonly repair?: RepairCut };
}

export interface Proof {
  readonly name: string;
  operations: number;
  /** Tears whose image was booted and judged. */
  cases: number;
  /** Tears that left the very image, secure contents and claims of a case before: not booted again, no cases. */
  repeated: number;
  /** Images left after boot's repair, told apart by flash, secure contents and claims. */
  distinct: number;
  converged: number;
  readonly violations: Violation[];
  /** CPU time of boots and invariants, and of the honest courier. */
  judgingMs: number;
  convergingMs: number;
}

export interface Violation {
  readonly scenario: string;
  readonly operation: number;
  readonly tear: Tear;
  readonly repair?: RepairCut;
  readonly what: string;
}

/** Never throws: a scenario that cannot be played is a violation of its own. */
export async function prove(scenario: Scenario, options: ProofOptions): Promise<Proof> {
  const proof = emptyProof(scenario.name);
  const fault = (what: string): void => {
    proof.violations.push({ scenario: scenario.name, operation: 0, tear: { kind: 'before' }, what });
  };
  try {
    const recording = await record(scenario, options.engine);
    proof.operations = recording.moments.length;
    recording.faults.forEach((what) => fault(`with no cut at all: ${what}`));
    const round = new Round(recording, options, proof);
    for (const moment of recording.moments) {
      if (options.only === undefined || options.only.operation === moment.index) await round.cut(moment);
    }
  } catch (error) {
    fault(`the scenario cannot be played: ${spell(error)}`);
  }
  return proof;
}

const emptyProof = (name: string): Proof => ({
  name,
  operations: 0,
  cases: 0,
  repeated: 0,
  distinct: 0,
  converged: 0,
  violations: [],
  judgingMs: 0,
  convergingMs: 0,
});

class Round {
  readonly #recording: Recording;
  readonly #options: ProofOptions;
  readonly #proof: Proof;
  readonly #expectations: Expectations;
  readonly #booted = new Set<string>();
  readonly #left = new Set<string>();
  readonly #logs = new Set<string>();
  readonly #names = new Map<SecureContents, number>();

  constructor(recording: Recording, options: ProofOptions, proof: Proof) {
    this.#recording = recording;
    this.#options = options;
    this.#proof = proof;
    this.#expectations = new Expectations(recording);
  }

  async cut(moment: Moment): Promise<void> {
    const { scenario, start } = this.#recording;
    const { only } = this.#options;
    const limit = this.#options.tears ?? scenario.tears;
    const all = tearsOf(moment.operation, moment.index, start.layout.geometry.sectorBytes, limit);
    const expected = this.#expectations.of(moment);
    const startedMs = cpuMs();
    const toConverge: [Tear, Machine, RepairCut | undefined][] = [];
    for (const tear of only?.tear === undefined ? all : [only.tear]) {
      const torn = machineAfter(moment, tear);
      if (this.#wasBooted(moment, torn)) continue;
      const note = (left: Machine, repair?: RepairCut): void => {
        toConverge.push([tear, left, repair]);
      };
      this.#case(moment, expected, tear, torn, note);
    }
    this.#proof.judgingMs += cpuMs() - startedMs;
    const convergingFromMs = cpuMs();
    for (const [tear, left, repair] of toConverge) {
      await this.#converge(moment, expected, tear, left, repair);
    }
    this.#proof.convergingMs += cpuMs() - convergingFromMs;
  }

  /** Of an image, secure contents and claims that came before: booting it again would show nothing new. */
  #wasBooted(moment: Moment, { image, contents }: Machine): boolean {
    const key = `${this.#nameOf(moment, contents)} ${image.hash()}`;
    const isKnown = this.#booted.has(key);
    if (isKnown) this.#proof.repeated++;
    else this.#booted.add(key);
    return isKnown;
  }

  #case(
    moment: Moment,
    expected: Expected,
    tear: Tear,
    torn: Machine,
    note: (left: Machine, repair?: RepairCut) => void,
  ): void {
    const isDisturbed = tear.kind === 'disturb';
    const judge = (machine: Machine, isDisturbedToo: boolean, repair?: RepairCut): Running | undefined => {
      this.#proof.cases++;
      try {
        const running = powerUp(copyOf(machine));
        const broken = brokenInvariant(look(running), expected);
        if (broken !== undefined) this.#violated(moment, tear, broken, repair);
        else this.#judgeLeft(moment, expected, tear, running, isDisturbed || isDisturbedToo, note, repair);
        return running;
      } catch (error) {
        this.#violated(moment, tear, spell(error), repair);
        return undefined;
      }
    };
    const running = judge(torn, false);
    if (running === undefined || this.#options.repairTears === 0) return;
    const { operations } = running.power;
    for (const { repair, left } of cutRepairs(torn, operations, this.#options.repairTears)) {
      if (!this.#isAsked(repair) || this.#wasBooted(moment, left)) continue;
      judge(left, repair.tear.kind === 'disturb', repair);
    }
  }

  /** Each distinct image that boot leaves: its log holds, and of those chosen to converge a second boot changes nothing. */
  #judgeLeft(
    moment: Moment,
    expected: Expected,
    tear: Tear,
    running: Running,
    isDisturbed: boolean,
    note: (left: Machine, repair?: RepairCut) => void,
    repair: RepairCut | undefined,
  ): void {
    const left = running.machine();
    const key = `${this.#nameOf(moment, left.contents)} ${left.image.hash()} ${isDisturbed ? 'd' : ''}`;
    if (this.#left.has(key)) return;
    this.#left.add(key);
    this.#proof.distinct++;
    const isChosen = this.#proof.distinct % this.#options.convergeEvery === 0;
    const broken =
      (isChosen ? changedBySecondBoot(running, left) : undefined) ??
      this.#brokenLog(moment, expected, running, left, isDisturbed);
    if (broken !== undefined) this.#violated(moment, tear, broken, repair);
    else if (isChosen) note(left, repair);
  }

  /** What the log says follows from its region of the flash and the settings: each of these is read once. */
  #brokenLog(
    { claim }: Moment,
    expected: Expected,
    running: Running,
    { image, layout }: Machine,
    isDisturbed: boolean,
  ): string | undefined {
    const [first] = layout.events;
    if (first === undefined) return undefined;
    const { bootCount, eventsAcknowledged, eventsReserved, eventsSkipTo } = running.storage.settings.values;
    const numbers = [claim, bootCount, eventsAcknowledged, eventsReserved, eventsSkipTo].join('/');
    const bytes = layout.events.reduce((sum, region) => sum + region.bytes, 0);
    const key = `${numbers} ${image.hash({ address: first.address, bytes })} ${isDisturbed ? 'd' : ''}`;
    if (this.#logs.has(key)) return undefined;
    const broken = brokenLog(running, { ...expected, isDisturbed });
    // A broken one is told of every time.
    if (broken === undefined) this.#logs.add(key);
    return broken;
  }

  #isAsked({ operation, tear }: RepairCut): boolean {
    const asked = this.#options.only?.repair;
    return asked === undefined || (asked.operation === operation && isDeepStrictEqual(asked.tear, tear));
  }

  async #converge(
    moment: Moment,
    { claims }: Expected,
    tear: Tear,
    left: Machine,
    repair: RepairCut | undefined,
  ): Promise<void> {
    this.#proof.converged++;
    try {
      const broken = await noConvergence(this.#recording.scenario, left, claims);
      if (broken !== undefined) this.#violated(moment, tear, broken, repair);
    } catch (error) {
      this.#violated(moment, tear, spell(error), repair);
    }
  }

  #violated({ index }: Moment, tear: Tear, what: string, repair: RepairCut | undefined): void {
    const { name } = this.#recording.scenario;
    this.#proof.violations.push({ scenario: name, operation: index, tear, ...(repair && { repair }), what });
  }

  /** Names claims and secure contents: contents that boot made are told by what differs from those before. */
  #nameOf(moment: Moment, contents: SecureContents): string {
    const base = moment.before.contents;
    const number = this.#names.get(base) ?? this.#names.size;
    this.#names.set(base, number);
    const changes = Object.entries(contents)
      .filter(([name, value]) => base[name as keyof SecureContents] !== value)
      .map(([name, value]) => `${name}=${spellValue(value)}`);
    return `${moment.claim}/${number}/${changes.join()}`;
  }
}

function changedBySecondBoot(first: Running, left: Machine): string | undefined {
  const second = powerUp(copyOf(left));
  if (second.power.operations > 0) return `a second boot wrote ${second.power.operations} times`;
  const [one, two] = [first, second].map(({ storage }) => storage.table?.record.manifestHash.join());
  return one === two ? undefined : 'a second boot chose another table';
}

const spellValue = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) => (inner instanceof Uint8Array ? encodeHex(inner) : inner));

const spell = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
