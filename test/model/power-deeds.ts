// Power, cells and clock part of a lock, as hands and time deal with them.
import { expectRows } from './agree.ts';
import type { Action } from './actions.ts';
import { same } from './disagreement.ts';
import { LogStory } from './log-story.ts';
import { HOLD_MS } from './plain/clock.ts';
import { waiting } from './plain/lockout.ts';
import { spell } from './plain/owner.ts';
import type { ModelLock } from './plain/state.ts';
import { tick, type World } from './world.ts';

export function booted(world: World): readonly string[] {
  const { model, real } = world;
  world.boots++;
  const { lockout } = model;
  world.model = {
    ...model,
    receiving: undefined,
    boots: model.boots + 1,
    windowEndsAtMs: 0,
    alarmedAtMs: {},
    lockout: waiting(lockout.failures, lockout.waitS, real.monotonicMs),
    clock: { ...model.clock, hasJumped: model.clock.isJumpKept },
  };
  return [`booted ${spell(model.floor)}`];
}

export function boot(world: World, darkMs: number): readonly string[] {
  const { lock, clock } = world.real.bench;
  lock.cutPower();
  clock.advance(darkMs);
  if (darkMs > HOLD_MS) world.model = stopped(world.model);
  const isUp = lock.restorePower();
  if (!isUp) return [];
  const rows = booted(world);
  clock.advance(1);
  return rows;
}

export const stopped = (lock: ModelLock): ModelLock => ({
  ...lock,
  clock: { ...lock.clock, isStopped: true },
});

export function turnClock(
  world: World,
  { byMs, isDark }: Extract<Action, { do: 'turn clock' }>,
): readonly string[] {
  const { lock } = world.real.bench;
  const { model, real } = world;
  const { clock } = model;
  const turned = { ...clock, aheadMs: clock.aheadMs + byMs, hasJumped: clock.hasJumped || !isDark };
  // A part that has stopped is not turned: it begins at its own beginning of time.
  if (clock.isStopped) return [];
  world.model = { ...model, clock: turned };
  const toMs = real.trueMs + turned.aheadMs;
  if (!isDark) {
    lock.clockPart.forge(toMs);
    return [];
  }
  lock.cutPower();
  lock.clockPart.forge(toMs);
  return lock.restorePower() ? booted(world) : [];
}

/** So many that the next is a third, a fifth and one above the free ones at once. */
const nextWaits = (failures: number): number => Math.max(1, Math.ceil((failures + 1) / 15)) * 15 - 1;

/** What a lock does that finds a flash of an earlier day. */
export function putFlashBack(world: World): readonly string[] {
  const { real, kept } = world;
  if (kept === undefined) return [];
  const { lock } = real.bench;
  // Within one boot nobody can tell: the sequences put it back in a later one.
  const first = world.boots === kept.boots ? boot(world, 0) : [];
  expectRows(world, [...first, ...tick(world)]);
  lock.cutPower();
  real.putFlash(kept.image);
  if (!lock.restorePower()) return [];
  const { model } = world;
  const said = real.explain({ by: 'card', name: 'nobody' });
  const failures = said?.lockout.failures ?? 0;
  same('guesses are taken for granted', failures, nextWaits(kept.lock.lockout.failures));
  const rows = booted(world);
  world.model = {
    ...world.model,
    inForce: undefined,
    lockout: waiting(failures, kept.lock.lockout.waitS, real.monotonicMs),
    burned: { ...model.burned, ownershipEpoch: model.floor.ownershipEpoch, day: 'unknown' },
    clock: { ...world.model.clock, ...real.clockFloor, ...real.clockJump },
    boots: real.bootCount,
  };
  world.story = new LogStory(model.keySet ?? 1);
  world.kept = undefined;
  return [...rows, 'flashReplaced', 'gap'];
}
