// Who is asking: a bearer token in force with a scope that the route takes. No route is reached without it but
// those that say they are open.
import type { Request } from 'express';
import type { Access } from '#protocol/api/contract.ts';
import { isUseDue, noteUse, principalOf, type Principal } from '../accounts/tokens.ts';
import type { Desk } from '../desk.ts';
import { Refusal } from '../domain/refusal.ts';

/** Throws NOT_SIGNED_IN, SCOPE_MISSING. */
export async function authorize(
  desk: Desk,
  access: Access,
  request: Request,
): Promise<Principal | undefined> {
  if (access === 'open') return undefined;
  const principal = await principalFrom(desk, request);
  if (access === 'any' || access.some((scope) => principal.scopes.includes(scope))) return principal;
  throw new Refusal('SCOPE_MISSING', `This needs a token with the scope ${access.join(' or ')}.`, {
    next: 'Ask a manager for such a token.',
  });
}

export async function principalFrom(desk: Desk, request: Request): Promise<Principal> {
  const token = /^Bearer ([a-z0-9_]+)$/i.exec(request.get('authorization') ?? '')?.[1];
  if (token === undefined) {
    throw new Refusal('NOT_SIGNED_IN', 'The request has no bearer token.', {
      next: 'Sign in, and send Authorization: Bearer with the token.',
    });
  }
  const nowS = desk.nowS();
  const { store, engine } = desk.parts;
  const principal = await store.read((trx) => principalOf(trx, engine, nowS, token));
  if (principal === undefined) {
    throw new Refusal('NOT_SIGNED_IN', 'The token is unknown, revoked or expired.', {
      next: 'Sign in again.',
    });
  }
  if (isUseDue(principal, nowS)) await store.write((trx) => noteUse(trx, nowS, principal.tokenId));
  return principal;
}
