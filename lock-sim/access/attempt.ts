// From what is presented at the door to what is looked up: digits, a card's bytes, a phone's key. What can be no
// credential has no verifier.
import { utf8 } from '#protocol/bytes.ts';
import { X25519_BYTES, type CryptoEngine } from '#protocol/crypto/engine.ts';
import { DAILY_CODE_DIGITS, dailyCode, dailyEpochKey } from '#protocol/table/daily-code.ts';
import { VERIFIER_BYTES } from '#protocol/table/rows.ts';
import { appVerifier, isDoorcode, keyedVerifier } from '#protocol/table/verifier.ts';
import type { SecureContents } from '../secure-element/secure-contents.ts';
import type { Attempt } from './decision.ts';

/** The longest that a reader hands on as one card. */
const CARD_BYTES_MAX = 32;

export type Presented =
  | { readonly kind: 'code'; readonly digits: string }
  | { readonly kind: 'card'; readonly cardBytes: Uint8Array }
  | { readonly kind: 'phone'; readonly phoneKey: Uint8Array };

export function attemptOf(
  engine: CryptoEngine,
  { owner, lockSecrets }: Pick<SecureContents, 'owner' | 'lockSecrets'>,
  presented: Presented,
): Attempt {
  switch (presented.kind) {
    case 'code': {
      const { digits } = presented;
      if (!isDoorcode(digits)) return { kind: 'doorcode', verifier: undefined };
      if (owner === null || lockSecrets === null) return { kind: 'doorcode', verifier: NOTHING };
      const { credentialKey, dailyKey } = lockSecrets;
      const { doorId } = owner;
      const verifier = keyedVerifier(engine, credentialKey, 'doorcode', doorId, utf8(digits));
      if (digits.length !== DAILY_CODE_DIGITS) return { kind: 'doorcode', verifier };
      let key: { readonly epoch: number; readonly bytes: Uint8Array } | undefined;
      return {
        kind: 'doorcode',
        verifier,
        isDaily(epoch, localDay, slot) {
          if (key?.epoch !== epoch) key = { epoch, bytes: dailyEpochKey(engine, dailyKey, epoch) };
          return dailyCode(engine, key.bytes, doorId, localDay, slot) === digits;
        },
      };
    }
    case 'card': {
      const { cardBytes } = presented;
      const isCard = cardBytes.length >= 1 && cardBytes.length <= CARD_BYTES_MAX;
      if (!isCard) return { kind: 'keycard', verifier: undefined };
      if (owner === null || lockSecrets === null) return { kind: 'keycard', verifier: NOTHING };
      const { credentialKey } = lockSecrets;
      return {
        kind: 'keycard',
        verifier: keyedVerifier(engine, credentialKey, 'keycard', owner.doorId, cardBytes),
      };
    }
    case 'phone': {
      const { phoneKey } = presented;
      const isKey = phoneKey.length === X25519_BYTES;
      return { kind: 'app', verifier: isKey ? appVerifier(engine, phoneKey) : undefined };
    }
  }
}

/** Without an owner there is no table to look it up in. */
const NOTHING = new Uint8Array(VERIFIER_BYTES);
