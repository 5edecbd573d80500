// Before anybody can sign in: the first manager account and tokens, made by whoever has the data folder. Works
// beside a running cloud.
import { Password, TokenWish, type NewToken } from '#protocol/api/accounts.ts';
import type { Scope } from '#protocol/api/contract.ts';
import { Email } from '#protocol/api/values.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { nowS, type Clock } from '#protocol/ports/clock.ts';
import type { Random } from '#protocol/ports/random.ts';
import { z, ZodError } from 'zod';
import { createManager, type MadeManager } from './accounts/accounts.ts';
import { issueToken } from './accounts/tokens.ts';
import { openDataFolder, openExisting } from './data-folder.ts';
import { Refusal } from './domain/refusal.ts';
import { invalidInput } from './http/problem-reply.ts';

export interface Bootstrap {
  readonly dataFolder: string;
  /** A PostgreSQL database instead of the one in the data folder. */
  readonly databaseUrl?: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly engine: CryptoEngine;
}

const AccountWish = z.object({
  email: Email,
  password: Password,
  portfolioName: z.string().min(1).optional(),
});

/** An active manager; an account that is active already keeps its password. Throws Refusal: INPUT_INVALID, PERSON_EXISTS. */
export async function createAccount(
  bootstrap: Bootstrap,
  wish: { readonly email: string; readonly password: string; readonly portfolioName?: string },
): Promise<MadeManager> {
  const { clock, random } = bootstrap;
  const { portfolioName, ...rest } = parse(AccountWish, wish);
  const store = await openDataFolder(bootstrap.dataFolder, clock, bootstrap.databaseUrl);
  try {
    return await createManager(store, random, nowS(clock), {
      ...rest,
      ...(portfolioName === undefined ? {} : { portfolioName }),
    });
  } finally {
    await store.close();
  }
}

/** A token of an existing manager account, shown once. Throws DatabaseMissingError, Refusal: INPUT_INVALID, NOT_FOUND. */
export async function createToken(
  bootstrap: Bootstrap,
  wish: {
    readonly email: string;
    readonly label: string;
    readonly scopes: readonly Scope[];
    readonly lifeS?: number;
  },
): Promise<NewToken> {
  const { clock, engine, random } = bootstrap;
  const { email, ...rest } = wish;
  const address = parse(Email, email);
  const token = parse(TokenWish, rest);
  const store = await openExisting(bootstrap.dataFolder, clock, bootstrap.databaseUrl);
  try {
    return await store.write(async (trx) => {
      const manager = await trx
        .selectFrom('accounts')
        .innerJoin('managers', 'managers.account_id', 'accounts.id')
        .select(['accounts.id', 'managers.portfolio_id'])
        .where('accounts.email', '=', address)
        .executeTakeFirst();
      if (manager === undefined) {
        throw new Refusal('NOT_FOUND', `${address} is no manager here.`, {
          next: 'Create the account first.',
        });
      }
      return await issueToken(trx, engine, random, nowS(clock), {
        accountId: manager.id,
        portfolioId: manager.portfolio_id,
        kind: 'bearer',
        ...token,
      });
    });
  } finally {
    await store.close();
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  try {
    return schema.parse(value);
  } catch (error) {
    throw error instanceof ZodError ? invalidInput(error, 'wish') : error;
  }
}
