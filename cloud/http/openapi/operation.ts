// One route of the contract as an operation of OpenAPI: who may call it, what goes in, what comes out, and every refusal
// with its codes.
import { permissions, type Contract, type RawMedia } from '#protocol/api/contract.ts';
import { CSV_MAX_BYTES } from '#protocol/api/imports.ts';
import { PROBLEM_MEDIA_TYPE, problems, type ProblemCode } from '#protocol/api/problem.ts';
import { JSON_MAX_BYTES } from '../request-input.ts';
import type { ConvertedSchemas, JsonSchema } from './json-schemas.ts';
import { refusalCodesOf, takesRepeatKey } from './refusals.ts';
import { securityOf } from './security.ts';

/** Keys of the schemas of a route. */
export const queryKey = (name: string): string => `${name} query`;
export const bodyKey = (name: string): string => `${name} body`;
export const replyKey = (name: string): string => `${name} reply`;

export const PROBLEM_KEY = 'problem';

export type Operation = Readonly<Record<string, unknown>>;

export function operationOf(name: string, contract: Contract, schemas: ConvertedSchemas): Operation {
  const parameters = [...pathParameters(contract), ...queryParameters(name, contract, schemas)];
  if (takesRepeatKey(contract)) parameters.push({ $ref: '#/components/parameters/IdempotencyKey' });
  if (isTagged(contract)) parameters.push({ $ref: '#/components/parameters/IfNoneMatch' });
  return {
    operationId: name,
    summary: contract.summary,
    ...descriptionOf(contract),
    tags: [tagOf(contract)],
    security: securityOf(contract),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...requestBodyOf(name, contract, schemas),
    responses: {
      [String(contract.status)]: successOf(name, contract, schemas),
      ...(isTagged(contract) ? { '304': { description: 'The one that the caller has is the newest.' } } : {}),
      ...refusalsOf(contract),
    },
  };
}

/** The first word of the path that is no parameter and no version. */
export const tagOf = ({ path }: Pick<Contract, 'path'>): string =>
  path.split(/[/.]/).find((word) => word !== '' && !/^(api|v\d+|\{.*\})$/.test(word)) ?? 'other';

/** Bytes that are made once and fetched again. */
const isTagged = ({ method, reply }: Contract): boolean =>
  method === 'GET' && reply === 'application/octet-stream';

const descriptionOf = ({ permission }: Contract): { description?: string } =>
  permission === 'nothing'
    ? {}
    : { description: `Needs the permission \`${permission}\`: ${permissions[permission]}.` };

const pathParameters = ({ path }: Contract): JsonSchema[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: name.endsWith('Id')
      ? { $ref: '#/components/schemas/Id' }
      : { type: 'string', minLength: 1, maxLength: 128 },
  }));

function queryParameters(name: string, { query }: Contract, schemas: ConvertedSchemas): JsonSchema[] {
  if (query === undefined) return [];
  const { properties = {}, required = [] }: ObjectSchema = schemas.requests.get(queryKey(name)) ?? {};
  return Object.entries(properties).map(([parameter, schema]) => ({
    name: parameter,
    in: 'query',
    required: required.includes(parameter),
    schema,
  }));
}

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

const RAW_MAX_BYTES: Readonly<Record<RawMedia, number>> = {
  'text/csv': CSV_MAX_BYTES,
  'application/octet-stream': JSON_MAX_BYTES,
};
const RAW_SCHEMA = { type: 'string', format: 'binary' };

function requestBodyOf(
  name: string,
  { body }: Contract,
  schemas: ConvertedSchemas,
): { requestBody?: JsonSchema } {
  if (body === undefined) return {};
  if (typeof body === 'string') {
    const description = `At most ${RAW_MAX_BYTES[body]} bytes.`;
    return { requestBody: { required: true, description, content: { [body]: { schema: RAW_SCHEMA } } } };
  }
  const schema = schemas.requests.get(bodyKey(name));
  return { requestBody: { required: true, content: { 'application/json': { schema } } } };
}

const RESPONSE_HEADERS = { 'X-Request-Id': { $ref: '#/components/headers/RequestId' } };

function successOf(name: string, { reply, summary }: Contract, schemas: ConvertedSchemas): JsonSchema {
  const content =
    typeof reply === 'string'
      ? { [reply]: { schema: RAW_SCHEMA } }
      : { 'application/json': { schema: schemas.replies.get(replyKey(name)) } };
  return { description: summary, headers: RESPONSE_HEADERS, content };
}

const refusalsOf = (contract: Contract): Record<string, JsonSchema> => responsesOf(refusalCodesOf(contract));

/** By status. */
export function responsesOf(codes: readonly ProblemCode[]): Record<string, JsonSchema> {
  const statuses = [...new Set(codes.map((code) => statusOf(code)))].sort((a, b) => a - b);
  return Object.fromEntries(
    statuses.map((status) => {
      const ofStatus = codes.filter((code) => statusOf(code) === status);
      const name = sharedName(ofStatus);
      return [
        String(status),
        SHARED.has(name) ? { $ref: `#/components/responses/${name}` } : refusalOf(ofStatus),
      ];
    }),
  );
}

function refusalOf(codes: readonly ProblemCode[]): JsonSchema {
  const allOf = [{ $ref: '#/components/schemas/Problem' }, { properties: { code: { enum: codes } } }];
  return {
    description: codes.map((code) => `\`${code}\`: ${titleOf(code)}.`).join('\n\n'),
    headers: RESPONSE_HEADERS,
    content: { [PROBLEM_MEDIA_TYPE]: { schema: { type: 'object', allOf } } },
  };
}

const statusOf = (code: ProblemCode): number => problems[code][0];
const titleOf = (code: ProblemCode): string => problems[code][1];

/** Refusals that most routes have alike. */
const SHARED = new Map(
  (
    [
      ['INPUT_INVALID'],
      ['INPUT_INVALID', 'BODY_UNREADABLE'],
      ['NOT_SIGNED_IN'],
      ['SCOPE_MISSING'],
      ['SCOPE_MISSING', 'PERMISSION_MISSING'],
      ['NOT_FOUND'],
      ['BODY_TOO_LARGE'],
      ['MEDIA_TYPE'],
      ['IDEMPOTENCY_KEY_REUSED'],
      ['TOO_MANY_ATTEMPTS'],
      ['INTERNAL'],
      ['STORAGE_FULL'],
      ['CSRF_REFUSED', 'SCOPE_MISSING'],
      ['CSRF_REFUSED', 'SCOPE_MISSING', 'PERMISSION_MISSING'],
      ['IDEMPOTENCY_REPLAY'],
      ['NOT_READY', 'DEADLINE_EXCEEDED'],
    ] as const satisfies ProblemCode[][]
  ).map((codes) => [sharedName(codes), codes]),
);

/** `INPUT_INVALID` and `BODY_UNREADABLE`: InputInvalidOrBodyUnreadable. */
function sharedName(codes: readonly ProblemCode[]): string {
  const word = (text: string): string => text.charAt(0) + text.slice(1).toLowerCase();
  return codes.map((code) => code.split('_').map(word).join('')).join('Or');
}

export const sharedRefusals = (): Record<string, JsonSchema> =>
  Object.fromEntries([...SHARED].map(([name, codes]) => [name, refusalOf(codes)]));
