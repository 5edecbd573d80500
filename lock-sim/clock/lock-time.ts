// One boot's knowledge of time: the clock part as far as it is believed, the floor in the settings, and what to tell
// the log. The floor rises with the time that has passed and with signed time, and is written once an hour at most.
import type { EventData } from '#protocol/log/event-fields.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import type { SettingsLog } from '../storage/settings-log.ts';
import type { DeviceRtc } from './device-rtc.ts';
import type { ClockFloor } from './judge-time.ts';
import { isBelieved, isJump, readClock, type ClockReading } from './reading.ts';
import type { RtcReading } from './rtc.ts';

/** Between two writes of the time that only say that it went on. */
export const CLOCK_PERSIST_MS = 3_600_000;
const CLOCK_PERSIST_S = CLOCK_PERSIST_MS / 1000;
/** A correction that the log is told of at once; more than a courier can bring about by waiting. */
const CORRECTION_TOLD_S = 60;

export interface LockTimeParts {
  readonly rtc: DeviceRtc;
  readonly clock: Clock;
  readonly settings: Pick<SettingsLog, 'values' | 'write'>;
}

/** The clock is to be set; everything that has to be durable before it is done. */
export interface ClockSetting {
  readonly utcS: number;
  readonly uncertaintyS: number;
  readonly floorS: number;
  readonly keyEpoch: number;
}

export class LockTime {
  readonly #parts: LockTimeParts;
  readonly #bootedAtMs: number;
  #last: { readonly registerMs: number; readonly atMs: number };
  #hasJumped: boolean;
  /** What a lost clock showed, or would have, at boot. */
  #estimateAtBootS: number;
  #isLossTold = false;
  /** Up to then the floor has been given the time that passed. */
  #followedToMs: number;

  constructor(parts: LockTimeParts) {
    this.#parts = parts;
    const { rtc, clock, settings } = parts;
    this.#hasJumped = settings.values.clockJumped !== 0;
    this.#bootedAtMs = clock.monotonicMs();
    this.#followedToMs = this.#bootedAtMs;
    this.#last = { registerMs: rtc.read().registerMs, atMs: this.#bootedAtMs };
    const { nowS, trust } = readClock(rtc.read(), {
      floorS: this.floor.floorS,
      estimateS: 0,
      hasJumped: this.#hasJumped,
    });
    this.#estimateAtBootS = Math.max(this.#knownPastS(), trust === 'lost' ? 0 : nowS);
  }

