// A wait with its end: answered once, in time, and no timer is left behind.
import { expect, test } from 'vitest';
import { withDeadline } from '#protocol/ports/deadline.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';

const late = (): Error => new Error('too late');

interface Work {
  promise: Promise<string>;
  resolve: (value: string) => void;
  reject: (error: Error) => void;
}

function work(): Work {
  const made: Partial<Work> = {};
  const promise = new Promise<string>((resolve, reject) => Object.assign(made, { resolve, reject }));
  return { ...made, promise } as Work;
}

test('gives what the work gives, and leaves no timer', async () => {
  const clock = new VirtualClock();
  const { promise, resolve } = work();
  const answer = withDeadline(clock, 1000, promise, late);
  clock.advance(999);
  resolve('done');
  expect(await answer).toBe('done');
  expect(clock.nextDueMs()).toBeUndefined();
});

test('throws what the work throws, and leaves no timer', async () => {
  const clock = new VirtualClock();
  const answer = withDeadline(clock, 1000, Promise.reject(new Error('refused')), late);
  await expect(answer).rejects.toThrow('refused');
  expect(clock.nextDueMs()).toBeUndefined();
});

test('rejects when the time is over, and leaves no timer', async () => {
  const clock = new VirtualClock();
  const answer = withDeadline(clock, 1000, work().promise, late);
  clock.advance(1000);
  await expect(answer).rejects.toThrow('too late');
  expect(clock.nextDueMs()).toBeUndefined();
});

test('makes the error only when it is needed', async () => {
  const clock = new VirtualClock();
  let made = 0;
  const counted = (): Error => {
    made++;
    return late();
  };
  await withDeadline(clock, 1000, Promise.resolve('done'), counted);
  clock.advance(5000);
  expect(made).toBe(0);
});

test('is not moved by a jump of the wall clock', async () => {
  const clock = new VirtualClock();
  const { promise, resolve } = work();
  const answer = withDeadline(clock, 1000, promise, late);
  clock.setWallMs(clock.nowMs() + 86_400_000);
  clock.advance(10);
  resolve('done');
  expect(await answer).toBe('done');
});

test.each(['resolves', 'rejects'])('drops the work that %s after its time', async (how) => {
  const clock = new VirtualClock();
  const unhandled: unknown[] = [];
  const listen = (reason: unknown): number => unhandled.push(reason);
  process.on('unhandledRejection', listen);
  try {
    const { promise, resolve, reject } = work();
    const answer = withDeadline(clock, 1000, promise, late);
    clock.advance(1000);
    await expect(answer).rejects.toThrow('too late');
    if (how === 'resolves') resolve('done');
    else reject(new Error('link lost'));
    await new Promise((next) => setImmediate(next));
    await expect(answer).rejects.toThrow('too late');
    expect(unhandled).toEqual([]);
  } finally {
    process.off('unhandledRejection', listen);
  }
});
