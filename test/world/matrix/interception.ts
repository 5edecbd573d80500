// Sees everything that passes at the points of one courier's run and lets one fault befall the first of them that it is meant
// for. Without a fault it only tells what passed.
import type { Clock } from '#protocol/ports/clock.ts';
import type { Random } from '#protocol/ports/random.ts';
import type { Fault, Seen, Struck } from './faults.ts';
import { passingOf, type Passing, type Point, type StepPoint } from './points.ts';

/** Above every deadline of a courier for one answer, and of a lock for a courier. */
export const LATE_MS = 60_000;
const HEADER_BYTES = 2;
const FRAME_HEADER_BYTES = 3;

export interface Aim {
  readonly fault: Fault;
  readonly point: Point;
  /** The how many-th such message or step of the run, from 1. */
  readonly nth: number;
}

export interface InterceptionParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly strike: (struck: Struck) => void;
  /** What a cloud or a disk says at such a step. */
  readonly trouble: (point: Point) => Error;
  readonly aim?: Aim | undefined;
}

/** Values of one link in one direction: in order, whatever is late. */
interface Lane {
  isWithin: boolean;
  waiting: (() => void)[] | undefined;
}

export class Interception {
  readonly seen = new Map<Point, Seen>();
  readonly #parts: InterceptionParts;
  readonly #lanes = new WeakMap<object, Record<Passing['from'], Lane>>();
  readonly #counts = new Map<Point, number>();
  #hasStruck = false;

  constructor(parts: InterceptionParts) {
    this.#parts = parts;
  }

  get hasStruck(): boolean {
    return this.#hasStruck;
  }

  /** A value that has arrived; `deliver` hands it, or what became of it, to its host. */
  arrive(
    link: object,
    from: Passing['from'],
    characteristic: string,
    value: Uint8Array,
    deliver: (value: Uint8Array) => void,
  ): void {
    const passing = passingOf(from, characteristic, value);
    if (passing === undefined) {
      deliver(value);
      return;
    }
    const lane = this.#laneOf(link, from);
    const pass = (): void => this.#pass(lane, passing, value, deliver);
    if (lane.waiting === undefined) pass();
    else lane.waiting.push(pass);
  }

  /** A step that a courier takes, with all that it does at it. */
  async step<T>(point: StepPoint, work: () => Promise<T>, rubbish?: (value: T) => T): Promise<T> {
    const { aim, clock, strike, trouble } = this.#parts;
    this.#note(point, undefined, true);
    const fault = this.#counted(point) ? aim?.fault : undefined;
    if (fault === undefined) return work();
    this.#hasStruck = true;
    if (fault.does === 'strike' && fault.when === 'before') strike(fault.struck);
    if (fault.does === 'trouble' && fault.when === 'before') throw trouble(point);
    if (fault.does === 'change' && fault.into === 'late')
      await new Promise<void>((resolve) => clock.after(LATE_MS, resolve));
    const result = await work();
    if (fault.does === 'strike' && fault.when === 'behind') strike(fault.struck);
    if (fault.does === 'trouble') throw trouble(point);
    return fault.does === 'change' && fault.into === 'rubbish' ? (rubbish?.(result) ?? result) : result;
  }

  #pass(lane: Lane, passing: Passing, value: Uint8Array, deliver: (value: Uint8Array) => void): void {
    const isFirst = !lane.isWithin;
    lane.isWithin = !passing.isLast;
    const fault = this.#faultAt(passing, isFirst);
    if (fault === undefined) {
      deliver(value);
      return;
    }
    this.#hasStruck = true;
    switch (fault.does) {
      case 'strike':
        if (fault.when !== 'before') deliver(value);
        this.#parts.strike(fault.struck);
        // Its work is what the cut is to fall into.
        if (fault.struck === 'flash') deliver(value);
        return;
      case 'change':
        this.#change(lane, passing, fault.into, value, deliver);
        return;
      case 'trouble':
        deliver(value);
    }
  }

  #change(
    lane: Lane,
    { point }: Passing,
    into: Extract<Fault, { readonly does: 'change' }>['into'],
    value: Uint8Array,
    deliver: (value: Uint8Array) => void,
  ): void {
    const { clock, random } = this.#parts;
    switch (into) {
      case 'nothing':
        return;
      case 'twice':
        deliver(value);
        deliver(value);
        return;
      case 'late':
        lane.waiting = [() => deliver(value)];
        clock.after(LATE_MS, () => {
          const waiting = lane.waiting ?? [];
          lane.waiting = undefined;
          for (const one of waiting) one();
        });
        return;
      case 'rubbish':
        deliver(random.bytes(Math.max(1, value.length)));
        return;
      case 'spoilt':
        deliver(spoilt(value, point === 'frame' ? FRAME_HEADER_BYTES : HEADER_BYTES));
    }
  }

  #faultAt({ point, from, isLast }: Passing, isFirst: boolean): Fault | undefined {
    this.#note(point, from, isFirst);
    const { aim } = this.#parts;
    const isIt = isFirst ? this.#counted(point) : this.#isAt(point);
    if (!isIt || aim === undefined || this.#hasStruck) return undefined;
    const { fault } = aim;
    if (fault.does !== 'strike') return isLast ? fault : undefined;
    switch (fault.when) {
      case 'before':
        return isFirst ? fault : undefined;
      case 'within':
        return isFirst && !isLast ? fault : undefined;
      case 'behind':
        return isLast ? fault : undefined;
    }
  }

  #counted(point: Point): boolean {
    this.#counts.set(point, (this.#counts.get(point) ?? 0) + 1);
    return this.#isAt(point) && !this.#hasStruck;
  }

  #isAt(point: Point): boolean {
    const { aim } = this.#parts;
    return aim?.point === point && this.#counts.get(point) === aim.nth;
  }

  #note(point: Point, from: Passing['from'] | undefined, isFirst: boolean): void {
    const seen = this.seen.get(point) ?? { from, fragments: 1, count: 0 };
    if (isFirst) seen.count++;
    else seen.fragments = 2;
    this.seen.set(point, seen);
  }

  #laneOf(link: object, from: Passing['from']): Lane {
    const lanes = this.#lanes.get(link) ?? {
      courier: { isWithin: false, waiting: undefined },
      lock: { isWithin: false, waiting: undefined },
    };
    this.#lanes.set(link, lanes);
    return lanes[from];
  }
}

/** The header stays, so that it is taken for what it was. One without a body gets one. */
function spoilt(value: Uint8Array, headerBytes: number): Uint8Array {
  if (value.length <= headerBytes) return Uint8Array.of(...value, 0xff, 0xff);
  return value.map((byte, i) => (i < headerBytes ? byte : byte ^ 0x55));
}
