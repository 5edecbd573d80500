// Handlers of signing in, passwords and tokens.
import type { accountRoutes } from '#protocol/api/account-routes.ts';
import type { Surface } from '#protocol/api/accounts.ts';
import { changePassword, requestPasswordReset, setPassword } from '../../accounts/passwords.ts';
import { endedCookie, sessionCookie } from '../../accounts/session-cookie.ts';
import { signIn } from '../../accounts/sign-in.ts';
import {
  listOwnTokens,
  listPortfolioTokens,
  makeToken,
  revokeOwnToken,
  revokePortfolioToken,
  signOut,
  signOutEverywhere,
} from '../../accounts/token-list.ts';
import { accountOf, type Principal } from '../../accounts/tokens.ts';
import type { Desk } from '../../desk.ts';
import { sessionRights } from '../../domain/rights/manager-view.ts';
import type { Handlers } from '../handler.ts';

export const accountHandlers = (desk: Desk): Handlers<keyof typeof accountRoutes> => {
  const { engine, random, site } = desk.parts;
  return {
    signIn: {
      transaction: 'own',
      async handle({ body, visit }) {
        if (body.session === 'cookie') visit.requireOwnOrigin();
        const { token = '', ...made } = await signIn(desk.parts, desk.nowS(), visit, body);
        if (body.session === 'token') return { ...made, token };
        visit.setCookie(sessionCookie(site, body.surface, token, made.expiresAtS - made.createdAtS));
        return made;
      },
    },
    requestPasswordReset: {
      transaction: 'own',
      async handle({ body, visit }) {
        await requestPasswordReset(desk.parts, desk.nowS(), visit, body.email);
        return {};
      },
    },
    setPassword: {
      transaction: 'own',
      handle: ({ body, visit }) => setPassword(desk.parts, desk.nowS(), visit, body),
    },
    changePassword: {
      transaction: 'own',
      handle: ({ body, visit, caller }) => changePassword(desk.parts, desk.nowS(), visit, caller, body),
    },
    signOut: {
      transaction: 'write',
      async handle(work, { caller, visit }) {
        await signOut(work, caller);
        if (caller.csrfToken !== null) visit.setCookie(endedCookie(site, surfaceOf(caller)));
        return {};
      },
    },
    signOutEverywhere: {
      transaction: 'write',
      async handle(work, { caller, visit }) {
        const ended = await signOutEverywhere(work, accountOf(caller));
        if (caller.csrfToken !== null) visit.setCookie(endedCookie(site, surfaceOf(caller)));
        return { ended };
      },
    },
    session: {
      transaction: 'read',
      async handle(work, { caller }) {
        const account = await work.trx
          .selectFrom('accounts')
          .select('email')
          .where('id', '=', accountOf(caller))
          .executeTakeFirstOrThrow();
        return {
          accountId: accountOf(caller),
          email: account.email,
          portfolioId: caller.portfolioId,
          scopes: [...caller.scopes],
          expiresAtS: caller.expiresAtS,
          rights: await sessionRights(work),
          ...(caller.csrfToken === null ? {} : { csrfToken: caller.csrfToken }),
        };
      },
    },
    listTokens: {
      transaction: 'read',
      handle: (work, { caller, query }) => listOwnTokens(work, caller, query),
    },
    createToken: {
      transaction: 'write',
      keepReply: false,
      handle: (work, { caller, body }) => makeToken(work, { engine, random }, caller, body),
    },
    revokeToken: {
      transaction: 'write',
      handle: (work, { caller, params }) => revokeOwnToken(work, caller, params.tokenId),
    },
    listManagerTokens: {
      transaction: 'read',
      handle: (work, { query }) => listPortfolioTokens(work, query),
    },
    revokeManagerToken: {
      transaction: 'write',
      handle: (work, { params }) => revokePortfolioToken(work, params.tokenId),
    },
  };
};

const surfaceOf = ({ portfolioId }: Principal): Surface => (portfolioId === null ? 'app' : 'door-os');
