// One sequence: each deed is done to the whole firmware and to the model, and both must say the same, in every answer, row
// of the log, receipt and reading of the clock.
import type { Digit } from '#lock-sim/mechanics/keypad.ts';
import type { Action, Deed, PresentedNow } from './actions.ts';
import { NEVER, settleAfterCut } from './after-cut.ts';
import { look } from './agree.ts';
import { same } from './disagreement.ts';
import { LogStory } from './log-story.ts';
import { ownerDeed, pullLog, time } from './owner-deeds.ts';
import { HOLD_MS, saysS } from './plain/clock.ts';
import { decide, present } from './plain/door.ts';
import { activatedLock } from './plain/state.ts';
import type { Presented } from './plain/table.ts';
import { wallTime } from './plain/wall-time.ts';
import { boot, putFlashBack, stopped, turnClock } from './power-deeds.ts';
import type { RealLock } from './real-lock.ts';
import { sync } from './sync-deeds.ts';
import { TABLES } from './tables.ts';
import { announce, NOTHING_DONE, now, take, tick, type World } from './world.ts';

export function play(real: RealLock, deeds: readonly Deed[]): void {
  const model = activatedLock(real.trueMs);
  const world: World = {
    real,
    model,
    story: new LogStory(1),
    kept: undefined,
    boots: 1,
    usedNonce: undefined,
    ...NOTHING_DONE,
    done: [],
  };
  real.newRows();
  for (const deed of deeds) doDeed(world, deed);
  same(
    'the hello at the end',
    real.hello(world.model.life === 'activated')?.activated,
    world.model.life === 'activated',
  );
}

function doDeed(world: World, { action, cut: wished }: Deed): void {
  // Two flashes in one step are more than a cut can be told apart in.
  const cut = action.do === 'put flash back' ? undefined : wished;
  const { real } = world;
  Object.assign(world, NOTHING_DONE, { done: [] });
  if (cut !== undefined) real.bench.lock.planCut(cut.index, cut.tear);
  let rows: readonly string[] | undefined;
  let failure: Error | undefined;
  try {
    rows = doAction(world, action);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    failure = error;
  }
  if (cut !== undefined && !real.bench.lock.isPowered) {
    settleAfterCut(world, action, cut);
    return;
  }
  if (failure !== undefined) throw failure;
  if (cut !== undefined) world.real.bench.lock.planCut(NEVER, cut.tear);
  look(world, [...(rows ?? []), ...tick(world)]);
}

/** The rows that the model expects. */
function doAction(world: World, action: Action): readonly string[] {
  const { real } = world;
  const { lock, clock } = real.bench;
  switch (action.do) {
    case 'present': {
      const what = absolute(world, action.what);
      return Array.from({ length: action.times }, () => presentOnce(world, what)).flat();
    }
    case 'explain': {
      const what = absolute(world, action.what);
      const said = real.explain(what);
      const expected = decide(world.model, what, now(world));
      same(
        'an explanation',
        { reason: said?.reason, id: said?.credential.id },
        { reason: expected.reason, id: expected.id },
      );
      return [];
    }
    case 'begin entry':
      lock.hands.touch();
      for (const digit of action.digits) lock.hands.key(digit as Digit);
      clock.advance(5_001);
      return [];
    case 'sync':
      return sync(world, action);
    case 'wait':
      // The power may go early in it, and then the lock lies dark for the rest.
      if (action.ms > HOLD_MS) world.may = [stopped(world.model)];
      clock.advance(action.ms);
      return [];
    case 'boot':
      return boot(world, action.darkMs);
    case 'turn clock':
      return turnClock(world, action);
    case 'lose clock':
      lock.clockPart.lose();
      world.model = stopped(world.model);
      return [];
    case 'time':
      return time(world, action);
    case 'rotate':
    case 'deactivate':
    case 'release':
    case 'reset':
    case 'activate':
      return ownerDeed(world, action);
    case 'pull log':
      return pullLog(world, action);
    case 'privacy': {
      const isThrown = action.is === 'thrown';
      // Other hardware has no privacy bolt to throw.
      const isNew = lock.hardware.profile === 'mortise' && isThrown !== world.model.isPrivacyThrown;
      const row = isThrown ? 'privacyThrown' : 'privacyReleased';
      const after = { lock: { ...world.model, isPrivacyThrown: isThrown }, says: undefined, rows: [row] };
      if (!isNew) {
        lock.hands.privacy(action.is);
        return [];
      }
      announce(world, after);
      lock.hands.privacy(action.is);
      // It says nothing by itself: where the power went, the row may be gone with it.
      if (!lock.isPowered) return [];
      return take(world, after);
    }
    case 'battery':
      lock.hands.setBattery(action.percent);
      world.model = { ...world.model, batteryPercent: action.percent };
      return [];
    case 'jam':
      lock.hands.jam(action.isJammed);
      return [];
    case 'keep flash':
      world.kept = { image: real.keepFlash(), lock: world.model, boots: world.boots };
      return [];
    case 'put flash back':
      return putFlashBack(world);
  }
}

function presentOnce(world: World, what: Presented): readonly string[] {
  const explained = world.real.explain(what);
  const outcome = present(world.model, what, now(world));
  announce(world, outcome, what.by === 'code' || what.by === 'daily');
  const said = world.real.present(what);
  const view = said && {
    reason: said.reason,
    credential: said.credential.kind,
    id: said.credential.id,
    isGuess: said.isGuess,
  };
  same(`what is said to ${JSON.stringify(what)}`, view, outcome.says);
  same('the table that decided', said?.tableVersion, said && world.model.inForce?.triple.tableVersion);
  if (said !== undefined) same('the explanation before', explained?.reason, said.reason);
  return take(world, outcome);
}

function absolute({ model, real }: World, what: PresentedNow): Presented {
  if (what.by !== 'daily') return what;
  const { daily, zone } = (model.inForce ?? { table: TABLES[0] }).table;
  const { day } = wallTime(zone, saysS(model.clock, real.trueMs));
  return {
    by: 'daily',
    epoch: Math.max(0, daily.epoch + what.epochsOn),
    day: Math.max(0, day + what.daysOn),
    slot: what.slot,
  };
}
