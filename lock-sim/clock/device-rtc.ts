// The clock part of one device: reads, sets and spoils the model by the host's time, and keeps it in a store, so
// that it goes on while no process simulates it.
import type { Clock } from '#protocol/ports/clock.ts';
import {
  darkenRtc,
  driftRtc,
  forgeRtc,
  lightRtc,
  loseRtc,
  registerAt,
  setRtc,
  type RtcReading,
  type RtcState,
} from './rtc.ts';

/** Where the state is kept: replaced whole, or not at all. */
export interface RtcStore {
  load(): RtcState;
  replace(state: RtcState): void;
}

/** For worlds and tests. */
export class MemoryRtcStore implements RtcStore {
  #state: RtcState;

  constructor(state: RtcState) {
    this.#state = state;
  }

  load(): RtcState {
    return this.#state;
  }

  replace(state: RtcState): void {
    this.#state = state;
  }
}

export class DeviceRtc {
  readonly #store: RtcStore;
  readonly #clock: Clock;
  /** Wall time at the start of the monotonic scale: the host's wall clock may be set while the lock runs. */
  readonly #wallStartMs: number;

  constructor(store: RtcStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#wallStartMs = clock.nowMs() - clock.monotonicMs();
  }

  read(): RtcReading {
    const { isLost, setToMs, setUncertaintyS, ...state } = this.#store.load();
    const registerMs = registerAt({ ...state, isLost, setToMs, setUncertaintyS }, this.#nowMs());
    return { registerMs, isLost, setToMs, setUncertaintyS };
  }

  /** By the firmware. */
  set(utcMs: number, uncertaintyS: number): void {
    this.#change((state, nowMs) => setRtc(state, nowMs, utcMs, uncertaintyS));
  }

  /** By a hand that has opened the lock. */
  forge(utcMs: number): void {
    this.#change((state, nowMs) => forgeRtc(state, nowMs, utcMs));
  }

  get driftPpm(): number {
    return this.#store.load().driftPpm;
  }

  drift(driftPpm: number): void {
    this.#change((state, nowMs) => driftRtc(state, nowMs, driftPpm));
  }

  lose(): void {
    this.#change(loseRtc);
  }

  powerLost(): void {
    this.#change(darkenRtc);
  }

  powerBack(): void {
    this.#change(lightRtc);
  }

  #change(step: (state: RtcState, nowMs: number) => RtcState): void {
    const before = this.#store.load();
    const after = step(before, this.#nowMs());
    if (after !== before) this.#store.replace(after);
  }

  #nowMs(): number {
    return this.#wallStartMs + this.#clock.monotonicMs();
  }
}
