// Handlers of signing in and tokens.
import type { accountRoutes } from '#protocol/api/account-routes.ts';
import { signIn } from '../../accounts/accounts.ts';
import { accountOf, issueToken, revokeOwnToken, revokeToken, tokenView } from '../../accounts/tokens.ts';
import type { Desk } from '../../desk.ts';
import { decodeCursor, pageOf } from '../../domain/pages.ts';
import type { Handlers } from '../handler.ts';

export const accountHandlers = (desk: Desk): Handlers<keyof typeof accountRoutes> => {
  const { store, engine, random } = desk.parts;
  return {
    signIn: {
      transaction: 'own',
      handle: ({ body }) => signIn(store, engine, random, desk.nowS(), body),
    },
    signOut: {
      transaction: 'write',
      async handle(work, { caller }) {
        await revokeToken(work.trx, work.nowS, caller.tokenId);
        return {};
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
        };
      },
    },
    listTokens: {
      transaction: 'read',
      async handle(work, { caller, query }) {
        const cursor = decodeCursor(query.after);
        const rows = await work.trx
          .selectFrom('tokens')
          .selectAll()
          .where('account_id', '=', accountOf(caller))
          .$if(cursor !== undefined, (list) => list.where('id', '>', cursor?.id ?? ''))
          .orderBy('id')
          .limit(query.limit + 1)
          .execute();
        return pageOf(rows, query.limit, ({ id }) => ({ sort: '', id }), tokenView);
      },
    },
    createToken: {
      transaction: 'write',
      keepReply: false,
      handle: (work, { caller, body }) =>
        issueToken(work.trx, engine, random, work.nowS, {
          kind: 'bearer',
          accountId: accountOf(caller),
          portfolioId: caller.portfolioId,
          ...body,
        }),
    },
    revokeToken: {
      transaction: 'write',
      handle: (work, { caller, params }) =>
        revokeOwnToken(work.trx, work.nowS, accountOf(caller), params.tokenId),
    },
  };
};
