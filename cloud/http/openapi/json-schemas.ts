// The zod schemas that validate requests and replies as JSON Schemas of OpenAPI 3.1. Those that protocol/api exports stand
// under their names, once each, and are referred to; one that reads differently in a request is there a second time.
import { z } from 'zod';
import { invariant } from '#protocol/errors.ts';
import { addBytesExample } from './examples.ts';

export interface JsonSchema {
  readonly [keyword: string]: unknown;
}
type Schemas = Readonly<Record<string, JsonSchema>>;

/** Schemas to convert by any key; what is the same schema may stand under several. */
export type SchemaWishes = ReadonlyMap<string, z.ZodType>;

export interface ConvertedSchemas {
  readonly requests: ReadonlyMap<string, JsonSchema>;
  readonly replies: ReadonlyMap<string, JsonSchema>;
  /** Each that is referred to, in the order of the names. */
  readonly components: Schemas;
}

export interface ConvertOptions {
  /** Replies with a field that they do not name are wrong. Clients are told to skip what they do not know. */
  readonly closedReplies: boolean;
}

const REFERENCE = '#/components/schemas/';
const INLINE = 'inline ';

export function convertSchemas(
  named: SchemaWishes,
  requests: SchemaWishes,
  replies: SchemaWishes,
  options: ConvertOptions,
): ConvertedSchemas {
  const asRequests = convert(named, requests, 'input', options);
  const asReplies = convert(named, replies, 'output', options);
  const differing = new Set(
    [...asRequests.reached].filter(
      (name) =>
        asReplies.reached.has(name) &&
        JSON.stringify(asRequests.named[name]) !== JSON.stringify(asReplies.named[name]),
    ),
  );
  // Whoever refers to one that differs, differs itself: the comparison above sees only one step.
  const renamed = new Set(
    [...asRequests.reached].filter(
      (name) =>
        asReplies.reached.has(name) &&
        [...reachedFrom(asRequests.named, [asRequests.named[name]], [name])].some((one) =>
          differing.has(one),
        ),
    ),
  );
  const requestName = (name: string): string => (renamed.has(name) ? `${name}Input` : name);
  const components: Record<string, JsonSchema> = {};
  for (const name of asReplies.reached) components[name] = definitionOf(asReplies.named, name);
  for (const name of asRequests.reached) {
    components[requestName(name)] = withNames(definitionOf(asRequests.named, name), requestName);
  }
  return {
    requests: new Map([...asRequests.wished].map(([key, schema]) => [key, withNames(schema, requestName)])),
    replies: asReplies.wished,
    components: Object.fromEntries(Object.entries(components).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

interface Converted {
  readonly named: Schemas;
  readonly wished: ReadonlyMap<string, JsonSchema>;
  /** Names that the wished ones lead to. */
  readonly reached: ReadonlySet<string>;
}

function convert(
  named: SchemaWishes,
  wishes: SchemaWishes,
  io: 'input' | 'output',
  options: ConvertOptions,
): Converted {
  const registry = z.registry<{ id?: string }>();
  for (const [name, schema] of named) registry.add(schema, { id: name });
  for (const schema of new Set(wishes.values())) {
    if (!registry.has(schema)) registry.add(schema, { id: INLINE + keyOf(wishes, schema) });
  }
  const { schemas } = z.toJSONSchema(registry, {
    io,
    unrepresentable: 'any',
    uri: (id) => REFERENCE + id,
    override: ({ zodSchema, jsonSchema }) => {
      if (io === 'input') describeTransformed(zodSchema, jsonSchema);
      else if (!options.closedReplies) openUp(zodSchema, jsonSchema);
      tidy(jsonSchema);
      addBytesExample(jsonSchema);
    },
  });
  const converted = schemas as Record<string, JsonSchema>;
  const wished = new Map(
    [...wishes].map(([key, schema]) => {
      const id = registry.get(schema)?.id;
      invariant(id, 'each wished schema is registered');
      const isInline = id.startsWith(INLINE);
      return [key, isInline ? definitionOf(converted, id) : { $ref: REFERENCE + id }];
    }),
  );
  return { named: converted, wished, reached: reachedFrom(converted, [...wished.values()]) };
}

const keyOf = (wishes: SchemaWishes, schema: z.ZodType): string =>
  [...wishes].find(([, one]) => one === schema)?.[0] ?? '';

function definitionOf(schemas: Schemas, name: string): JsonSchema {
  const found = schemas[name];
  invariant(found, `a schema named ${name}`);
  const { $schema: _schema, $id: _id, ...rest } = found;
  return rest;
}

/** Text is trimmed and lowered before it is checked: the document states the form that it is checked in. */
function describeTransformed(schema: z.core.$ZodType, json: JsonSchema): void {
  if (!(schema instanceof z.ZodPipe)) return;
  const { in: before, out: after } = schema.def;
  if (!(before instanceof z.ZodPipe) || !(before.def.out instanceof z.ZodTransform)) return;
  if (!(after instanceof z.ZodString || after instanceof z.ZodStringFormat)) return;
  const { $schema: _, ...checked } = z.toJSONSchema(after, { io: 'input' });
  Object.assign(json, checked);
}

/** `z.object` without more says what is there, not that nothing else may be. */
function openUp(schema: z.core.$ZodType, json: JsonSchema): void {
  if (!(schema instanceof z.ZodObject) || schema.def.catchall !== undefined) return;
  delete (json as { additionalProperties?: unknown }).additionalProperties;
}

/** Every JSON number that is an integer lies there; said each time it hides the limits that matter. */
function tidy(json: { minimum?: unknown; maximum?: unknown }): void {
  if (json.minimum === Number.MIN_SAFE_INTEGER && json.maximum === Number.MAX_SAFE_INTEGER) {
    delete json.minimum;
    delete json.maximum;
  }
}

function reachedFrom(
  schemas: Schemas,
  from: readonly (JsonSchema | undefined)[],
  already: readonly string[] = [],
): Set<string> {
  const reached = new Set<string>(already);
  const queue = from.flatMap((schema) => referencesIn(schema));
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    queue.push(...referencesIn(schemas[name]));
  }
  return reached;
}

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner.slice(REFERENCE.length)] : referencesIn(inner),
  );
}

function withNames(schema: JsonSchema, nameOf: (name: string) => string): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    key === '$ref' && typeof value === 'string' ? REFERENCE + nameOf(value.slice(REFERENCE.length)) : value,
  ) as JsonSchema;
}
