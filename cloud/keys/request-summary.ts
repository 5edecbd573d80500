// A request in words, read from the bytes that would be signed: what changes, who has to sign, and the digest that two
// people read to each other.
import { encodeHex } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { KeySet } from '#protocol/signed/key-set.ts';
import { publicKeyIn, servingRoles } from './cloud-keys.ts';
import { digestOf, fingerprintOf, type SignRequest } from './sign-request.ts';

export function summaryOf(engine: CryptoEngine, request: SignRequest): string[] {
  const { wish, inForce, payload } = request;
  const lines =
    wish.kind === 'key-set'
      ? keySetLines(engine, inForce, wish.keySet)
      : [
          `Release of lock ${encodeHex(wish.release.lockId)}, to ownership epoch ${wish.release.ownershipEpoch}.`,
          'The lock forgets its owner: whoever has its label can activate it then.',
          `Needs ${signatures(inForce)} of the ${inForce.rootKeys.length} root keys of key set ${inForce.number}.`,
        ];
  return [...lines, `Digest ${digestOf(engine, payload)}`];
}

function keySetLines(engine: CryptoEngine, inForce: KeySet, next: KeySet): string[] {
  const keys = servingRoles.map((role) => {
    const [before, after] = [inForce, next].map((set) => fingerprintOf(engine, publicKeyIn(set, role)));
    const is =
      before === after ? `stays    ${String(after)}` : `changes  ${String(before)} to ${String(after)}`;
    return `  ${`${role} key`.padEnd(13)} ${is}`;
  });
  const [before, after] = [inForce, next].map(
    (set) => new Map(set.rootKeys.map((key) => [encodeHex(key), key])),
  );
  const fingerprint = (key: Uint8Array): string => fingerprintOf(engine, key);
  const roots = [
    ...[...(after ?? [])].map(
      ([hex, key]) =>
        `  root key      ${before?.has(hex) === true ? 'stays   ' : 'is new  '} ${fingerprint(key)}`,
    ),
    ...[...(before ?? [])].flatMap(([hex, key]) =>
      after?.has(hex) === true ? [] : [`  root key      leaves   ${fingerprint(key)}`],
    ),
  ];
  return [
    `Key set ${next.number}, to follow key set ${inForce.number}:`,
    ...keys,
    ...roots,
    `  any ${inForce.threshold} of ${inForce.rootKeys.length} root keys sign now, any ${next.threshold} of ${next.rootKeys.length} from then on`,
    `Needs ${signatures(inForce)} of the root keys in force, and ${signatures(next)} of the new set's.`,
  ];
}

const signatures = ({ threshold }: KeySet): string =>
  threshold === 1 ? '1 signature' : `${threshold} signatures`;
