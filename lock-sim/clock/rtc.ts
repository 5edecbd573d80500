// The real-time clock, a part of the device beside the processor: it runs on through short cuts of the power on a
// super-capacitor, drifts, and loses the time when that is empty. Pure: what it says follows from state and time.

/** How long the capacitor holds it. */
export const CLOCK_HOLD_MS = 300_000;
/** No crystal, however hot or old, is further off. */
export const DRIFT_MAX_PPM = 20_000;

export interface RtcState {
  /** What the register said at the anchor: UTC milliseconds. */
  readonly registerMs: number;
  /** True time of the anchor, milliseconds. */
  readonly anchorMs: number;
  /** How much it runs fast; negative where it is slow. */
  readonly driftPpm: number;
  /** The oscillator has stopped since it was set: the part says so itself. */
  readonly isLost: boolean;
  /** What the firmware has set it to last, and how sure it was. The part keeps both in its backup memory. */
  readonly setToMs: number;
  readonly setUncertaintyS: number;
  /** True time at which the power went; null while it is there. */
  readonly darkSinceMs: number | null;
}

/** What the firmware reads. */
export interface RtcReading {
  readonly registerMs: number;
  readonly isLost: boolean;
  readonly setToMs: number;
  readonly setUncertaintyS: number;
}

/** As it leaves the factory: set. */
export const manufacturedRtc = (nowMs: number): RtcState => ({
  registerMs: nowMs,
  anchorMs: nowMs,
  driftPpm: 0,
  isLost: false,
  setToMs: nowMs,
  setUncertaintyS: 0,
  darkSinceMs: null,
});

export const registerAt = ({ registerMs, anchorMs, driftPpm }: RtcState, nowMs: number): number =>
  Math.floor(registerMs + Math.max(0, nowMs - anchorMs) * (1 + driftPpm / 1_000_000));

export const setRtc = (state: RtcState, nowMs: number, utcMs: number, uncertaintyS: number): RtcState => ({
  ...state,
  registerMs: utcMs,
  anchorMs: nowMs,
  isLost: false,
  setToMs: utcMs,
  setUncertaintyS: uncertaintyS,
});

/** Somebody has opened the lock and written to the register: the firmware knows nothing of it. */
export const forgeRtc = (state: RtcState, nowMs: number, utcMs: number): RtcState => ({
  ...state,
  registerMs: utcMs,
  anchorMs: nowMs,
});

export const driftRtc = (state: RtcState, nowMs: number, driftPpm: number): RtcState => ({
  ...state,
  registerMs: registerAt(state, nowMs),
  anchorMs: nowMs,
  driftPpm: Math.max(-DRIFT_MAX_PPM, Math.min(DRIFT_MAX_PPM, driftPpm)),
});

/** It starts from its own beginning of time, and says that it was not set since. */
export const loseRtc = (state: RtcState, nowMs: number): RtcState => ({
  ...state,
  registerMs: 0,
  anchorMs: nowMs,
  isLost: true,
});

export const darkenRtc = (state: RtcState, nowMs: number): RtcState => ({
  ...state,
  darkSinceMs: state.darkSinceMs ?? nowMs,
});

/** Power is back: the time is kept, or lost. */
export function lightRtc(state: RtcState, nowMs: number): RtcState {
  if (state.darkSinceMs === null) return state;
  const isOver = nowMs - state.darkSinceMs > CLOCK_HOLD_MS;
  return { ...(isOver ? loseRtc(state, nowMs) : state), darkSinceMs: null };
}
