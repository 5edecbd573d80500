// What comes in with a request, read and checked by the route's contract: parameters, query and a body of bounded
// size and the right media type. Nothing unknown passes.
import type { Request } from 'express';
import { z, type ZodType } from 'zod';
import type { Contract, RawMedia } from '#protocol/api/contract.ts';
import { CSV_MAX_BYTES } from '#protocol/api/imports.ts';
import { concat } from '#protocol/bytes.ts';
import { isPlainText } from '../domain/plain-text.ts';
import { Refusal } from '../domain/refusal.ts';
import { requireKeyForm } from './idempotency.ts';
import { requirePlain } from './plain-input.ts';
import { invalidInput } from './problem-reply.ts';

/** Enough for a property of 2,000 doors and Keys in one request. */
export const JSON_MAX_BYTES = 1024 * 1024;
const PARAMETER_MAX_CHARACTERS = 128;
const DECIMAL = /^-?[0-9]{1,16}$/;

const BODY_MAX_BYTES: Readonly<Record<RawMedia, number>> = {
  'text/csv': CSV_MAX_BYTES,
  'application/octet-stream': JSON_MAX_BYTES,
};

export interface RequestInput {
  readonly params: Readonly<Record<string, string>>;
  readonly query: unknown;
  readonly body: unknown;
  /** As it came, for the comparison of repeated requests. */
  readonly rawBody: Uint8Array;
}

/** Throws INPUT_INVALID, BODY_TOO_LARGE, MEDIA_TYPE, BODY_UNREADABLE. */
export async function readInput(contract: Contract, request: Request): Promise<RequestInput> {
  const params = readParams(request);
  const query = readQuery(contract.query, request);
  if (request.method === 'GET' || request.method === 'HEAD') {
    return { params, query, body: undefined, rawBody: new Uint8Array(0) };
  }
  requireKeyForm(request);
  const { body } = contract;
  if (typeof body === 'string') {
    const rawBody = await readBody(request, BODY_MAX_BYTES[body]);
    requireMediaType(request, body);
    if (body === 'text/csv') requireText(rawBody);
    return { params, query, body: rawBody, rawBody };
  }
  const rawBody = await readBody(request, JSON_MAX_BYTES);
  return { params, query, body: readJson(request, body, rawBody), rawBody };
}

function readParams(request: Request): Record<string, string> {
  const params: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.params)) {
    if (typeof value !== 'string' || value.length > PARAMETER_MAX_CHARACTERS || !isPlainText(value)) {
      throw new Refusal('NOT_FOUND', 'There is no such object, or it is not yours to see.');
    }
    params[name] = value;
  }
  return params;
}

function readQuery(schema: ZodType | undefined, request: Request): unknown {
  const query: unknown = request.query;
  requireDecodable(request.originalUrl);
  requirePlain(query, 'query');
  if (schema === undefined) {
    const names = Object.keys(query as object);
    if (names.length === 0) return undefined;
    const fields = names.map((path) => ({ path, message: 'not known here' }));
    throw new Refusal('INPUT_INVALID', 'This route takes no query.', { fields });
  }
  requireDecimals(schema, query as Readonly<Record<string, unknown>>);
  const parsed = schema.safeParse(query);
  if (!parsed.success) throw invalidInput(parsed.error, 'query');
  return parsed.data;
}

/** JavaScript reads numbers into much that is none: no text at all, hexadecimals, blanks around. */
function requireDecimals(schema: ZodType, query: Readonly<Record<string, unknown>>): void {
  const shape = schema instanceof z.ZodObject ? schema.shape : {};
  for (const [name, field] of Object.entries(shape) as [string, ZodType][]) {
    const text = query[name];
    if (!isNumber(field) || typeof text !== 'string' || DECIMAL.test(text)) continue;
    const fields = [{ path: name, message: 'not a number in decimal digits' }];
    throw new Refusal('INPUT_INVALID', `The query is not valid: ${name} is not a number.`, { fields });
  }
}

function isNumber(schema: ZodType): boolean {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) {
    return isNumber(schema.def.innerType as ZodType);
  }
  if (schema instanceof z.ZodPipe) return isNumber(schema.def.in as ZodType);
  return schema instanceof z.ZodNumber;
}

/** The parser of queries puts something in the place of what is no UTF-8. */
function requireDecodable(url: string): void {
  try {
    decodeURIComponent(url);
  } catch {
    throw new Refusal('INPUT_INVALID', 'The query cannot be decoded.');
  }
}

function readJson(request: Request, schema: ZodType | undefined, rawBody: Uint8Array): unknown {
  if (schema === undefined) {
    if (rawBody.length === 0 || isEmptyObject(rawBody)) return undefined;
    throw new Refusal('INPUT_INVALID', 'This route takes no body.');
  }
  requireMediaType(request, 'application/json');
  const json = parseJson(rawBody);
  requirePlain(json, 'body');
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw invalidInput(parsed.error, 'body');
  return parsed.data;
}

const isEmptyObject = (rawBody: Uint8Array): boolean => new TextDecoder().decode(rawBody).trim() === '{}';

function parseJson(rawBody: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(rawBody));
  } catch (error) {
    throw new Refusal('BODY_UNREADABLE', 'The body is not JSON in UTF-8.', { cause: error });
  }
}

function requireText(rawBody: Uint8Array): void {
  if (!rawBody.includes(0)) return;
  throw new Refusal('CSV_INVALID', 'The file holds NUL, which is no text.', {
    next: 'Save it as CSV in UTF-8.',
  });
}

function requireMediaType(request: Request, wanted: string): void {
  const given = (request.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (given === wanted) return;
  throw new Refusal(
    'MEDIA_TYPE',
    `The body is ${given === '' ? 'of no named type' : String(given)}, not ${wanted}.`,
    {
      next: `Send it with Content-Type: ${wanted}.`,
    },
  );
}

async function readBody(request: Request, maxBytes: number): Promise<Uint8Array> {
  const encoding = request.get('content-encoding');
  if (encoding !== undefined && encoding !== 'identity') {
    throw new Refusal('MEDIA_TYPE', 'Compressed bodies are not taken.', { next: 'Send the body as it is.' });
  }
  if (Number(request.get('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of request as AsyncIterable<Uint8Array>) {
      length += part.length;
      if (length > maxBytes) throw tooLarge(maxBytes);
      parts.push(part);
    }
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal('BODY_UNREADABLE', 'The body ended before its time.', { cause: error });
  }
  return concat(...parts);
}

const tooLarge = (maxBytes: number): Refusal =>
  new Refusal('BODY_TOO_LARGE', `The body is larger than the ${maxBytes} bytes that this route takes.`);
