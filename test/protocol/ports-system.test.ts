// The system's clock under fake timers, and its randomness.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { InvariantError } from '#protocol/errors.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { systemRandom } from '#protocol/node/system-random.ts';

describe('the system clock', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('tells the time and how much went by', () => {
    const [wall, monotonic] = [systemClock.nowMs(), systemClock.monotonicMs()];
    expect(wall).toBe(Date.UTC(2026, 0, 1));
    vi.advanceTimersByTime(1500);
    expect(systemClock.nowMs() - wall).toBe(1500);
    expect(systemClock.monotonicMs() - monotonic).toBe(1500);
  });

  test('keeps its monotonic time when the wall clock is set back', () => {
    const monotonic = systemClock.monotonicMs();
    vi.setSystemTime(0);
    expect(systemClock.nowMs()).toBe(0);
    expect(systemClock.monotonicMs()).toBe(monotonic);
  });

  test('runs once, when the delay is over', () => {
    const run = vi.fn();
    systemClock.after(250, run);
    vi.advanceTimersByTime(249);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(10_000);
    expect(run).toHaveBeenCalledTimes(1);
  });

  test.each([0, -5, Number.NEGATIVE_INFINITY])('runs soon, but never at once, after %d ms', (delayMs) => {
    const run = vi.fn();
    systemClock.after(delayMs, run);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersToNextTimer();
    expect(run).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('waits again when the event loop was early', () => {
    const run = vi.fn();
    const monotonic = vi.spyOn(performance, 'now').mockReturnValue(1000);
    systemClock.after(50, run);
    monotonic.mockReturnValue(1049.6);
    vi.advanceTimersByTime(50);
    expect(run).not.toHaveBeenCalled();
    monotonic.mockReturnValue(1050);
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledTimes(1);
    monotonic.mockRestore();
  });

  test('waits longer than one timeout can', () => {
    const run = vi.fn();
    const delayMs = 2 * 2 ** 31 + 1000;
    const timeouts = vi.spyOn(globalThis, 'setTimeout');
    systemClock.after(delayMs, run);
    expect(timeouts.mock.lastCall?.[1]).toBe(2 ** 31 - 1);
    vi.advanceTimersByTime(delayMs - 1);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledTimes(1);
  });

  test.each([0, 10, 2 ** 31 + 10])(
    'never runs a timer of %d ms that was cancelled, once or twice',
    (delayMs) => {
      const run = vi.fn();
      const timer = systemClock.after(delayMs, run);
      timer.cancel();
      timer.cancel();
      expect(vi.getTimerCount()).toBe(0);
      vi.advanceTimersByTime(delayMs + 1000);
      expect(run).not.toHaveBeenCalled();
    },
  );

  test('cancels a long timer in its later part too', () => {
    const run = vi.fn();
    const timer = systemClock.after(2 ** 31 + 5000, run);
    vi.advanceTimersByTime(2 ** 31 + 1000);
    timer.cancel();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('does not take a delay that is not a number', () => {
    expect(() => systemClock.after(Number.NaN, () => undefined)).toThrow(InvariantError);
  });
});

describe('the system’s randomness', () => {
  test.each([0, 1, 32, 100_000])('gives %i bytes of the caller’s own', (length) => {
    const bytes = systemRandom.bytes(length);
    expect(bytes.constructor).toBe(Uint8Array);
    expect(bytes.buffer.byteLength).toBe(length);
  });

  test('never gives the same twice, in a fork either', () => {
    const drawn = [systemRandom, systemRandom.fork('a'), systemRandom.fork('a')].map((random) =>
      random.bytes(32).join(),
    );
    expect(new Set(drawn).size).toBe(3);
  });
});
