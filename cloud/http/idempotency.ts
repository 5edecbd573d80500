// Idempotency keys: a repeated request with the same key gets the reply of the first, and what was done is not done
// again. The reply is stored in the transaction that did the work, so that the two are there together or not at all;
// a handler with transactions of its own claims the key before it begins. Replies with secrets are not stored.
import type { Request } from 'express';
import type { Contract } from '#protocol/api/contract.ts';
import { concat, equalBytes, utf8 } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { Principal } from '../accounts/tokens.ts';
import { DatabaseUnavailableError } from '../db/database-error.ts';
import type { Trx } from '../db/store.ts';
import type { Desk } from '../desk.ts';
import { Refusal } from '../domain/refusal.ts';

export const IDEMPOTENCY_KEY_MAX_CHARACTERS = 128;
const KEY_FORM = /^[\x21-\x7e]{1,128}$/;
const KEPT_S = 86_400;
/** No request takes longer: whoever claimed a key this long ago is not at work on it any more. */
const CLAIM_S = 120;
const LOOK_AGAIN_MS = 100;

/** Of a key that is claimed, and of one whose reply holds a secret. HTTP has no such status. */
const CLAIMED = 0;
const WITHHELD = 1;

export interface RepeatKey {
  /** The account, or the token of a lock, within its tenant. */
  readonly owner: string;
  readonly key: string;
  readonly requestHash: Uint8Array;
}

export interface StoredReply {
  readonly status: number;
  readonly reply: string;
}

interface KeptReply extends StoredReply {
  readonly createdAtS: number;
}

/** A key that can't be one is refused on every route, also where none is needed. Throws INPUT_INVALID. */
export function requireKeyForm(request: Request): void {
  const key = request.get('idempotency-key');
  if (key === undefined || KEY_FORM.test(key)) return;
  throw new Refusal('INPUT_INVALID', 'The idempotency key is not 1 to 128 visible ASCII characters.', {
    fields: [{ path: 'Idempotency-Key', message: 'not 1 to 128 visible ASCII characters' }],
  });
}

/**
 * Undefined without the header, whose form was checked, and for what only reads. Throws INPUT_INVALID on open routes,
 * where nobody is known to whom a reply could be given again.
 */
export function repeatKeyOf(
  engine: CryptoEngine,
  { method, access }: Contract,
  request: Request,
  caller: Principal | undefined,
  rawBody: Uint8Array,
): RepeatKey | undefined {
  const key = request.get('idempotency-key');
  if (key === undefined || method === 'GET') return undefined;
  if (access === 'open' || caller === undefined) {
    throw new Refusal('INPUT_INVALID', 'This route takes no Idempotency-Key.', { next: 'Send it without.' });
  }
  const requestHash = engine.sha256(concat(utf8(`${request.method} ${request.originalUrl}\n`), rawBody));
  const { accountId, tokenId, portfolioId } = caller;
  return { owner: `${accountId ?? tokenId}/${portfolioId ?? 'app'}`, key, requestHash };
}

/** Throws IDEMPOTENCY_KEY_REUSED where the key came with another request. */
export async function findReply(trx: Trx, nowS: number, repeat: RepeatKey): Promise<KeptReply | undefined> {
  const kept = await trx
    .selectFrom('idempotency')
    .selectAll()
    .where('owner', '=', repeat.owner)
    .where('key', '=', repeat.key)
    .where('created_at_s', '>', nowS - KEPT_S)
    .executeTakeFirst();
  if (kept === undefined) return undefined;
  if (equalBytes(kept.request_hash, repeat.requestHash)) {
    return { status: kept.status, reply: kept.reply, createdAtS: kept.created_at_s };
  }
  throw new Refusal('IDEMPOTENCY_KEY_REUSED', 'This idempotency key came with another request before.', {
    next: 'Draw a new key for each new request.',
  });
}

/** Over a claim of the same key. */
export async function keepReply(
  trx: Trx,
  nowS: number,
  repeat: RepeatKey,
  { status, reply }: StoredReply,
): Promise<void> {
  await trx
    .deleteFrom('idempotency')
    .where('created_at_s', '<=', nowS - KEPT_S)
    .execute();
  await trx
    .insertInto('idempotency')
    .values({
      owner: repeat.owner,
      key: repeat.key,
      request_hash: repeat.requestHash,
      status,
      reply,
      created_at_s: nowS,
    })
    .onConflict((conflict) => conflict.columns(['owner', 'key']).doUpdateSet({ status, reply }))
    .execute();
}

/** `subject`: what was made, whose secret is not told twice. */
export const withheldReply = (subject: string | null): StoredReply => ({
  status: WITHHELD,
  reply: subject ?? '',
});

/** Throws IDEMPOTENCY_REPLAY for what is not told twice. */
export function shownReply({ status, reply }: StoredReply): StoredReply {
  if (status !== WITHHELD) return { status, reply };
  throw new Refusal('IDEMPOTENCY_REPLAY', 'This was done by the first request; its reply held a secret.', {
    ...(reply === '' ? {} : { subject: reply }),
    next: 'Where the first reply is lost, take back what it made, and ask anew with another key.',
  });
}

interface Replies {
  readonly shown: (value: unknown) => StoredReply;
  readonly kept: (value: unknown) => StoredReply;
}

/** Work with transactions of its own, done by one of all requests with the key; the others wait for its reply. */
export async function once(
  desk: Desk,
  repeat: RepeatKey,
  work: () => Promise<unknown>,
  { shown, kept }: Replies,
): Promise<StoredReply> {
  for (;;) {
    const before = await claim(desk, repeat);
    if (before === undefined) break;
    if (before.status !== CLAIMED) return shownReply(before);
    if (before.createdAtS <= desk.nowS() - CLAIM_S) throw unknownEnd();
    await new Promise<void>((resolve) => desk.parts.clock.after(LOOK_AGAIN_MS, resolve));
  }
  const { store } = desk.parts;
  let value: unknown;
  try {
    value = await work();
  } catch (error) {
    // It was refused, or failed: the same request may be tried again. What may have been done keeps the key.
    const mayBeMade = error instanceof DatabaseUnavailableError && error.mayBeMade;
    if (!mayBeMade) await store.write((trx) => release(trx, repeat));
    throw error;
  }
  const reply = kept(value);
  try {
    await store.write((trx) => keepReply(trx, desk.nowS(), repeat, reply));
  } catch (cause) {
    // It is done, and the key stays taken: a repeat is told to look.
    throw new DatabaseUnavailableError('the reply could not be kept', { cause, mayBeMade: true });
  }
  return shown(value);
}

/** Undefined: it is this request's now. */
const claim = (desk: Desk, repeat: RepeatKey): Promise<KeptReply | undefined> =>
  desk.parts.store.write(async (trx) => {
    const before = await findReply(trx, desk.nowS(), repeat);
    if (before === undefined) {
      await keepReply(trx, desk.nowS(), repeat, { status: CLAIMED, reply: '' });
    }
    return before;
  });

const release = (trx: Trx, { owner, key }: RepeatKey) =>
  trx
    .deleteFrom('idempotency')
    .where('owner', '=', owner)
    .where('key', '=', key)
    .where('status', '=', CLAIMED)
    .execute();

const unknownEnd = (): Refusal =>
  new Refusal('IDEMPOTENCY_REPLAY', 'The server failed during the first request, after it had begun.', {
    next: 'Look whether it was done; if not, ask anew with another key.',
  });
