// The power-cut proof in its quick form: every scenario, every durable operation, a few tears of each kind. The whole
// of it is `npm run powercut`. And that the proof can fail: each invariant is broken once.
import { beforeAll, describe, expect, it } from 'vitest';
import { portableEngine } from '#protocol/crypto/portable-engine.ts';
import { enumerateTears } from '#lock-sim/flash/tears.ts';
import { Expectations } from '#test/powercut/expectations.ts';
import { type Expected, INVARIANTS, brokenInvariant } from '#test/powercut/invariants.ts';
import { brokenLog } from '#test/powercut/log-invariants.ts';
import { type ProofOptions, prove } from '#test/powercut/proof.ts';
import { type Recording, record } from '#test/powercut/recording.ts';
import { replay } from '#test/powercut/report.ts';
import { SCENARIOS, scenarioNamed } from '#test/powercut/scenarios.ts';
import { look, type Seen } from '#test/powercut/seen.ts';
import { tearsOf } from '#test/powercut/tear-list.ts';
import { World } from '#test/powercut/world.ts';
import { copyOf, machineAfter, powerUp } from './power-cut-rig.ts';

const QUICK: ProofOptions = { tears: 5, repairTears: 0, convergeEvery: 20 };
/** Ends a hanging proof; on a busy machine one takes many seconds. */
const PROOF_LIMIT_MS = 120_000;

const violationsOf = async (name: string, options: ProofOptions): Promise<string[]> => {
  const { violations, cases } = await prove(scenarioNamed(name)!, options);
  expect(cases).toBeGreaterThan(3);
  return violations.slice(0, 5).map((one) => `${one.what}: ${replay(one)}`);
};

describe('A power cut at any operation, torn in any way', { timeout: PROOF_LIMIT_MS }, () => {
  const named = SCENARIOS.map(({ name, happens }) => [name, happens] as const);
  it.each(named)('%s: %s', async (name) => {
    expect(await violationsOf(name, QUICK)).toEqual([]);
  });

  it.each(['second-sync', 'key-rotation', 'flash-put-back', 'rot-in-one-settings-copy'])(
    'and again while boot mends what it left: %s',
    async (name) => {
      expect(await violationsOf(name, { tears: 8, repairTears: 3, convergeEvery: 40 })).toEqual([]);
    },
  );

  it('holds with the engine that real firmware would run', async () => {
    const options = { ...QUICK, tears: 3, engine: portableEngine };
    expect(await violationsOf('second-sync', options)).toEqual([]);
  });
});

describe('The list of scenarios', () => {
  it('has at least forty, each with a name of its own and words for what it is about', () => {
    expect(SCENARIOS.length).toBeGreaterThanOrEqual(40);
    expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
    for (const { name, machine, happens } of SCENARIOS) {
      expect(name).toMatch(/^[a-z0-9-]+$/);
      expect(Math.min(machine.length, happens.length)).toBeGreaterThan(10);
    }
  });
});

describe('The whole list of tears', () => {
  it('of a program has every byte prefix, and 300 tears in all; so has that of an erase', () => {
    for (const length of [1, 40, 256, 512]) {
      const bytes = new Uint8Array(length);
      const tears = tearsOf({ kind: 'program', address: 0, bytes }, 7, 4096, undefined);
      const prefixes = tears.flatMap((tear) => (tear.kind === 'prefix' ? [tear.bytes] : []));
      expect(prefixes).toEqual(Array.from({ length: length - 1 }, (_, i) => i + 1));
      expect(new Set(tears.map((tear) => JSON.stringify(tear))).size).toBe(tears.length);
      expect(tears.length).toBeGreaterThanOrEqual(300);
      expect(new Set(tears.map(({ kind }) => kind)).size).toBe(length === 1 ? 4 : 5);
    }
    const erase = tearsOf({ kind: 'erase', sector: 0 }, 7, 4096, undefined);
    expect(erase.length).toBeGreaterThanOrEqual(300);
    expect(new Set(erase.map(({ kind }) => kind)).size).toBe(5);
  });
});

