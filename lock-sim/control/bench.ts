// One request at the bench, done: what a hand does to a running lock and what an instrument reads off it. What can't
// be done is a ControlError that says why.
import { decodeHex } from '#protocol/bytes.ts';
import { invariant } from '#protocol/errors.ts';
import type { Clock, Timer } from '#protocol/ports/clock.ts';
import type { Decision } from '../access/decision.ts';
import type { Presented } from '../access/attempt.ts';
import { dumpFlash, sectorsOfRegion } from '../flash-dump.ts';
import type { Firmware } from '../firmware.ts';
import type { Lock } from '../lock.ts';
import type { StorageLayout } from '../storage/layout.ts';
import type { BenchFlash, BenchTiming } from './bench-flash.ts';
import { ControlError } from './control-error.ts';
import { clockOf, decidedAtBench, doorOf, logOf } from './bench-views.ts';
import type { ControlRequest, HandAct, PresentedAtBench } from './messages.ts';
import type { ControlReply, DecidedAtBench } from './replies.ts';

export interface BenchParts {
  readonly lock: Lock;
  readonly flash: BenchFlash;
  readonly timing: BenchTiming;
  readonly layout: StorageLayout;
  readonly clock: Clock;
}

export interface Bench extends BenchParts {
  /** Power that is to come back. */
  restoring: Timer | undefined;
}

const DONE = { done: true } as const;

/** Throws ControlError, StorageError. */
export function perform(bench: Bench, request: ControlRequest): ControlReply {
  const { lock, flash, layout } = bench;
  lock.takeFailure();
  switch (request.do) {
    case 'report':
      return { report: lock.report() };
    case 'press':
      return { decided: decidedBy(lock, () => lock.press(request.digits)) };
    case 'press-key': {
      const decided = actOn(lock, () => lock.hands.key(request.key));
      return { decided: decided && decidedAtBench(lock, decided), door: doorOf(lock) };
    }
    case 'tap':
      return { decided: decidedBy(lock, () => lock.hands.tap(cardBytes(request.card))) };
    case 'hand':
      return moveByHand(lock, request.hand);
    case 'button':
      actOn(lock, () => lock.pressButton());
      return DONE;
    case 'tamper':
      actOn(lock, () => lock.hands.tamper());
      return DONE;
    case 'reset':
      return { isWiped: actOn(lock, () => lock.reset()) };
    case 'explain': {
      const { access } = poweredFirmware(lock);
      const decision = access.explain(presentedTo(request.presented), request.atS);
      return { decided: decidedAtBench(lock, decision) };
    }
    case 'clock':
      return { clock: clockOf(lock, bench.clock) };
    case 'clock-set':
      lock.clockPart.forge(request.utcMs);
      return { clock: clockOf(lock, bench.clock) };
    case 'clock-drift':
      lock.clockPart.drift(request.ppm);
      return { clock: clockOf(lock, bench.clock) };
    case 'clock-lose':
      lock.clockPart.lose();
      return { clock: clockOf(lock, bench.clock) };
    case 'log':
      return logOf(poweredFirmware(lock), request.from);
    case 'cut-power':
      cutPower(bench, request);
      return DONE;
    case 'restore-power':
      restorePower(lock);
      return DONE;
    case 'battery':
      lock.hands.setBattery(request.percent);
      return DONE;
    case 'jam':
      lock.hands.jam(request.isJammed);
      return DONE;
    case 'bad-sector':
      if (request.sector >= layout.sectors) {
        const message = `The flash has the sectors 0 to ${layout.sectors - 1}.`;
        throw new ControlError('CONTROL_REFUSED', message, { next: 'See doorlab lock dump NAME --sectors.' });
      }
      flash.setBad(request.sector, request.fault === 'sound' ? undefined : request.fault);
      return DONE;
    case 'rot': {
      const { bits, sectors } = flash.rot(
        sectorsOfRegion(layout, request.region),
        request.bits,
        request.seed,
      );
      return { bits, sectors: [...sectors] };
    }
    case 'slow-flash':
      bench.timing.slowness = request.factor;
      return DONE;
    case 'dump':
      return { dump: dumpFlash(flash, layout) };
  }
}

