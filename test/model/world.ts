// The world of one sequence: the real lock, its model, and what is known of the step that is being done.
import type { FlashImage } from '#lock-sim/flash/flash-image.ts';
import type { HandCourier } from '#test/lock-sim/hand-courier.ts';
import type { LogStory } from './log-story.ts';
import { waiting } from './plain/lockout.ts';
import type { Moment } from './plain/door.ts';
import type { ModelLock, Outcome } from './plain/state.ts';
import { lastSaid, type RealLock } from './real-lock.ts';

export interface World {
  readonly real: RealLock;
  model: ModelLock;
  story: LogStory;
  kept: { readonly image: FlashImage; readonly lock: ModelLock; readonly boots: number } | undefined;
  /** Boots of the real device, for "was there one since". */
  boots: number;
  usedNonce: Uint8Array | undefined;
  /** Of the step that is being done: what it may lead to, and what the steps of this deed before it told the log. */
  may: readonly ModelLock[];
  mayRows: readonly string[];
  done: string[];
  /** It is a doorcode that is entered. */
  isEntry: boolean;
}

export const NOTHING_DONE = { may: [], mayRows: [], isEntry: false } as const;

export const now = ({ real }: World): Moment => ({ trueMs: real.trueMs, monotonicMs: real.monotonicMs });

/** A wait that is over is told of. */
export function tick(world: World): string[] {
  const { lockout } = world.model;
  if (lockout.waitS === 0 || world.real.monotonicMs < lockout.endsAtMs) return [];
  world.model = { ...world.model, lockout: waiting(lockout.failures, 0, 0) };
  return ['lockoutEnded'];
}

/** Before it is done: where a cut falls into it, this may have come of it. */
export function announce<T>(world: World, { lock, rows }: Outcome<T>, isEntry = false): void {
  const { model } = world;
  // The owner's next key set may come in before what it is sent for.
  const isNext = lock.keySet !== undefined && model.keySet !== undefined && lock.keySet > model.keySet;
  const may = isNext ? [lock, { ...model, keySet: lock.keySet }] : [lock];
  Object.assign(world, { may, mayRows: rows, isEntry });
}

/** Moves the model on. */
export function take<T>(world: World, { lock, rows }: Outcome<T>): readonly string[] {
  world.model = lock;
  world.done.push(...rows);
  Object.assign(world, NOTHING_DONE);
  return rows;
}

/** A connection of its own, from hello to leave. */
export function converse(world: World, talk: (courier: HandCourier) => void) {
  const courier = world.real.greeted(world.model.life === 'activated');
  talk(courier);
  const said = lastSaid(courier);
  courier.leave();
  return { courier, said };
}
