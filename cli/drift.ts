// How much a clock part runs fast or slow, as an argument.
import { DRIFT_MAX_PPM } from '#lock-sim/clock/rtc.ts';
import { numberOf } from './numbers.ts';

/** Negative: slow. Throws USAGE. */
export const driftOf = (text: string): number =>
  numberOf('--drift', text, { min: -DRIFT_MAX_PPM, max: DRIFT_MAX_PPM, unit: 'ppm' });
