// What a power cut may leave: exactly what was before the step it fell into, or what that step leads to, each part for
// itself; the log tells no more than what happened, and nothing that was told before is gone.
import { Disagreement, same } from './disagreement.ts';
import { LogStory } from './log-story.ts';
import { lookAtClock } from './agree.ts';
import type { Action, Cut } from './actions.ts';
import { counted, remainingS, waiting, type ModelLockout } from './plain/lockout.ts';
import { ruleOf } from './plain/door.ts';
import { spell } from './plain/owner.ts';
import { tableState, type Burned, type ModelLock } from './plain/state.ts';
import { booted } from './power-deeds.ts';
import type { World } from './world.ts';
import { tell } from './real-lock.ts';

export const NEVER = 1_000_000_000;

/** The lock is dark. `tick`: rows of waits that may have ended. */
export function settleAfterCut(world: World, action: Action, { index, tear }: Cut): void {
  const { real } = world;
  const { lock } = real.bench;
  const isBootCut = index % 3 === 0 && !lock.restorePower({ index: index % 7, tear });
  if (isBootCut || !lock.isPowered) lock.restorePower();
  // One that was planned for the boot and found too few operations there strikes no more.
  lock.planCut(NEVER, tear);
  if (!lock.isPowered) throw new Disagreement('a lock comes up after a power cut');
  const candidates = [world.model, ...world.may];
  const found = candidates.find((candidate) => isOwnedAs(world, candidate));
  if (found === undefined) {
    const seen = real.hello(lock.report().activated ?? false);
    throw new Disagreement(
      `after a cut the lock is ${JSON.stringify(seen)}, none of ${JSON.stringify(candidates)}`,
    );
  }
  const burned = candidates.map((candidate) => candidate.burned).find((one) => isBurnedAs(world, one));
  if (burned === undefined)
    throw new Disagreement(`after a cut these are burned: ${JSON.stringify(real.burned)}`);
  const lockouts = candidates.flatMap((candidate) => lockoutsOf(world, candidate));
  world.model = { ...found, burned };
  const rows = [...booted(world), `booted ${spell(candidates[0]!.floor)}`];
  world.model = {
    ...world.model,
    lockout: lockoutAfter(world, lockouts),
    boots: real.bootCount,
    isPrivacyThrown: lock.hardware.body.privacy === 'thrown',
    batteryPercent: action.do === 'battery' ? action.percent : world.model.batteryPercent,
  };
  if (real.bootCount < found.boots || real.bootCount > found.boots + 2) {
    throw new Disagreement(`boots ${real.bootCount} after ${found.boots}`);
  }
  const wasOwned = candidates[0]?.keySet !== undefined;
  const { keySet } = found;
  if (keySet !== undefined && !wasOwned) world.story = new LogStory(keySet);
  else if (keySet !== undefined && keySet !== candidates[0]?.keySet) world.story.rotateTo(keySet);
  settleClock(world, candidates);
  settleRows(world, rows, tear.kind === 'disturb' || tear.kind === 'unstable');
}

function isOwnedAs({ real }: World, candidate: ModelLock): boolean {
  const { lock } = real.bench;
  const facts = lock.firmware!.facts();
  const { floor, inForce, keySet, life } = candidate;
  return (
    facts.activated === (life === 'activated') &&
    facts.keySet?.number === keySet &&
    spell(facts.floor) === spell(floor) &&
    facts.tableState === tableState(candidate) &&
    (facts.active === undefined ? undefined : spell(facts.active.triple)) ===
      (inForce === undefined ? undefined : spell(inForce.triple))
  );
}

function isBurnedAs({ real }: World, model: Burned): boolean {
  const { burned } = real;
  if (model.day === 'unknown') return burned.day === 'unknown';
  const isSame =
    burned.day === model.day &&
    burned.epoch === model.epoch &&
    burned.ownershipEpoch === model.ownershipEpoch;
  const { slots } = model;
  return (
    isSame &&
    (slots === 'all' || [0, 1, 2, 3, 4, 5].every((slot) => burned.has(slot) === slots.includes(slot)))
  );
}

/** As it is, over, with an entry counted that was not compared yet. */
function lockoutsOf(world: World, candidate: ModelLock): readonly ModelLockout[] {
  const { lockout } = candidate;
  const isOver = lockout.waitS > 0 && world.real.monotonicMs >= lockout.endsAtMs;
  const entry = world.isEntry ? [counted(ruleOf(candidate), lockout, 0)] : [];
  return [lockout, ...(isOver ? [waiting(lockout.failures, 0, 0)] : []), ...entry];
}

function lockoutAfter({ real }: World, lockouts: readonly ModelLockout[]): ModelLockout {
  const seen = real.explain({ by: 'card', name: 'nobody' })?.lockout;
  const begun = lockouts.map(({ failures, waitS }) => waiting(failures, waitS, real.monotonicMs));
  const found = begun.find(
    (one) => one.failures === seen?.failures && remainingS(one, real.monotonicMs) === seen.remainingS,
  );
  if (found === undefined)
    throw new Disagreement(`after a cut ${JSON.stringify(seen)}, none of ${JSON.stringify(begun)}`);
  return found;
}

function settleClock(world: World, candidates: readonly ModelLock[]): void {
  const { real } = world;
  const floor = real.clockFloor;
  const lowest = Math.min(...candidates.map(({ clock }) => clock.floorS));
  const keySets = candidates.map(({ clock }) => clock.floorKeySet);
  same('the key set of the floor after a cut', keySets.includes(floor.floorKeySet), true);
  if (floor.floorS < lowest) throw new Disagreement('the floor of the clock fell in a cut');
  const { model } = world;
  let failure: Error | undefined;
  for (const { clock } of candidates) {
    world.model = { ...model, clock: { ...clock, ...floor, ...real.clockJump } };
    try {
      lookAtClock(world);
      return;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      failure = error;
    }
  }
  throw failure ?? new Disagreement('no clock is like it');
}

function settleRows(world: World, booting: readonly string[], mayLoseMore: boolean): void {
  const rows = world.real
    .newRows()
    .map(tell)
    .filter((row) => row !== undefined);
  const allowed = new Set([...world.done, ...world.mayRows, ...booting, 'gap', 'lockoutEnded']);
  const strange = rows.filter((row) => !allowed.has(row));
  same('rows after a cut that tell of nothing that happened', strange, []);
  if (mayLoseMore) return;
  const missing = world.done.filter((row) => !rows.includes(row));
  same('rows that were told before a cut and are gone', missing, []);
  same('the row of the boot', rows.at(-1)?.startsWith('booted') ?? false, true);
}
