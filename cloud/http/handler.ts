// What a route's handler is: typed by the route's contract, run within one transaction that the router opens, or
// in its own where it must wait for something else meanwhile.
import type { Request, Response } from 'express';
import type { BodyOf, Contract, ParamsOf, QueryOf, RawMedia, ReplyOf } from '#protocol/api/contract.ts';
import type { RouteName, Routes } from '#protocol/api/routes.ts';
import type { Visit } from '../accounts/sign-in.ts';
import type { Principal } from '../accounts/tokens.ts';
import type { Asking } from '../desk.ts';
import type { Work } from '../domain/work.ts';

export interface Call<C extends Contract> {
  readonly params: ParamsOf<C>;
  readonly query: QueryOf<C>;
  readonly body: BodyOf<C>;
  readonly caller: C['access'] extends 'open' ? undefined : Principal;
  /** For the desk, where the handler has transactions of its own. */
  readonly asking: C['access'] extends 'open' ? undefined : Asking;
  /** Where the request came from, for routes that sign somebody in or out. */
  readonly visit: Visit & {
    /** Of a page. Throws CSRF_REFUSED where it is another site's. */
    requireOwnOrigin(): void;
    /** A Set-Cookie header of the reply. */
    setCookie(cookie: string): void;
  };
}

/** A reply that is not JSON. With a tag, a request that has it already is answered 304. */
export interface RawAnswer {
  readonly bytes: Uint8Array;
  readonly entityTag?: string;
  readonly fileName?: string;
}

export type Answer<C extends Contract> = C['reply'] extends RawMedia ? RawAnswer : ReplyOf<C>;

interface Manner {
  /** Where a route may take longer than the others. */
  readonly deadlineMs?: number;
  /** False where the reply must not be kept for an idempotency key, as it holds a secret: a repeat is refused. */
  readonly keepReply?: false;
}

export type Handler<C extends Contract> = Manner &
  (
    | {
        readonly transaction: 'read' | 'write';
        handle(work: Work, call: Call<C>): Promise<Answer<C>>;
      }
    | { readonly transaction: 'own'; handle(call: Call<C>): Promise<Answer<C>> }
    /** Answers by itself, and goes on when it has returned. */
    | {
        readonly transaction: 'stream';
        open(call: Call<C>, request: Request, response: Response): Promise<void>;
      }
  );

export type Handlers<Name extends RouteName = RouteName> = {
  readonly [N in Name]: Handler<Routes[N]>;
};
