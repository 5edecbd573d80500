// What a lock signs for the network part in its own housing, and that nobody on the air can have it signed.
import { describe, expect, it } from 'vitest';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { verifyLiveProof } from '#protocol/signed/live-proof.ts';
import { decodeRefusal, MESSAGE, messageName } from '#protocol/sync/messages.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench, type Bench } from './lock-bench.ts';

const nonce = new Uint8Array(32).fill(3);

const verified = ({ built }: Bench, proof: Uint8Array) =>
  verifyLiveProof(nodeEngine, proof, built.lockId, built.identity.publicKey);

describe('A live proof', () => {
  it('bears the nonce, the ownership epoch and the boot, under the identity key', async () => {
    const bench = await aBench();
    const proof = bench.lock.liveProof(nonce)!;
    const { ownershipEpoch } = bench.secure.load().floor.triple;
    expect(verified(bench, proof)).toEqual({ format: 1, nonce, ownershipEpoch, bootCount: 1 });
    bench.lock.cutPower();
    bench.lock.restorePower();
    expect(verified(bench, bench.lock.liveProof(nonce)!).bootCount).toBe(2);
  });

  it('is not given by a lock without an owner', async () => {
    const { lock } = await aBench({ activated: false });
    expect(lock.liveProof(nonce)).toBeUndefined();
  });

  it('is not given after a reset, until an owner is there again', async () => {
    const { lock } = await aBench();
    expect(lock.reset()).toBe(true);
    expect(lock.liveProof(nonce)).toBeUndefined();
  });

  it('is not given without power', async () => {
    const { lock } = await aBench();
    lock.cutPower();
    expect(lock.liveProof(nonce)).toBeUndefined();
  });

  it('cannot be asked for over the air by whoever holds the advertising key', async () => {
    const bench = await aBench();
    const courier = HandCourier.greeted(bench);
    for (let type = 0; type < 64; type++) {
      if (Object.values(MESSAGE).some((known) => known === type)) continue;
      courier.say(type, nonce);
      const last = courier.bodies(MESSAGE.refusal).at(-1)!;
      expect(decodeRefusal(last)).toMatchObject({ code: 'UNKNOWN_MESSAGE', ofType: type });
    }
    expect(Object.keys(MESSAGE).filter((name) => /live/i.test(name))).toEqual([]);
    expect(messageName(MESSAGE.hello, 'courier')).toBe('hello');
  });
});