describe('A cut in the running lock', () => {
  it('leaves what the same tear leaves on the snapshot before the operation', async () => {
    const scenario = scenarioNamed('second-sync')!;
    const { moments, start } = await record(scenario);
    let cuts = 0;
    for (const moment of moments.filter(({ index }) => index % 9 === 0)) {
      for (const tear of enumerateTears(moment.operation, 4096, { seed: moment.index, limit: 6 })) {
        const world = await World.of(scenario, { parts: start });
        // The first boot is over when the world is there: its operations cannot be planned from here.
        const done = world.bench.lock.flashOperations;
        if (moment.index < done) continue;
        world.bench.lock.planCut(moment.index - done, tear);
        scenario.play(world);
        expect(world.bench.lock.isPowered).toBe(false);
        const expected = machineAfter(moment, tear);
        expect(world.bench.image().hash()).toBe(expected.image.hash());
        expect(world.contents).toEqual(expected.contents);
        cuts++;
      }
    }
    expect(cuts).toBeGreaterThan(30);
  });
});

describe('The proof can fail', () => {
  let recording: Recording;
  let seen: Seen;
  let expected: Expected;
  beforeAll(async () => {
    recording = await record(scenarioNamed('second-sync')!);
    const last = recording.moments.at(-1)!;
    expected = new Expectations(recording).of(last);
    seen = look(powerUp(copyOf(machineAfter(last, { kind: 'before' }))));
  });

  /** In the order of the invariants. */
  const broken: readonly ((seen: Seen, expected: Expected) => readonly [Partial<Seen>, Partial<Expected>])[] =
    [
      () => [{ otherChunk: 1 }, {}],
      () => [{ opens: () => true }, {}],
      () => [{}, { before: aboveFloor(seen) }],
      () => [{}, { before: { ...seen.contents, firmwareFloor: 9 } }],
      (one) => [{ contents: { ...one.contents, floor: aboveFloor(one).floor } }, {}],
      (_, { claims }) => [
        {},
        { claims: { ...claims, receipted: { triple: aboveFloor(seen).floor.triple, sequence: 1 } } },
      ],
      (one) => [{ contents: { ...one.contents, owner: null } }, {}],
      () => [{ verdict: 'older' }, {}],
      (one) => [{ settings: { ...one.settings, clockFloorS: 0 } }, {}],
      (one) => [{ settings: { ...one.settings, lockoutFailures: 99 } }, {}],
    ];

  const aboveFloor = ({ contents }: Seen): Seen['contents'] => {
    const { triple, tableHash } = contents.floor;
    return { ...contents, floor: { triple: { ...triple, tableVersion: 1_000 }, tableHash } };
  };

  it('as each invariant is broken by what breaks it, and by nothing else here', () => {
    expect(brokenInvariant(seen, expected)).toBeUndefined();
    expect(broken.length).toBe(INVARIANTS.length);
    INVARIANTS.forEach(({ sentence, broken: isBroken }, i) => {
      const [otherSeen, otherExpected] = broken[i]!(seen, expected);
      const how = isBroken({ ...seen, ...otherSeen }, { ...expected, ...otherExpected });
      expect(how, sentence).toBeTypeOf('string');
      expect(isBroken(seen, expected), sentence).toBeUndefined();
    });
  });

  it('where a row of the log is gone, says something else, or its number is used again', () => {
    const { before } = recording.moments.at(-1)!;
    const judge = (claims: Expected['claims']): string | undefined =>
      brokenLog(powerUp(copyOf(before)), { claims, isDisturbed: false });
    const { claims } = expected;
    const [first, row] = [...claims.rows][0]!;
    expect(judge(claims)).toBeUndefined();
    const another = new Map([...claims.rows, [first, { ...row, timeS: row.timeS + 1 }]]);
    expect(judge({ ...claims, rows: another })).toContain('says something else');
    const more = new Map([...claims.rows, [900, row]]);
    expect(judge({ ...claims, rows: more })).toContain('was lost');
    expect(judge({ ...claims, lastSequence: 900 })).toContain('takes a number that was used');
  });

  it('where a violation is found, with the command that shows it again', () => {
    const tear = { kind: 'prefix', bytes: 9 } as const;
    expect(replay({ scenario: 'delta', operation: 3, tear, what: 'x' })).toBe(
      `npm run powercut -- --scenario delta --operation 3 --tear '{"kind":"prefix","bytes":9}'`,
    );
  });
});
