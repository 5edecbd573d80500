// The power cut at each durable operation of what happens at the door, in every kind of tear: a guess that was
// compared is counted, no count falls but by an opening, and a single-use code opens once at most.
import { describe, expect, it } from 'vitest';
import { invariant } from '#protocol/errors.ts';
import type { DurableOperation } from '#lock-sim/flash/durable-operation.ts';
import { PowerCut, PowerSupply } from '#lock-sim/flash/power-supply.ts';
import { enumerateTears, type Tear } from '#lock-sim/flash/tears.ts';
import type { Decision } from '#lock-sim/access/decision.ts';
import {
  accessOn,
  again,
  anAccess,
  EXPIRED,
  guess,
  machineOf,
  PHONE,
  RIGHT,
  setOf,
  SINGLE,
  WRONG,
  type AccessRig,
} from './access-rig.ts';
import { playCutAt, someFacts, type Machine, type Running } from './power-cut-rig.ts';

const TEARS_AN_OPERATION = 12;

type Act = (rig: AccessRig) => Decision | undefined;

interface Case {
  readonly place: string;
  /** Before the power came back. */
  readonly decision: Decision | undefined;
  /** Chunks of rows that were opened: the entry was compared. */
  readonly isCompared: boolean;
  readonly left: Machine;
}

/** `act` cut at each of its operations, in up to so many ways each; boot is left whole. */
function* cutEverywhere(machine: Machine, act: Act): Generator<Case> {
  const whole = new PowerSupply();
  const seen: { readonly index: number; readonly operation: DurableOperation }[] = [];
  const rig = anAccess(machine, { power: whole });
  const operationsOfBoot = whole.operations;
  whole.observe((operation, index) => {
    const kept = operation.kind === 'program' ? { ...operation, bytes: operation.bytes.slice() } : operation;
    seen.push({ index, operation: kept });
  });
  act(rig);
  invariant(whole.operations > operationsOfBoot, 'there is something to cut');
  const { sectorBytes } = machine.layout.geometry;
  for (const { index, operation } of seen) {
    for (const tear of enumerateTears(operation, sectorBytes, { seed: index, limit: TEARS_AN_OPERATION })) {
      yield cut(machine, act, index - operationsOfBoot, tear);
    }
  }
}

function cut(machine: Machine, act: Act, operation: number, tear: Tear): Case {
  const power = new PowerSupply();
  const rig = anAccess(machine, { power });
  // The head is decoded once, so that what is opened from here on is rows.
  expect(rig.access.head).toBeDefined();
  power.cutAt(power.operations + operation, tear);
  const { table } = rig.running.storage;
  const opened = table?.chunksOpened;
  let decision: Decision | undefined;
  try {
    decision = act(rig);
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error;
  }
  return {
    place: `operation ${operation}, ${JSON.stringify(tear)}`,
    decision,
    isCompared: table?.chunksOpened !== opened,
    left: rig.running.machine(),
  };
}

const enter =
  (digits: string): Act =>
  ({ access }) =>
    access.enterCode(digits);

function afterGuesses(times: number): Machine {
  const rig = anAccess(machineOf());
  guess(rig, times);
  return rig.running.machine();
}

