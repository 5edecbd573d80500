// Activation and key sets: a physical action, one owner, and a power cut at every durable operation of both.
import { describe, expect, it } from 'vitest';
import { labelAdvertisingKey } from '#protocol/label.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { activationReceiptNonce, signGrant, verifyStatement } from '#protocol/signed/activation.ts';
import { anActivation } from '#test/builders/activation.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import { aLock } from '#test/builders/lock.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench, eventsOf, type Bench } from './lock-bench.ts';

const built = aLock();
const keySet = aKeySet();
const activation = anActivation({ lock: built, keySet });
const labelKey = labelAdvertisingKey(nodeEngine, built.labelHash);
const one = aSignedSet({ lock: built, keySet, tableVersion: 1 });

const unowned = (): Promise<Bench> => aBench({ activated: false, built, keySet });
const arrive = (bench: Bench): HandCourier => HandCourier.greeted(bench, { key: labelKey });

function ask(courier: HandCourier): void {
  courier.say(MESSAGE.keySet, keySet.bytes);
  courier.say(MESSAGE.activate, activation.requestBytes);
}

/** The cloud's answer to the statement that the lock gave. */
function grant(courier: HandCourier): void {
  const [statement] = courier.bodies(MESSAGE.statement);
  if (statement === undefined) return;
  const verified = verifyStatement(nodeEngine, statement, built.labelHash);
  const ephemeral = new Uint8Array(32).fill(7);
  courier.say(MESSAGE.grant, signGrant(nodeEngine, keySet.table, ephemeral, verified, built.secrets));
}

function activate(bench: Bench): HandCourier {
  bench.lock.pressButton();
  const courier = arrive(bench);
  ask(courier);
  grant(courier);
  return courier;
}

describe('the activation window', () => {
  it('is opened by the button, and closes after a minute', async () => {
    const bench = await unowned();
    const courier = arrive(bench);
    ask(courier);
    expect(courier.refusals).toEqual(['WINDOW_CLOSED', 'WINDOW_CLOSED']);
    courier.leave();
    bench.lock.pressButton();
    bench.clock.advance(59_999);
    expect(bench.lock.report().activationWindowOpen).toBe(true);
    bench.clock.advance(1);
    expect(bench.lock.report().activationWindowOpen).toBe(false);
    const late = arrive(bench);
    ask(late);
    expect(late.refusals).toEqual(['WINDOW_CLOSED', 'WINDOW_CLOSED']);
    expect(bench.lock.report().activated).toBe(false);
  });

  it('starts anew with each press, and one that is cut off does not outlive the power', async () => {
    const bench = await unowned();
    bench.lock.pressButton();
    bench.clock.advance(50_000);
    bench.lock.pressButton();
    bench.clock.advance(50_000);
    expect(bench.lock.report().activationWindowOpen).toBe(true);
    bench.lock.cutPower();
    bench.lock.restorePower();
    expect(bench.lock.report().activationWindowOpen).toBe(false);
  });

  it('closes with the activation, whose row and receipt follow at once', async () => {
    const bench = await unowned();
    const courier = activate(bench);
    expect(bench.lock.report()).toMatchObject({ activated: true, activationWindowOpen: false });
    expect(courier.receipts).toMatchObject([{ tableState: 'none', tableHash: null, logSequence: 2 }]);
    expect(eventsOf(bench, 'activated').map(({ data }) => data)).toEqual([built.doorId]);
  });
});

describe('an owner', () => {
  it('is there to stay: a second activation is refused, by message, by grant and after a reboot', async () => {
    const bench = await unowned();
    const first = activate(bench);
    grant(first);
    expect(first.refusals).toEqual(['ALREADY_ACTIVATED']);
    first.leave();
    const thief = aKeySet({ seed: 'thief' });
    const theirs = anActivation({ lock: built, keySet: thief, ownershipEpoch: 2 });
    for (const reboot of [false, true]) {
      if (reboot) {
        bench.lock.cutPower();
        bench.lock.restorePower();
      }
      bench.lock.pressButton();
      const second = HandCourier.greeted(bench);
      second.say(MESSAGE.keySet, thief.bytes);
      second.say(MESSAGE.activate, theirs.requestBytes);
      second.say(MESSAGE.grant, theirs.grantBytes);
      expect(second.refusals.slice(1)).toEqual(['ALREADY_ACTIVATED', 'ALREADY_ACTIVATED']);
      second.leave();
    }
    expect(HandCourier.greeted(bench).deliver(one)?.triple).toEqual(one.triple);
  });

  it('is met under the key of the activation, no longer under that of the label', async () => {
    const bench = await unowned();
    activate(bench).leave();
    expect(arrive(bench).refusals).toEqual(['WRONG_MAC']);
  });
});

