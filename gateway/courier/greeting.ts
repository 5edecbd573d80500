// The hello that opens a row of questions: bound to the connection, under whichever of its keys the lock goes by now.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { recogniseAdvert } from '#protocol/sync/advert.ts';
import { LOCK_STATUS } from '#protocol/sync/gatt.ts';
import { decodeLockStatus } from '#protocol/sync/lock-status.ts';
import {
  encodeHello,
  helloMac,
  MESSAGE,
  PROTOCOL_VERSION,
  type HelloAnswer,
} from '#protocol/sync/messages.ts';
import { NONCE_BYTES } from '#protocol/signed/receipt.ts';
import type { CentralLink } from '#radio/ports/central.ts';
import * as limits from './courier-limits.ts';
import type { Talk } from './talk.ts';

export interface Greeting {
  readonly engine: CryptoEngine;
  /** At least one. */
  readonly advertisingKeys: readonly [Uint8Array, ...Uint8Array[]];
  readonly courierNonce: Uint8Array;
}

/** Throws TalkEnded, WireError, RadioError. Where the lock goes by none of the keys, it refuses with WRONG_MAC. */
export async function greet(
  talk: Talk,
  link: CentralLink,
  { engine, advertisingKeys, courierNonce }: Greeting,
): Promise<HelloAnswer> {
  const status = decodeLockStatus(await link.read(LOCK_STATUS, limits.STATUS_READ_DEADLINE_MS));
  const own = advertisingKeys.find((key) => recogniseAdvert(engine, key, status.advert) !== undefined);
  // None of these receipts answers a delivery: they are known by the statement, or by the epoch that was signed for them.
  const nonces = { courierNonce, cloudNonce: new Uint8Array(NONCE_BYTES) };
  const mac = helloMac(engine, own ?? advertisingKeys[0], 'connection', status.connectionNonce, nonces);
  const hello = { version: PROTOCOL_VERSION, ...nonces, boundTo: 'connection', mac } as const;
  talk.say(MESSAGE.hello, encodeHello(hello));
  talk.listen(limits.HELLO_ANSWER_DEADLINE_MS);
  return (await talk.hear('hello-answer', limits.HELLO_ANSWER_DEADLINE_MS)).answer;
}
