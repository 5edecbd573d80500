// The shape of one API route as data: method, path, who may call it, what goes in and what comes out. The server
// validates by it, clients are typed by it, and the access matrix of the tests is generated from it.
import type { z } from 'zod';

/** What a token may do. `manager` holds all of them. */
export const scopes = ['manager', 'courier', 'activate'] as const;
export type Scope = (typeof scopes)[number];

/** `open` needs no token; `any` a valid one; a list one of these scopes. */
export type Access = 'open' | 'any' | readonly [Scope, ...Scope[]];

export const API_BASE = '/api/v1';

export const managerAccess = ['manager'] as const;
export const courierAccess = ['courier', 'manager'] as const;
export const activateAccess = ['activate', 'manager'] as const;

/** Bodies and replies that are not JSON are named by their media type. */
export type RawMedia = 'text/csv' | 'application/octet-stream';

export interface Contract {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Parameters stand in braces: /doors/{doorId}. */
  readonly path: string;
  readonly access: Access;
  readonly summary: string;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType | RawMedia;
  readonly reply: z.ZodType | RawMedia;
  readonly status: 200 | 201;
}

export const contract = <const C extends Contract>(made: C): C => made;

/** The parameters that a path names. */
export type PathParams<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? { readonly [K in Name | keyof PathParams<Rest>]: string }
  : { readonly [K in never]: string };

type Parsed<T> = T extends z.ZodType ? z.output<T> : undefined;
type Payload<T> = T extends z.ZodType ? z.output<T> : T extends RawMedia ? Uint8Array : undefined;

export type ParamsOf<C extends Contract> = PathParams<C['path']>;
export type QueryOf<C extends Contract> = Parsed<C extends { query: infer Q } ? Q : undefined>;
export type BodyOf<C extends Contract> = Payload<C extends { body: infer B } ? B : undefined>;
export type ReplyOf<C extends Contract> = Payload<C['reply']>;
/** What a client may write: optional where the schema has a default. */
export type BodyInputOf<C extends Contract> = C extends { body: infer B }
  ? B extends z.ZodType
    ? z.input<B>
    : Uint8Array
  : undefined;

/** The path with its parameters filled in, each escaped. */
export function pathOf(path: string, params: Readonly<Record<string, string>> = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
}