/** Does it where there is power; nothing comes of it where storage fails. */
function actOn<T>(lock: Lock, act: () => T): T {
  poweredFirmware(lock);
  const result = act();
  assertKept(lock);
  if (!lock.isPowered) throw dark();
  return result;
}

function decidedBy(lock: Lock, present: () => Decision | undefined): DecidedAtBench {
  const decision = actOn(lock, present);
  if (decision !== undefined) return decidedAtBench(lock, decision);
  if (lock.hands.state()?.battery.level === 'empty') {
    throw new ControlError('LOCK_BATTERY_EMPTY', 'The battery is empty: the lock reads nothing.', {
      next: 'Change it: doorlab lock fault NAME battery 100.',
    });
  }
  throw new ControlError('CONTROL_REFUSED', 'No entry came of it: the keypad held digits from before.', {
    next: 'Wait for six seconds, until it has forgotten them.',
  });
}

function assertKept(lock: Lock): void {
  const failure = lock.takeFailure();
  if (failure === undefined) return;
  throw new ControlError(
    'LOCK_STORAGE_FAILED',
    `The lock has power and could not keep its row, so nothing came of it: ${failure.message}`,
    { cause: failure, ...(failure.next === undefined ? {} : { next: failure.next }) },
  );
}

function poweredFirmware(lock: Lock): Firmware {
  if (lock.firmware === undefined) throw dark();
  return lock.firmware;
}

const dark = (): ControlError =>
  new ControlError('LOCK_DARK', 'The lock has no power.', {
    next: 'Give it power: doorlab lock fault NAME power-on.',
  });

/** With power or without: metal moves all the same. */
function moveByHand(lock: Lock, hand: HandAct): ControlReply {
  const { hands } = lock;
  switch (hand.act) {
    case 'touch':
      actOn(lock, () => hands.touch());
      break;
    case 'door':
      hands.door(hand.is);
      break;
    case 'thumbturn':
      hands.turnThumbturn(hand.side, hand.to);
      break;
    case 'key':
      hands.turnKey(hand.to);
      break;
    case 'privacy':
      hands.privacy(hand.is);
      break;
    case 'exit':
      hands.exit();
      break;
  }
  assertKept(lock);
  return { door: doorOf(lock) };
}

function presentedTo(presented: PresentedAtBench): Presented {
  return presented.kind === 'code'
    ? { kind: 'code', digits: presented.digits }
    : { kind: 'card', cardBytes: cardBytes(presented.card) };
}

function cardBytes(hex: string): Uint8Array {
  const bytes = decodeHex(hex);
  invariant(bytes, 'the request was checked');
  return bytes;
}

function cutPower(bench: Bench, request: Extract<ControlRequest, { do: 'cut-power' }>): void {
  const { lock, clock } = bench;
  const { atOperation, tornAfterBytes, restoreAfterMs } = request;
  poweredFirmware(lock);
  lock.onPowerLost = () => {
    lock.onPowerLost = () => undefined;
    if (restoreAfterMs === undefined) return;
    bench.restoring = clock.after(restoreAfterMs, () => {
      if (!lock.isPowered) lock.restorePower();
    });
  };
  if (atOperation === undefined) {
    lock.cutPower();
    return;
  }
  const isWhole = tornAfterBytes === undefined;
  lock.planCut(atOperation, isWhole ? { kind: 'before' } : { kind: 'prefix', bytes: tornAfterBytes });
}

function restorePower(lock: Lock): void {
  if (lock.isPowered || lock.restorePower()) return;
  assertKept(lock);
  invariant(!lock.isPowered, 'a lock that did not start is dark');
  throw dark();
}
