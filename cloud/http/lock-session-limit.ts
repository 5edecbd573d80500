// How often one address may begin or prove a lock's session. A building of internet-connected doors behind one address
// comes back all at once after a power failure, so what succeeds counts little; guesses are few.
import type { RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import type { Desk } from '../desk.ts';
import { Refusal } from '../domain/refusal.ts';
import { problemOf, sendProblem } from './problem-reply.ts';

const WINDOW_MS = 60_000;
export const LOCK_SESSIONS_A_MINUTE = 3_000;
export const REFUSED_PROOFS_A_MINUTE = 60;

export function lockSessionLimit(desk: Desk): RequestHandler[] {
  const refuse: RequestHandler = (_request, response) => {
    const refusal = new Refusal('TOO_MANY_ATTEMPTS', 'Too many lock sessions from this address.', {
      next: 'Wait a minute.',
    });
    sendProblem(response, problemOf(refusal, desk.parts.log));
  };
  const common = {
    windowMs: WINDOW_MS,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    handler: refuse,
  } as const;
  return [
    rateLimit({ ...common, limit: LOCK_SESSIONS_A_MINUTE }),
    rateLimit({ ...common, limit: REFUSED_PROOFS_A_MINUTE, skipSuccessfulRequests: true }),
  ];
}
