// The shape of one API route as data: method, path, who may call it, what goes in and what comes out. The server
// validates by it, clients are typed by it, and the access matrix of the tests is generated from it.
import type { z } from 'zod';
import type { ProblemCode } from './problem.ts';

/**
 * What a token is for. `manager` holds all that its account may do in DOOR OS, `app` what a resident's app may,
 * `lock` what an internet-connected lock may for its own door, `metrics` reads figures of the server alone.
 */
export const scopes = ['manager', 'courier', 'activate', 'app', 'lock', 'metrics'] as const;
export type Scope = (typeof scopes)[number];
/** Those that a manager can give to a token. */
export const grantableScopes = ['manager', 'courier', 'activate', 'metrics'] as const;

/**
 * What the caller's account must be allowed to do at the property that a request is about, and what that means. Checked
 * wherever an object is found by its id, so that no handler can leave it out.
 */
export const permissions = {
  nothing: 'no object of a property is touched',
  property: 'anybody who was given the property',
  people: 'any Key Management, with the Keys that it covers',
  keys: 'full Key Management',
  reports: 'full Key Management, or that of named Keys',
  devices: 'Device Management',
  carry: 'to bring signed sets to a door, which its lock and people with the app may as well',
  activate: 'Device Management with Activate/Deactivate',
  activity: 'rows at doors in Keys that the manager manages',
  portfolio: 'portfolio managers alone',
  app: 'the account’s own doors, as a person with the app',
} as const;
export type Permission = keyof typeof permissions;

/** `open` needs no token; `any` a valid one; a list one of these scopes. */
export type Access = 'open' | 'any' | readonly [Scope, ...Scope[]];

export const API_BASE = '/api/v1';

export const managerAccess = ['manager'] as const;
export const courierAccess = ['courier', 'lock', 'manager'] as const;
export const activateAccess = ['activate', 'manager'] as const;
export const appAccess = ['app'] as const;
/** Carrying a set is open to everyone who may sync the door: couriers, the lock itself, people with the app. */
export const carrierAccess = ['courier', 'lock', 'app', 'manager'] as const;

/** Bodies and replies that are not JSON are named by their media type. */
export type RawMedia = 'text/csv' | 'application/octet-stream';
/** A reply that goes on until either side ends it. */
export type StreamMedia = 'text/event-stream';

export interface Contract {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Parameters stand in braces: /doors/{doorId}. */
  readonly path: string;
  readonly access: Access;
  readonly permission: Permission;
  readonly summary: string;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType | RawMedia;
  readonly reply: z.ZodType | RawMedia | StreamMedia;
  readonly status: 200 | 201 | 202;
  /** Codes of this route beside those that any route of its kind may answer. */
  readonly refusals?: readonly ProblemCode[];
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
