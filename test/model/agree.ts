// Where model and lock are held against each other: rows, clock, receipts, and what a power cut may have left.
import type { Receipt } from '#protocol/signed/receipt.ts';
import { saysS, trust, uncertaintyS } from './plain/clock.ts';
import { remainingS } from './plain/lockout.ts';
import { spell } from './plain/owner.ts';
import { tableState } from './plain/state.ts';
import { Disagreement, same } from './disagreement.ts';
import type { World } from './world.ts';
import { tell } from './real-lock.ts';

export function expectRows(world: World, expected: readonly string[]): void {
  const written = world.real.newRows();
  const rows = written.map(tell).filter((row) => row !== undefined);
  const { clock } = world.model;
  const isJumpKept = clock.isJumpKept || (clock.hasJumped && written.length > 0);
  world.model = { ...world.model, clock: { ...clock, isJumpKept } };
  same('the rows of the log', rows.sort(), [...expected].sort());
}

/** After each deed: rows, clock, guesses. */
export function look(world: World, rows: readonly string[]): void {
  if (!world.real.bench.lock.isPowered) throw new Disagreement('the lock is dark');
  expectRows(world, rows);
  lookAtClock(world);
  const lockout = world.real.explain({ by: 'card', name: 'nobody' })?.lockout;
  const { model } = world;
  same('wrong entries and their wait', lockout, {
    failures: model.lockout.failures,
    remainingS: remainingS(model.lockout, world.real.monotonicMs),
  });
}

export function lookAtClock(world: World): void {
  const { real, model } = world;
  const floor = real.clockFloor;
  const { clock } = model;
  if (floor.floorS < clock.floorS)
    throw new Disagreement(`the floor of the clock fell from ${clock.floorS} to ${floor.floorS}`);
  same('the key set of the floor', floor.floorKeySet, clock.floorKeySet);
  const after = { ...clock, floorS: floor.floorS };
  const isAbove = floor.floorS > clock.floorS && floor.floorS > saysS(clock, real.trueMs);
  if (isAbove) throw new Disagreement('the floor of the clock rose above the clock');
  world.model = { ...model, clock: after };
  const time = real.bench.lock.time();
  const trusted = trust(after, real.trueMs);
  same('how far the clock is trusted', time?.trust, trusted);
  if (trusted === 'lost') return;
  same('the time', time, {
    nowS: saysS(after, real.trueMs),
    trust: trusted,
    uncertaintyS: uncertaintyS(after, real.trueMs),
  });
}

const FLASH_TIME_MS = 1_000;

export function checkReceipt(world: World, receipt: Receipt): void {
  const { model, real } = world;
  const { floor, inForce, clock } = model;
  same(
    'the triple of a receipt',
    spell(receipt.triple),
    spell(inForce?.triple ?? { ...floor, tableVersion: 0 }),
  );
  same('the table of a receipt', receipt.tableState, tableState(model));
  same('whether a receipt names a table', receipt.tableHash !== null, inForce !== undefined);
  same('the boots of a receipt', receipt.bootCount, model.boots);
  // It was signed up to a second ago: the time that a courier gives the flash.
  const believed = { ...clock, ...real.clockFloor };
  const trusts = [real.trueMs, real.trueMs - FLASH_TIME_MS].map((atMs) => trust(believed, atMs));
  same(`the trust of a receipt, ${receipt.clockTrust}`, trusts.includes(receipt.clockTrust), true);
  const lastRow = real.bench.lock.firmware?.storage.events.lastSequence ?? 0;
  const isNewest = receipt.logSequence <= lastRow && receipt.logSequence >= real.seenSequence;
  same('the newest row of a receipt', isNewest, true);
  const isCharged =
    receipt.batteryPercent <= model.batteryPercent && receipt.batteryPercent >= model.batteryPercent - 2;
  same(`the battery of a receipt, ${receipt.batteryPercent}`, isCharged, true);
}
