// Idempotency keys: a repeated request with the same key gets the reply of the first, which was stored in the
// transaction that did its work, so that the two are there together or not at all.
import type { Request } from 'express';
import { concat, equalBytes, utf8 } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Work } from '../domain/work.ts';

export const IDEMPOTENCY_KEY_MAX_CHARACTERS = 128;
const KEY_FORM = /^[\x21-\x7e]{1,128}$/;
const KEPT_S = 86_400;

export interface RepeatKey {
  /** The account, or the token of a lock. */
  readonly owner: string;
  readonly key: string;
  readonly requestHash: Uint8Array;
}

export interface StoredReply {
  readonly status: number;
  readonly reply: string;
}

/** A key that can't be one is refused on every route, also where none is needed. Throws INPUT_INVALID. */
export function requireKeyForm(request: Request): void {
  const key = request.get('idempotency-key');
  if (key === undefined || KEY_FORM.test(key)) return;
  throw new Refusal('INPUT_INVALID', 'The idempotency key is not 1 to 128 visible ASCII characters.', {
    fields: [{ path: 'Idempotency-Key', message: 'not 1 to 128 visible ASCII characters' }],
  });
}

/** Undefined without the header, whose form was checked. */
export function repeatKeyOf(
  engine: CryptoEngine,
  request: Request,
  owner: string,
  rawBody: Uint8Array,
): RepeatKey | undefined {
  const key = request.get('idempotency-key');
  if (key === undefined) return undefined;
  const requestHash = engine.sha256(concat(utf8(`${request.method} ${request.originalUrl}\n`), rawBody));
  return { owner, key, requestHash };
}

/** Throws IDEMPOTENCY_KEY_REUSED where the key came with another request. */
export async function findReply(work: Work, repeat: RepeatKey): Promise<StoredReply | undefined> {
  const kept = await work.trx
    .selectFrom('idempotency')
    .selectAll()
    .where('owner', '=', repeat.owner)
    .where('key', '=', repeat.key)
    .where('created_at_s', '>', work.nowS - KEPT_S)
    .executeTakeFirst();
  if (kept === undefined) return undefined;
  if (equalBytes(kept.request_hash, repeat.requestHash)) return kept;
  throw new Refusal('IDEMPOTENCY_KEY_REUSED', 'This idempotency key came with another request before.', {
    next: 'Draw a new key for each new request.',
  });
}

export async function keepReply(
  work: Work,
  repeat: RepeatKey,
  { status, reply }: StoredReply,
): Promise<void> {
  await work.trx
    .deleteFrom('idempotency')
    .where('created_at_s', '<=', work.nowS - KEPT_S)
    .execute();
  await work.trx
    .insertInto('idempotency')
    .values({
      owner: repeat.owner,
      key: repeat.key,
      request_hash: repeat.requestHash,
      status,
      reply,
      created_at_s: work.nowS,
    })
    .execute();
}
