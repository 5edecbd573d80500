// From one good body many bad ones, each wrong in one place that it names: missing, unknown, wrongly typed, oversized,
// and text that no text may hold. What the document takes is left out: it would not be bad.
import { isTaken, resolved, sampleOf, type Schema } from './samples.ts';

export interface BadBody {
  readonly what: string;
  /** The field that the refusal has to name; empty for the body as a whole. */
  readonly field: string;
  readonly text: string;
}

type Path = readonly (string | number)[];

/** What JSON cannot be made to say by way of a value. */
const RAW = new Map([
  ['@@infinite@@', '1e999'],
  ['@@very negative@@', '-1e308'],
  ['@@long number@@', '9'.repeat(400)],
]);

const HUGE_TEXT = 'x'.repeat(70_000);

/** Of each type; where the type itself is wrong, the first is enough. Each is dropped where it is right. */
const WRONG_VALUES: Readonly<Record<string, readonly (readonly [string, unknown])[]>> = {
  null: [['null', null]],
  boolean: [['a boolean', true]],
  number: [
    ['a number', 5],
    ['a fraction', 0.5],
    ['a negative number', -1],
    ['an unsafe integer', 2 ** 53],
    ['a huge number', 1e308],
    ...[...RAW.keys()].map((text) => [text, text] as const),
  ],
  string: [
    ['text', 'Some text?'],
    ['no text', ''],
    ['huge text', HUGE_TEXT],
  ],
  array: [
    ['an array', []],
    ['an array of arrays', [[[]]]],
  ],
  object: [
    ['an object', {}],
    ['an object with toString', { toString: 'x', length: 3 }],
  ],
};

/** The types of JSON that a schema takes in some form. */
function typesOf(schema: Schema): readonly string[] {
  const { type, anyOf = [], oneOf = [], allOf = [] } = resolved(schema);
  const own = typeof type === 'string' ? [type] : (type ?? []);
  const all = [...own, ...[...anyOf, ...oneOf, ...allOf].flatMap(typesOf)];
  return all.map((one) => (one === 'integer' ? 'number' : one));
}

const isRight = (schema: Schema, wrong: unknown): boolean =>
  isTaken(schema, typeof wrong === 'string' && RAW.has(wrong) ? 1e308 : wrong);

/** Refused wherever text can stand. */
const BAD_TEXTS: readonly (readonly [string, string])[] = [
  ['NUL', 'a\u0000b'],
  ['half a character', 'a\ud800b'],
];

export function badBodies(schema: Schema): BadBody[] {
  const good = sampleOf(schema);
  const bodies: BadBody[] = [];
  const add = (what: string, path: Path, field: Path, value: unknown): void => {
    bodies.push({ what, field: field.join('.'), text: textOf(withValue(good, path, value)) });
  };
  for (const { path, schema: here, value } of placesIn(schema, good)) {
    const types = typesOf(here);
    for (const [type, values] of Object.entries(WRONG_VALUES)) {
      for (const [what, wrong] of types.includes(type) ? values : values.slice(0, 1)) {
        if (!isRight(here, wrong)) add(what, path, path, wrong);
      }
    }
    for (const [what, text] of BAD_TEXTS) add(what, path, path, text);
    const { maxLength, maxItems, items } = resolved(here);
    if (maxLength !== undefined) add('text a character too long', path, path, 'x'.repeat(maxLength + 1));
    if (maxItems !== undefined && items !== undefined) {
      add('an item too many', path, path, Array(maxItems + 1).fill(sampleOf(items)));
    }
    if (isRecord(value)) {
      for (const name of resolved(here).required ?? []) {
        const { [name]: _, ...rest } = value;
        add('missing', path, [...path, name], rest);
      }
      for (const name of ['unknown', 'constructor', 'id']) {
        if (name in (resolved(here).properties ?? {})) continue;
        add('unknown', path, [...path, name], { ...value, [name]: 1 });
      }
      bodies.push({
        what: 'a prototype',
        field: [...path, '__proto__'].join('.'),
        text: textOf(withValue(good, path, { ...value, ['@@proto@@']: { admin: true } })),
      });
    }
  }
  return bodies;
}

interface Place {
  readonly path: Path;
  readonly schema: Schema;
  readonly value: unknown;
}

/** The whole, each field, and of each array the first item, all the way down. */
function placesIn(schema: Schema, value: unknown, path: Path = []): Place[] {
  const here = resolved(schema);
  const own: Place = { path, schema, value };
  const option = [...(here.anyOf ?? []), ...(here.oneOf ?? [])].find((one) => isTaken(one, value));
  if (option !== undefined) return [own, ...placesIn(option, value, path).filter((one) => one.path !== path)];
  if (Array.isArray(value) && here.items !== undefined) {
    return [own, ...placesIn(here.items, value[0], [...path, 0])];
  }
  if (!isRecord(value)) return [own];
  const fields = Object.entries(here.properties ?? {});
  return [own, ...fields.flatMap(([name, inner]) => placesIn(inner, value[name], [...path, name]))];
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function withValue(whole: unknown, [step, ...rest]: Path, value: unknown): unknown {
  if (step === undefined) return value;
  if (Array.isArray(whole)) {
    const items = whole as readonly unknown[];
    return items.map((item, at) => (at === step ? withValue(item, rest, value) : item));
  }
  const fields = whole as Readonly<Record<string, unknown>>;
  return { ...fields, [step]: withValue(fields[step], rest, value) };
}

function textOf(body: unknown): string {
  let text = JSON.stringify(body).replace('"@@proto@@"', '"__proto__"');
  for (const [placeholder, raw] of RAW) text = text.replace(`"${placeholder}"`, raw);
  return text;
}

const nested = (open: string, close: string, depth: number): string =>
  open.repeat(depth) + close.repeat(depth);

/** Bodies that are no JSON, or none that anything here takes, whatever the schema. */
export function brokenBodies(good: string): readonly (readonly [string, string | Uint8Array])[] {
  const bytes = new TextEncoder().encode(good);
  return [
    ['empty', ''],
    ['blank', '  \n'],
    ['half', good.slice(0, -1)],
    ['two', good + good],
    ['a word', 'undefined'],
    ['single quotes', "{'a':1}"],
    ['a comment', `${good}//`],
    ['bad UTF-8', Uint8Array.of(...bytes.subarray(0, -1), 0xff, 0x7d)],
    ['overlong UTF-8', Uint8Array.of(0x7b, 0x22, 0xc0, 0x80, 0x22, 0x3a, 0x31, 0x7d)],
    ['UTF-16', new Uint8Array(Buffer.from(good, 'utf16le'))],
    ['arrays in arrays', nested('[', ']', 50_000)],
    ['objects in objects', `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`],
    ['arrays not closed', '['.repeat(50_000)],
    ['a deep field', good.replace(/\}$/, `${good === '{}' ? '' : ','}"unknown":${nested('[', ']', 40)}}`)],
    ['NUL in a name', good.replace(/\}$/, `${good === '{}' ? '' : ','}"a\\u0000":1}`)],
    ['a raw NUL', `${good}\0`],
  ];
}
