// The API as an OpenAPI 3.1 document, made from the table of routes that the server validates by, so that the two can't
// part. Routes, schemas and codes that are added are in it by themselves.
import { z } from 'zod';
import { API_BASE, type Contract } from '#protocol/api/contract.ts';
import { LiveClientMessage, LiveServerMessage } from '#protocol/api/live.ts';
import { Problem } from '#protocol/api/problem.ts';
import { routes } from '#protocol/api/routes.ts';
import { LIVE_FRAME_KEY, operationsBeside } from './openapi/beside-routes.ts';
import { withExamples } from './openapi/examples.ts';
import { convertSchemas, type ConvertOptions, type JsonSchema } from './openapi/json-schemas.ts';
import { namedSchemas } from './openapi/named-schemas.ts';
import {
  bodyKey,
  operationOf,
  PROBLEM_KEY,
  queryKey,
  replyKey,
  sharedRefusals,
  tagOf,
  type Operation,
} from './openapi/operation.ts';
import { securitySchemes } from './openapi/security.ts';
import { IDEMPOTENCY_KEY_MAX_CHARACTERS } from './idempotency.ts';

export const OPENAPI_PATH = `${API_BASE}/openapi.json`;

export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: JsonSchema;
  readonly tags: readonly JsonSchema[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly [kind: string]: unknown;
  };
}

const DESCRIPTION = `JSON in and out. Ids are opaque text, times UTC seconds, \`null\` where there is no end, bytes
lower-case hex. Lists come in pages: \`next\` of one is \`after\` of the next. Every refusal is a problem (RFC 9457):
programs switch on \`code\`, people read \`detail\` and \`next\`. Fields that you do not know you skip.`;

export function openApiDocument(
  options: ConvertOptions = { closedReplies: false },
  table: Readonly<Record<string, Contract>> = routes,
): OpenApiDocument {
  const entries = Object.entries(table);
  const requests = new Map<string, z.ZodType>();
  const replies = new Map<string, z.ZodType>([[PROBLEM_KEY, Problem]]);
  for (const [name, { query, body, reply }] of entries) {
    if (query !== undefined) requests.set(queryKey(name), query);
    if (body instanceof z.ZodType) requests.set(bodyKey(name), body);
    if (reply instanceof z.ZodType) replies.set(replyKey(name), reply);
  }
  requests.set(LIVE_FRAME_KEY, LiveClientMessage);
  replies.set(LIVE_FRAME_KEY, LiveServerMessage);
  const queries = new Set<unknown>(entries.map(([, { query }]) => query));
  // A query becomes parameters, one by one: it has no name of its own.
  const named = new Map([...namedSchemas()].filter(([, schema]) => !queries.has(schema)));
  const schemas = convertSchemas(named, requests, replies, options);
  const paths: Record<string, Record<string, Operation>> = {};
  for (const [name, contract] of entries) {
    const path = (paths[contract.path] ??= {});
    path[contract.method.toLowerCase()] = operationOf(name, contract, schemas);
  }
  const beside = operationsBeside(schemas);
  for (const [path, operation] of Object.entries(beside)) paths[path] = { get: operation };
  return {
    openapi: '3.1.1',
    info: {
      title: 'DOOR OS',
      version: '1',
      description: DESCRIPTION,
    },
    tags: [...new Set(Object.keys(paths).map((path) => tagOf({ path })))].map((name) => ({ name })),
    paths,
    components: {
      schemas: withExamples(schemas.components),
      responses: sharedRefusals(),
      parameters,
      headers,
      securitySchemes,
    },
  };
}

const parameters = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description:
      'Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept.',
    schema: { type: 'string', minLength: 1, maxLength: IDEMPOTENCY_KEY_MAX_CHARACTERS, pattern: '^[!-~]+$' },
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    required: false,
    description: 'The entity tag of what the caller has.',
    schema: { type: 'string' },
  },
};

const headers = {
  RequestId: {
    description: 'Stands in the log of the server; the one that the request came with, if it was sane.',
    schema: { type: 'string' },
  },
};
