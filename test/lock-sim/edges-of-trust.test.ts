// Where the lock's trust ends, as docs/lock.md says it: what a grant is bound to, which clock is believed, and what a new
// process begins with. Each is a limit that is known, not an oversight.
import { describe, expect, it } from 'vitest';
import { labelAdvertisingKey } from '#protocol/label.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { encodeActivationRequest, signGrant, verifyStatement } from '#protocol/signed/activation.ts';
import { keySetHash } from '#protocol/signed/key-set.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { ACTIVATION_WINDOW_MS } from '#protocol/limits.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench, type Bench } from './lock-bench.ts';
import { built, keySet } from './owned-bench.ts';
import { bounded, DAY_S, set, START_S } from './time-hand.ts';

const arrive = (bench: Bench): HandCourier =>
  HandCourier.greeted(bench, { key: labelAdvertisingKey(nodeEngine, built.labelHash) });

/** Asks for an activation; what the cloud grants for it. */
function grantFor(courier: HandCourier): Uint8Array {
  courier.say(MESSAGE.keySet, keySet.bytes);
  const nonce = new Uint8Array(32).fill(5);
  const hash = keySetHash(nodeEngine, keySet.bytes);
  const request = { format: 1, nonce, doorId: built.doorId, ownershipEpoch: 1, keySetHash: hash } as const;
  courier.say(MESSAGE.activate, encodeActivationRequest(request));
  const statement = courier.bodies(MESSAGE.statement)[0]!;
  const verified = verifyStatement(nodeEngine, statement, built.labelHash);
  return signGrant(nodeEngine, keySet.table, new Uint8Array(32).fill(6), verified, built.secrets);
}

describe('a grant', () => {
  it('counts on the connection of its statement alone, and not on the next', async () => {
    const bench = await aBench({ built, activated: false });
    bench.lock.pressButton();
    const first = arrive(bench);
    const grant = grantFor(first);
    first.leave();
    const next = arrive(bench);
    next.say(MESSAGE.keySet, keySet.bytes);
    next.say(MESSAGE.grant, grant);
    expect(next.refusals).toHaveLength(1);
    expect(bench.lock.report().activated).toBe(false);
  });

  it('may come after the window has closed, on that connection', async () => {
    const bench = await aBench({ built, activated: false });
    bench.lock.pressButton();
    bench.clock.advance(ACTIVATION_WINDOW_MS - 1_000);
    const courier = arrive(bench);
    const grant = grantFor(courier);
    bench.clock.advance(2_000);
    expect(bench.lock.report().activationWindowOpen).toBe(false);
    courier.say(MESSAGE.grant, grant);
    expect(bench.lock.report().activated).toBe(true);
  });
});

describe('a clock part that a hand turned ahead while the power was off', () => {
  it('is believed: what has ended by it stays shut', async () => {
    const bench = await aBench({ built, keySet });
    HandCourier.greeted(bench).deliver(set);
    expect(bench.lock.press(bounded)?.outcome).toBe('open');
    bench.lock.cutPower();
    bench.lock.clockPart.forge((START_S + 31 * DAY_S) * 1_000);
    bench.lock.restorePower();
    expect(bench.lock.time()).toMatchObject({ trust: 'trusted', nowS: START_S + 31 * DAY_S });
    expect(bench.lock.press(bounded)?.outcome).toBe('refused');
  });
});

describe('a new process', () => {
  it('begins with a closed, locked door and full cells, whatever the one before left', async () => {
    const bench = await aBench({ built, keySet });
    HandCourier.greeted(bench).deliver(set);
    bench.lock.press(bounded);
    bench.clock.advance(1_500);
    bench.lock.hands.door('open');
    bench.lock.hands.setBattery(7);
    await bench.lock.close();
    const next = await aBench({ built, keySet, flash: bench.image(), contents: bench.secure.load() });
    expect(next.lock.hardware.body).toMatchObject({ door: 'closed', bolt: 'extended' });
    expect(next.lock.hands.state()?.opensFromOutside).toBe(false);
    // Its boot has drawn on them already.
    expect(next.lock.hands.state()?.battery.percent).toBeGreaterThanOrEqual(99);
  });
});
