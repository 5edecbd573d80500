// Good messages to begin from: some of each kind that the round trips know, the same in every run.
import fc from 'fast-check';
import { invariant } from '#protocol/errors.ts';
import { MESSAGES } from '../protocol/message-cases.ts';
import type { MessageCase } from '../protocol/message-case.ts';

const SAMPLES = 12;
const SAMPLE_SEED = 20_261_125;

const made = new Map<string, readonly Uint8Array[]>();

export function samplesOf(name: string): readonly Uint8Array[] {
  const message = MESSAGES.find((one) => one.name === name);
  invariant(message, `${name} is a message`);
  const samples = made.get(name) ?? sampled(message);
  made.set(name, samples);
  return samples;
}

const sampled = ({ values, encode, runs }: MessageCase): readonly Uint8Array[] =>
  fc.sample(values, { seed: SAMPLE_SEED, numRuns: Math.min(runs, SAMPLES) }).map((value) => encode(value));
