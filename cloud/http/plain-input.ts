// A body or a query looked through before its schema is asked: only plain text, nested no deeper than anything here needs.
import { isPlainText } from '../domain/plain-text.ts';
import { Refusal, type FieldError } from '../domain/refusal.ts';

/** The deepest body of the contract needs five. */
export const JSON_MAX_DEPTH = 16;

/** Throws INPUT_INVALID, naming the first field that is not plain. `where`: the part of the request. */
export function requirePlain(value: unknown, where: string): void {
  const queue: { value: unknown; path: readonly string[] }[] = [{ value, path: [] }];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const { value: here, path } = next;
    if (typeof here === 'string' && !isPlainText(here)) throw notPlain(path, where);
    if (typeof here !== 'object' || here === null) continue;
    if (path.length >= JSON_MAX_DEPTH) throw tooDeep(path, where);
    for (const [key, inner] of Object.entries(here)) {
      if (!isPlainText(key)) throw notPlain(path, where);
      queue.push({ value: inner, path: [...path, key] });
    }
  }
}

const notPlain = (path: readonly string[], where: string): Refusal =>
  refusal(path, where, 'may not hold NUL or half a character');

const tooDeep = (path: readonly string[], where: string): Refusal =>
  refusal(path, where, `is nested deeper than ${JSON_MAX_DEPTH}`);

function refusal(path: readonly string[], where: string, message: string): Refusal {
  const fields: FieldError[] = [{ path: path.join('.'), message }];
  return new Refusal('INPUT_INVALID', `The ${where} is not valid: ${message}.`, { fields });
}
