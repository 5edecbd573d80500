// Subpath imports resolve to the source in tests and under the `source` condition.
import { expect, test } from 'vitest';
import { RadioError } from '#radio/ports/errors.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';

test('an import across floors resolves to the source inside vitest', () => {
  const error = new RadioError('TIMEOUT', 'x');
  expect(error.name).toBe('RadioError');
  expect(new VirtualClock(5).nowMs()).toBe(5);
});
