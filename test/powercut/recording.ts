// A scenario played once without a cut: the machine before each durable operation, and what the lock had claimed by
// then, to its own firmware or to the world. A cut may undo none of it.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { compareTriples } from '#protocol/triple.ts';
import type { DurableOperation } from '#lock-sim/flash/durable-operation.ts';
import type { FlashImage } from '#lock-sim/flash/flash-image.ts';
import { PowerSupply } from '#lock-sim/flash/power-supply.ts';
import type { SecureContents } from '#lock-sim/secure-element/secure-contents.ts';
import type { MemorySecureStore } from '#lock-sim/secure-element/secure-element.ts';
import type { EventRow } from '#lock-sim/storage/event-row.ts';
import { type Machine, copyOf, powerUp } from '#test/lock-sim/power-cut-rig.ts';
import { type Claims, claimsOf, isSame, isSameRow } from './claims.ts';
import type { Scenario } from './scenario.ts';
import type { Parts } from './setup.ts';
import { bornParts, World } from './world.ts';

export interface Moment {
  readonly index: number;
  readonly operation: DurableOperation;
  readonly before: Machine;
  /** What the secure element holds once the operation is done. */
  contentsAfter: SecureContents;
  /** Position in `Recording.claims`. */
  readonly claim: number;
}

export interface Recording {
  readonly scenario: Scenario;
  readonly start: Machine;
  readonly moments: readonly Moment[];
  /** Each differs from the one before. The last is how it all ended. */
  readonly claims: readonly Claims[];
  /** The flash was not this lock's newest when power came: what was in force may be in force no more. */
  readonly isSuspect: boolean;
  /** Claims that were broken without any cut. */
  readonly faults: readonly string[];
}

export async function startOf(scenario: Scenario, engine: CryptoEngine = nodeEngine): Promise<Machine> {
  // Where nothing was prepared the first boot is part of what is cut.
  const parts = scenario.prepare === undefined ? bornParts(scenario) : await prepared(scenario, engine);
  return { engine, ...(scenario.befall?.(parts) ?? parts) };
}

async function prepared(scenario: Scenario, engine: CryptoEngine): Promise<Parts> {
  const world = await World.of(scenario, { engine });
  scenario.prepare?.(world);
  world.bench.lock.cutPower();
  return world.parts();
}

export async function record(scenario: Scenario, engine: CryptoEngine = nodeEngine): Promise<Recording> {
  const start = await startOf(scenario, engine);
  const baseline = powerUp(copyOf(start));
  const ledger = new Ledger(claimsOf(baseline.storage, undefined, []));
  const moments: Moment[] = [];
  let parts: { flash: FlashImage; secure: MemorySecureStore } | undefined;
  // Not there during its first boot.
  const at: { world?: World } = {};
  const left = (): Machine => ({
    ...start,
    image: parts?.flash.snapshot() ?? start.image,
    contents: parts?.secure.load() ?? start.contents,
  });
  const newSupply = (): PowerSupply => {
    const supply = new PowerSupply();
    supply.observe((operation) => {
      const before = left();
      finish(moments, before.contents);
      moments.push({
        index: moments.length,
        operation: keep(operation),
        before,
        contentsAfter: before.contents,
        claim: ledger.note(at.world),
      });
    });
    return supply;
  };
  const world = await World.of(scenario, {
    parts: start,
    engine,
    newSupply,
    watch: (flash, secure) => {
      parts = { flash, secure };
    },
  });
  at.world = world;
  world.onDone = () => ledger.witness(world);
  ledger.note(world);
  scenario.play(world);
  finish(moments, left().contents);
  ledger.note(world);
  const isSuspect = baseline.settings === 'older' || baseline.settings === 'lost';
  return { scenario, start, moments, claims: ledger.claims, isSuspect, faults: ledger.faults };
}

function finish(moments: readonly Moment[], contents: SecureContents): void {
  const last = moments.at(-1);
  if (last !== undefined) last.contentsAfter = contents;
}

/** The bytes are lent for the call only. */
const keep = (operation: DurableOperation): DurableOperation =>
  operation.kind === 'program' ? { ...operation, bytes: operation.bytes.slice() } : operation;

class Ledger {
  readonly claims: Claims[];
  readonly faults: string[] = [];
  readonly #known = new Map<number, EventRow>();
  readonly #openingsBefore: number;
  #heard = 0;
  #receipted: Claims['receipted'];

  constructor(first: Claims) {
    this.claims = [first];
    for (const [sequence, row] of first.rows) this.#known.set(sequence, row);
    this.#openingsBefore = this.#openings();
  }

  /** Position of what holds now. While the lock is booting it claims nothing new. */
  note(world: World | undefined): number {
    const storage = world?.bench.lock.firmware?.storage;
    if (world !== undefined && storage !== undefined) {
      this.#listen(world);
      const now = claimsOf(storage, this.#receipted, [...world.used]);
      const last = this.claims.at(-1);
      if (last === undefined || !isSame(last, now)) this.#add(now);
    }
    return this.claims.length - 1;
  }

  /** After something was done: what was seen of it lies in flash. */
  witness(world: World): void {
    this.note(world);
    const { lockoutFailures } = this.claims.at(-1)?.settings ?? {};
    if (lockoutFailures !== undefined && lockoutFailures < world.guesses)
      this.faults.push('a wrong code was answered before it was counted in flash');
    if (new Set(world.used).size < world.used.length) this.faults.push('a single-use code opened twice');
    if (this.#openings() - this.#openingsBefore < world.opens)
      this.faults.push('a door was seen to open before its row was in flash');
  }

  #listen(world: World): void {
    if (world.heard() === this.#heard) return;
    this.#heard = world.heard();
    for (const { triple, logSequence } of world.receipts()) {
      const before = this.#receipted;
      const isHigher = before === undefined || compareTriples(triple, before.triple) > 0;
      this.#receipted = {
        triple: isHigher ? triple : before.triple,
        sequence: Math.max(logSequence, before?.sequence ?? 0),
      };
    }
  }

  #add(now: Claims): void {
    for (const [sequence, row] of now.rows) {
      const known = this.#known.get(sequence);
      if (known !== undefined && !isSameRow(known, row))
        this.faults.push(`row ${sequence} was written twice`);
      this.#known.set(sequence, row);
    }
    this.claims.push(now);
  }

  #openings(): number {
    return [...this.#known.values()].filter(({ type }) => type === 'opened').length;
  }
}
