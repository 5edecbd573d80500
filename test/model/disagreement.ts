// Model and lock do not say the same.
import { isDeepStrictEqual } from 'node:util';

export class Disagreement extends Error {}

export function same(what: string, real: unknown, model: unknown): void {
  if (isDeepStrictEqual(real, model)) return;
  throw new Disagreement(`${what}: the lock ${JSON.stringify(real)}, the model ${JSON.stringify(model)}`);
}
