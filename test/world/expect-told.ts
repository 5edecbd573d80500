// How every command that fails has to say so.
import { expect } from 'vitest';
import type { Told } from './command-here.ts';

/** What happened as a sentence, and the next step as one. */
export function expectTold({ exit, last }: Told, [code, error]: readonly [number, string]): void {
  expect([exit, last['exit'], last['code'], last['type']]).toEqual([code, code, error, 'error']);
  expect(last['message']).toMatch(/^[^a-z].*[.]$/s);
  expect(last['next']).toMatch(/^[A-Z].*\S$/s);
  expect(last['stack']).toBeUndefined();
  // A deadline is its own reason.
  if (error.endsWith('_TIMEOUT')) expect(last['because']).toBeUndefined();
}
