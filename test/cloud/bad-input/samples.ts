// A value that a schema of the OpenAPI document takes, made from the schema alone: for a new route, too.
import { openApiDocument } from '#cloud/http/openapi.ts';
import { ajv } from '../openapi-check.ts';

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly examples?: readonly unknown[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
}

export const document = openApiDocument();

export function resolved(schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const name = schema.$ref.split('/').at(-1) ?? '';
  return resolved(document.components.schemas[name] as Schema);
}

const validators = new WeakMap<Schema, (value: unknown) => boolean>();

/** Whether the document takes that value there. */
export function isTaken(schema: Schema, value: unknown): boolean {
  let validate = validators.get(schema);
  if (validate === undefined) {
    // References lead into the document, wherever the schema was cut out.
    const text = JSON.stringify(schema).replaceAll(
      '"#/components/',
      '"urn:doorlab:openapi:open#/components/',
    );
    const compiled = ajv.compile(JSON.parse(text) as object);
    validate = (one) => compiled(one);
    validators.set(schema, validate);
  }
  return validate(value);
}

/** Tried in turn where a pattern or format decides; a schema that none fits says so, and wants an example. */
const TEXTS = [
  'Some text',
  'text',
  'a@example.com',
  '+1 555 0100',
  'UTC',
  `x_${'a'.repeat(26)}`,
  '2027-05-31',
  '2027-05-31T12:00:00Z',
  '12:00',
  'https://example.com/',
  '1234567',
  'a'.repeat(52),
];

export function sampleOf(schema: Schema, path = ''): unknown {
  const here = resolved(schema);
  const [example] = here.examples ?? [];
  if (example !== undefined) return example;
  if (here.const !== undefined) return here.const;
  if (here.enum !== undefined) return here.enum[0];
  const option = (here.anyOf ?? here.oneOf ?? []).find((one) => resolved(one).type !== 'null');
  if (option !== undefined) return sampleOf(option, path);
  if (here.allOf !== undefined) {
    return Object.assign({}, ...here.allOf.map((one) => sampleOf(one, path))) as unknown;
  }
  const type = typeof here.type === 'string' ? here.type : here.type?.find((one) => one !== 'null');
  switch (type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(here.properties ?? {}).map(([name, inner]) => [
          name,
          sampleOf(inner, `${path}.${name}`),
        ]),
      );
    case 'array':
      return Array.from({ length: Math.max(1, here.minItems ?? 0) }, () =>
        sampleOf(here.items ?? {}, `${path}[]`),
      );
    case 'boolean':
      return true;
    case 'integer':
    case 'number':
      return Math.max(1, here.minimum ?? 1, (here.exclusiveMinimum ?? 0) + 1);
    case 'string':
      return textFor(here, path);
    default:
      return null;
  }
}

function textFor(schema: Schema, path: string): string {
  const bytes = '00'.repeat(Math.ceil(Math.max(2, schema.minLength ?? 0) / 2));
  const long = 'x'.repeat(schema.minLength ?? 1);
  const found = [...TEXTS, bytes, long].find((text) => isTaken(schema, text));
  if (found === undefined) {
    throw new Error(
      `${path}: no text of samples.ts fits ${JSON.stringify(schema)}: give the schema an example`,
    );
  }
  return found;
}