describe('a courier that would pin another key set', () => {
  const thief = aKeySet({ seed: 'thief' });
  const grantOf = (statement: Uint8Array): Uint8Array =>
    signGrant(
      nodeEngine,
      thief.table,
      new Uint8Array(32).fill(8),
      verifyStatement(nodeEngine, statement, built.labelHash),
      built.secrets,
    );

  it('can not swap it between the statement and the grant', async () => {
    const bench = await unowned();
    bench.lock.pressButton();
    const courier = arrive(bench);
    ask(courier);
    courier.say(MESSAGE.keySet, thief.bytes);
    courier.say(MESSAGE.grant, grantOf(courier.bodies(MESSAGE.statement)[0]!));
    expect(courier.refusals).toEqual(['UNKNOWN_KEY']);
    expect(bench.lock.report().activated).toBe(false);
    grant(courier);
    expect(bench.lock.report().activated).toBe(true);
    expect(bench.lock.firmware?.facts().keySet?.rootKeys).toEqual(keySet.keySet.rootKeys);
  });

  it('can not name another than the one it sent', async () => {
    const bench = await unowned();
    bench.lock.pressButton();
    const courier = arrive(bench);
    courier.say(MESSAGE.keySet, thief.bytes);
    courier.say(MESSAGE.activate, activation.requestBytes);
    expect(courier.refusals).toEqual(['UNKNOWN_KEY']);
  });

  it('gets a receipt that answers its own statement, and never that of the cloud', async () => {
    const bench = await unowned();
    bench.lock.pressButton();
    const courier = arrive(bench);
    ask(courier);
    const theirs = anActivation({ lock: built, keySet: thief });
    courier.say(MESSAGE.keySet, thief.bytes);
    courier.say(MESSAGE.activate, theirs.requestBytes);
    const [ours, forThief] = courier.bodies(MESSAGE.statement);
    courier.say(MESSAGE.grant, grantOf(forThief!));
    const nonceFor = (statement: Uint8Array): Uint8Array =>
      activationReceiptNonce(verifyStatement(nodeEngine, statement, built.labelHash).hash);
    expect(courier.receipts.map(({ cloudNonce }) => cloudNonce)).toEqual([nonceFor(forThief!)]);
    expect(nonceFor(ours!)).not.toEqual(nonceFor(forThief!));
  });
});

describe('a power cut in an activation', () => {
  it('leaves a lock with its owner or without, never half, and it can be done again', async () => {
    const whole = await unowned();
    const before = whole.lock.flashOperations;
    activate(whole);
    const operations = whole.lock.flashOperations - before;
    expect(operations).toBeGreaterThanOrEqual(2);
    const ends = new Set<boolean>();
    for (let index = 0; index < operations; index++) {
      for (const tear of [{ kind: 'before' }, { kind: 'prefix', bytes: 9 }, { kind: 'after' }] as const) {
        const bench = await unowned();
        bench.lock.planCut(index, tear);
        const courier = activate(bench);
        expect(bench.lock.isPowered).toBe(false);
        expect(courier.receipts).toEqual([]);
        bench.lock.restorePower();
        const { owner, lockSecrets, floor } = bench.secure.load();
        const isOwned = bench.lock.report().activated === true;
        ends.add(isOwned);
        expect([owner !== null, lockSecrets !== null, floor.triple.ownershipEpoch]).toEqual(
          isOwned ? [true, true, 1] : [false, false, 0],
        );
        bench.clock.advance(1);
        if (!isOwned) activate(bench).leave();
        expect(HandCourier.greeted(bench).deliver(one)?.triple).toEqual(one.triple);
        // Where the cut took the activation's own row, the next boot's says the ownership.
        const told = [
          ...eventsOf(bench, 'activated'),
          ...eventsOf(bench, 'booted').filter(({ data }) => data[3] === 1),
        ];
        expect(told.length).toBeGreaterThan(0);
      }
    }
    expect(ends.size).toBe(2);
  });
});

describe('a key set that follows', () => {
  const second = aKeySet({ number: 2 });
  const under2 = aSignedSet({ lock: built, keySet: second, tableVersion: 1, rows: 2 });

  it('is in force at once and after a power cut, and the table of the one before stays', async () => {
    const bench = await aBench({ built, keySet });
    const courier = HandCourier.greeted(bench);
    courier.deliver(one);
    courier.say(MESSAGE.keySet, second.bytes);
    bench.lock.cutPower();
    bench.lock.restorePower();
    bench.clock.advance(1);
    expect(bench.lock.press(one.codes[0]!)?.outcome).toBe('open');
    const next = HandCourier.greeted(bench);
    expect(next.helloAnswer).toMatchObject({ keySetNumber: 2, triple: one.triple });
    next.offer(aSignedSet({ lock: built, keySet, tableVersion: 2 }));
    expect(next.refusals).toEqual(['UNKNOWN_KEY']);
    expect(next.deliver(under2, 2)?.triple).toEqual(under2.triple);
  });

  it.each([{ kind: 'before' }, { kind: 'after' }] as const)(
    'whose storing is cut $kind it happened is the old one or the new one',
    async (tear) => {
      const bench = await aBench({ built, keySet });
      const courier = HandCourier.greeted(bench);
      bench.lock.planCut(0, tear);
      courier.say(MESSAGE.keySet, second.bytes);
      expect(courier.bodies(MESSAGE.keySetAnswer)).toEqual([]);
      bench.lock.restorePower();
      bench.clock.advance(1);
      const next = HandCourier.greeted(bench);
      expect(next.helloAnswer?.keySetNumber).toBe(tear.kind === 'after' ? 2 : 1);
      if (tear.kind === 'before') next.say(MESSAGE.keySet, second.bytes);
      expect(next.deliver(under2)?.triple).toEqual(under2.triple);
    },
  );
});
