// The owner's hand at a lock's door: activates it by any key set and epoch, and ends an ownership again.
import { invariant } from '#protocol/errors.ts';
import { labelAdvertisingKey } from '#protocol/label.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { encodeActivationRequest, signGrant, verifyStatement } from '#protocol/signed/activation.ts';
import { keySetHash } from '#protocol/signed/key-set.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import type { BuiltKeySet } from '#test/builders/key-set.ts';
import { HandCourier } from './hand-courier.ts';
import type { Bench } from './lock-bench.ts';

/** Greeted by who holds the label, as a lock without secrets is met. */
export const byLabel = (bench: Bench): HandCourier =>
  HandCourier.greeted(bench, { key: labelAdvertisingKey(nodeEngine, bench.built.labelHash) });

/** Asks for an activation under that key set, which is sent before, and grants what the lock states. */
export function activate(
  bench: Bench,
  keySet: BuiltKeySet,
  ownershipEpoch: number,
  courier = byLabel(bench),
): HandCourier {
  const { built } = bench;
  bench.lock.pressButton();
  courier.say(MESSAGE.keySet, keySet.bytes);
  const before = courier.bodies(MESSAGE.statement).length;
  courier.say(
    MESSAGE.activate,
    encodeActivationRequest({
      format: 1,
      nonce: new Uint8Array(32).fill(ownershipEpoch % 256),
      doorId: built.doorId,
      ownershipEpoch,
      keySetHash: keySetHash(nodeEngine, keySet.bytes),
    }),
  );
  const statement = courier.bodies(MESSAGE.statement)[before];
  if (statement === undefined) return courier;
  const verified = verifyStatement(nodeEngine, statement, built.labelHash);
  invariant(verified.statement.ownershipEpoch === ownershipEpoch, 'the statement answers the request');
  const ephemeral = new Uint8Array(32).fill(1 + (ownershipEpoch % 200));
  courier.say(MESSAGE.grant, signGrant(nodeEngine, keySet.table, ephemeral, verified, built.secrets));
  return courier;
}
