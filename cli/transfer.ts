// How far, how fast, how long still: the arithmetic and the words of a progress bar. Pure.

export interface Transfer {
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  /** Units a second over the recent past; undefined until there are two moments to compare. */
  readonly perSecond: number | undefined;
}

/** The moments that the speed is taken over, oldest first. */
export interface Meter {
  readonly samples: readonly { readonly atMs: number; readonly done: number }[];
}

export const newMeter: Meter = { samples: [] };

/** Long enough to be calm, short enough to show a link that slows down. */
const WINDOW_MS = 5_000;
/** Calls come with every frame; samples closer than this replace each other. */
const SAMPLE_EVERY_MS = 100;

export function measure(meter: Meter, done: number, nowMs: number): Meter {
  const recent = meter.samples.filter((sample) => nowMs - sample.atMs <= WINDOW_MS);
  const beforeLast = recent.at(-2);
  const kept = beforeLast && nowMs - beforeLast.atMs < SAMPLE_EVERY_MS ? recent.slice(0, -1) : recent;
  return { samples: [...kept, { atMs: nowMs, done }] };
}

export function perSecond(meter: Meter): number | undefined {
  const first = meter.samples[0];
  const last = meter.samples.at(-1);
  if (!first || !last || last.atMs <= first.atMs) return undefined;
  return ((last.done - first.done) * 1000) / (last.atMs - first.atMs);
}

const BAR_WIDTH = 24;

/** `[=====>   ] 52%  53.2 of 102.4 kB  31.0 kB/s  2 s left` */
export function barText(transfer: Transfer): string {
  const share = shareOf(transfer);
  const filled = Math.round(share * BAR_WIDTH);
  const head = filled > 0 && filled < BAR_WIDTH ? '>' : '';
  const bar = '='.repeat(Math.max(0, filled - head.length)) + head;
  return `[${bar.padEnd(BAR_WIDTH)}] ${percent(share)}  ${figures(transfer).join('  ')}`;
}

/** `52%, 53.2 of 102.4 kB, 31.0 kB/s, 2 s left` */
export function plainText(transfer: Transfer): string {
  return [percent(shareOf(transfer)), ...figures(transfer)].join(', ');
}

/** Seconds until the end at this speed; undefined where nobody can know. */
export function secondsLeft({ done, total, perSecond }: Transfer): number | undefined {
  return perSecond === undefined || perSecond <= 0 ? undefined : Math.ceil((total - done) / perSecond);
}

export function durationText(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `0.4 s`, `12 s`, `2 min 5 s` */
export function tookText(ms: number): string {
  return ms < 9_950 ? `${(ms / 1_000).toFixed(1)} s` : durationText(Math.round(ms / 1_000));
}

function figures(transfer: Transfer): string[] {
  const { done, total, unit, perSecond } = transfer;
  const left = secondsLeft(transfer);
  const amount =
    unit === 'bytes' ? `${bytesIn(done, total)} of ${bytesText(total)}` : `${done} of ${total} ${unit}`;
  const texts = [amount];
  if (unit === 'bytes' && perSecond !== undefined) texts.push(`${bytesText(perSecond)}/s`);
  if (left !== undefined && done < total) texts.push(`${durationText(left)} left`);
  return texts;
}

const shareOf = ({ done, total }: Transfer): number =>
  total <= 0 ? 1 : Math.min(1, Math.max(0, done / total));
/** Not 100 before all is done. */
const percent = (share: number): string => `${Math.floor(share * 100)}%`;

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB'] as const;

/** SI units, one decimal from kB on. */
export function bytesText(bytes: number): string {
  return `${bytesIn(bytes, bytes)} ${BYTE_UNITS[unitOf(bytes)] ?? 'B'}`;
}

/** The number alone, in the unit that suits `scale`. */
function bytesIn(bytes: number, scale: number): string {
  const power = unitOf(scale);
  return power === 0 ? String(Math.round(bytes)) : (bytes / 1000 ** power).toFixed(1);
}

function unitOf(bytes: number): number {
  let power = 0;
  while (power < BYTE_UNITS.length - 1 && bytes >= 1000 ** (power + 1)) power++;
  return power;
}
