// The golden vectors: the code makes exactly the bytes that test/vectors holds, with either engine.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allVectors } from '../builders/vectors/all.ts';
import { spell } from '../builders/vectors/vector-file.ts';
import { ENGINES } from './crypto-engines.ts';

const FOLDER = new URL('../vectors/', import.meta.url);
const REMEDY = 'run scripts/vectors.ts if the wire format was meant to change';

describe.each(ENGINES)('the vectors, made with the $name engine', (engine) => {
  const made = allVectors(engine);

  it.each(Object.keys(made))('%s.json is what the code makes', (name) => {
    const stored = readFileSync(new URL(`${name}.json`, FOLDER), 'utf8');
    expect(spell(made[name]!), REMEDY).toBe(stored);
  });

  it('are all the files there are', () => {
    const stored = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));
    expect(stored.sort()).toEqual(
      Object.keys(made)
        .map((name) => `${name}.json`)
        .sort(),
    );
  });
});