describe('a power cut in an entry', () => {
  it.each([0, 1, 5])('never takes a guess back that was compared, after %i of them', (before) => {
    let [cases, compared] = [0, 0];
    for (const { place, decision, isCompared, left } of cutEverywhere(afterGuesses(before), enter(WRONG))) {
      const { lockoutFailures } = anAccess(left).settings();
      expect(decision, place).toBeUndefined();
      expect(lockoutFailures, place).toBeGreaterThanOrEqual(before + (isCompared ? 1 : 0));
      expect(lockoutFailures, place).toBeLessThanOrEqual(before + 1);
      cases++;
      if (isCompared) compared++;
    }
    expect(cases).toBeGreaterThan(25);
    expect(compared).toBeGreaterThan(5);
  });

  it('at each of many guesses never gives one more than five without a wait', () => {
    let machine = machineOf();
    let compared = 0;
    for (let n = 0; n < 40; n++) {
      const rig = anAccess(machine);
      if (rig.access.explain({ kind: 'code', digits: WRONG }).reason === 'LOCKED_OUT') break;
      // Another operation each time: the count, its second copy, the secure element, the row.
      const attempt = cut(machine, enter(WRONG), n % 5, { kind: n % 2 === 0 ? 'before' : 'after' });
      if (attempt.isCompared) compared++;
      machine = attempt.left;
    }
    expect(compared).toBeGreaterThan(0);
    expect(compared).toBeLessThanOrEqual(6);
    expect(anAccess(machine).access.enterCode(RIGHT).reason).toBe('LOCKED_OUT');
  });

  it('leaves a right one counted or forgiven, and forgives none that did not open', () => {
    for (const { place, decision, left } of cutEverywhere(afterGuesses(3), enter(RIGHT))) {
      const rig = anAccess(left);
      expect(decision, place).toBeUndefined();
      expect([0, 3, 4], place).toContain(rig.settings().lockoutFailures);
      expect(rig.access.enterCode(RIGHT).outcome, place).toBe('open');
    }
    for (const { place, left } of cutEverywhere(afterGuesses(3), enter(EXPIRED))) {
      expect([3, 4], place).toContain(anAccess(left).settings().lockoutFailures);
    }
  });

  it('of the guess that is one too many leaves the whole wait, or has compared nothing', () => {
    for (const { place, isCompared, left } of cutEverywhere(afterGuesses(5), enter(WRONG))) {
      const { access } = anAccess(left);
      const { reason, lockout } = access.enterCode(RIGHT);
      if (isCompared) expect([reason, lockout.remainingS], place).toEqual(['LOCKED_OUT', 30]);
      else expect(['LOCKED_OUT', 'OPENED'], place).toContain(reason);
    }
  });

  it('of a single-use code never lets it open twice', () => {
    let burned = 0;
    const cases = [...cutEverywhere(machineOf(), enter(SINGLE))];
    for (const { place, decision, left } of cases) {
      expect(decision, place).toBeUndefined();
      const rig = anAccess(left);
      const isTold = [...rig.running.storage.events.read(1)].some(({ type }) => type === 'opened');
      const { reason } = rig.access.enterCode(SINGLE);
      // Its row is the promise that the door opened.
      expect(isTold ? ['CODE_USED'] : ['OPENED', 'CODE_USED'], place).toContain(reason);
      if (reason === 'CODE_USED') burned++;
      expect(again(rig).access.enterCode(SINGLE).reason, place).toBe('CODE_USED');
    }
    expect(burned).toBeGreaterThan(10);
    expect(burned).toBeLessThan(cases.length);
  });
});

describe('a power cut in a lockout', () => {
  it('at its end leaves the whole wait or none, and the count as it was', () => {
    const serve: Act = ({ clock }) => {
      clock.advance(30_000);
      return undefined;
    };
    for (const { place, left } of cutEverywhere(afterGuesses(6), serve)) {
      const rig = anAccess(left);
      expect(rig.settings().lockoutFailures, place).toBe(6);
      expect([0, 30], place).toContain(rig.settings().lockoutWaitS);
      rig.clock.advance(30_000);
      expect(rig.access.enterCode(RIGHT).outcome, place).toBe('open');
    }
  });

  it('at the app unlock that ends it leaves it whole or ended', () => {
    const rig = anAccess(machineOf('igloohome'));
    guess(rig, 5);
    for (const { place, decision, left } of cutEverywhere(rig.running.machine(), ({ access }) =>
      access.appUnlock(PHONE),
    )) {
      expect(decision, place).toBeUndefined();
      const { lockoutFailures, lockoutWaitS } = anAccess(left).settings();
      expect(['5/300', '0/0'], place).toContain(`${lockoutFailures}/${lockoutWaitS}`);
    }
  });

  it('in the boot that notices a flash of an earlier day is noticed again', () => {
    const rig = anAccess(machineOf());
    const old = rig.running.machine();
    guess(rig, 5);
    const restored = { ...old, contents: rig.running.machine().contents };
    const story = {
      name: 'boot',
      start: restored,
      facts: someFacts({ newSet: setOf('exponential') }),
      play: (running: Running) => void accessOn(running),
    };
    const whole = new PowerSupply();
    anAccess(restored, { power: whole });
    for (let index = 0; index < whole.operations; index++) {
      for (const kind of ['before', 'after'] as const) {
        const machine = playCutAt(story, index, { kind });
        invariant(machine, 'the boot is cut');
        const { lockoutFailures, accessBarrier, tableBarrier } = anAccess(machine).settings();
        expect([lockoutFailures, accessBarrier], `operation ${index}, ${kind}`).toEqual([14, tableBarrier]);
      }
    }
  });
});