  now(): ClockReading {
    return readClock(this.#read(), this.#known());
  }

  get floor(): ClockFloor {
    const { clockFloorS, clockFloorKeyEpoch } = this.#parts.settings.values;
    return { floorS: clockFloorS, keyEpoch: clockFloorKeyEpoch };
  }

  /** Seconds since boot: what rows of a lost clock are dated by. */
  get sinceBootS(): number {
    return Math.floor((this.#parts.clock.monotonicMs() - this.#bootedAtMs) / 1000);
  }

  /** What boot writes beside its own: a lock that knows of no past takes its clock's word for it, once. */
  firstFloor(): { readonly clockFloorS?: number; readonly lastTrustedS?: number } {
    const { nowS, trust } = this.now();
    return this.floor.floorS > 0 || trust === 'lost' ? {} : { clockFloorS: nowS, lastTrustedS: nowS };
  }

  /**
   * True once for each loss, and after each change of what a lost clock shows: to be told before the next row. A jump
   * is durable when it returns.
   */
  takeLoss(): boolean {
    if (this.now().trust !== 'lost') return false;
    const { rtc, settings } = this.#parts;
    // A part that has lost the time says so itself, at every boot.
    const isToKeep = this.#hasJumped && !rtc.read().isLost;
    if (isToKeep && settings.values.clockJumped === 0) settings.write({ clockJumped: 1 });
    const isNew = !this.#isLossTold;
    this.#isLossTold = true;
    return isNew;
  }

  /** Durable when it returns. The clock itself is set by `set`, once its row is written. */
  raiseFloor(floorS: number, keyEpoch: number): void {
    // Whoever asks the cloud for the time again and again must not wear out the flash.
    if (floorS - this.floor.floorS < CLOCK_PERSIST_S && keyEpoch === this.floor.keyEpoch) return;
    this.#parts.settings.write({ clockFloorS: floorS, clockFloorKeyEpoch: keyEpoch });
    this.#floorMoved();
  }

  /**
   * First of two steps, around the row that tells of it: what must be known after a cut. Gives the row's data;
   * undefined where nothing is new that is worth a write, as for a clock that was set within the hour and is right.
   */
  prepare(setting: ClockSetting): EventData<'clockSet'> | undefined {
    if (!this.#isNews(setting)) return undefined;
    const { utcS, uncertaintyS, floorS, keyEpoch } = setting;
    const change = { clockFloorS: floorS, clockFloorKeyEpoch: keyEpoch, lastTrustedS: utcS };
    this.#parts.settings.write(change);
    return { monotonicS: this.sinceBootS, timeS: utcS, uncertaintyS };
  }

  set({ utcS, uncertaintyS }: ClockSetting): void {
    const { rtc, clock, settings } = this.#parts;
    rtc.set(utcS * 1000, uncertaintyS);
    if (settings.values.clockJumped !== 0) settings.write({ clockJumped: 0 });
    this.#last = { registerMs: utcS * 1000, atMs: clock.monotonicMs() };
    this.#hasJumped = false;
    this.#isLossTold = false;
    this.#followedToMs = clock.monotonicMs();
  }

  /** Another owner's first key set may mend what the one before left. */
  forgetKeyEpoch(): void {
    if (this.floor.keyEpoch > 0) this.#parts.settings.write({ clockFloorKeyEpoch: 0 });
  }

  /** Time went on: the floor follows a clock that is believed, by no more than the time that passed here. */
  persist(when: 'due' | 'now'): void {
    const { clock, settings } = this.#parts;
    const passedMs = clock.monotonicMs() - this.#followedToMs;
    if (passedMs < (when === 'due' ? CLOCK_PERSIST_MS : 1000)) return;
    const { nowS, trust, uncertaintyS } = this.now();
    if (trust === 'lost') return;
    const { clockFloorS, lastTrustedS } = settings.values;
    const followedS = Math.min(nowS - uncertaintyS, clockFloorS + Math.floor(passedMs / 1000));
    settings.write({
      clockFloorS: Math.max(clockFloorS, followedS),
      lastTrustedS: Math.max(lastTrustedS, nowS),
    });
    this.#followedToMs = clock.monotonicMs();
  }

  #isNews({ utcS, floorS, keyEpoch }: ClockSetting): boolean {
    const { nowS, trust } = this.now();
    const isMoved = Math.abs(utcS - nowS) > CORRECTION_TOLD_S || floorS < this.floor.floorS;
    const isDue = utcS - this.#parts.settings.values.lastTrustedS >= CLOCK_PERSIST_S;
    const isRise = floorS - this.floor.floorS >= CLOCK_PERSIST_S;
    return trust === 'lost' || isMoved || isDue || isRise || keyEpoch !== this.floor.keyEpoch;
  }

  #read(): RtcReading {
    const reading = this.#parts.rtc.read();
    const atMs = this.#parts.clock.monotonicMs();
    const { registerMs } = reading;
    if (isJump(registerMs - this.#last.registerMs, atMs - this.#last.atMs)) this.#hasJumped = true;
    this.#last = { registerMs, atMs };
    return reading;
  }

  #known() {
    const estimateS = this.#estimateAtBootS + this.sinceBootS;
    return { floorS: this.floor.floorS, estimateS, hasJumped: this.#hasJumped };
  }

  /** What a lost clock shows never lies below the floor: where it moves, rows are dated from anew. */
  #floorMoved(): void {
    if (isBelieved(this.#read(), this.#known())) return;
    this.#estimateAtBootS = Math.max(this.#estimateAtBootS, this.#knownPastS() - this.sinceBootS);
    this.#isLossTold = false;
  }

  #knownPastS(): number {
    const { clockFloorS, lastTrustedS } = this.#parts.settings.values;
    return Math.max(clockFloorS, lastTrustedS);
  }
}
