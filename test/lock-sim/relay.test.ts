// The relay: somebody holds a radio at the door and another beside a courier far away, and passes on every byte as it is, or
// plays it again later. A sync goes through, which is harmless: nothing that is said on the air opens a door.
import { describe, expect, it } from 'vitest';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { SYNC_CONTROL } from '#protocol/sync/gatt.ts';
import { nonceOfAdvert } from '#protocol/sync/advert.ts';
import { encodeHello, helloMac, MESSAGE } from '#protocol/sync/messages.ts';
import { encodeLogPull } from '#protocol/sync/log-messages.ts';
import { decodeTimeChallenge } from '#protocol/sync/time-messages.ts';
import { PROFILES, type Profile } from '#lock-sim/mechanics/profile.ts';
import type { Uuid } from '#radio/ports/gatt.ts';
import type { PeripheralHandler, PeripheralLink } from '#radio/ports/peripheral.ts';
import { aTime } from '#test/builders/life.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench, eventsOf, type Bench } from './lock-bench.ts';
import { built, deactivate, keySet } from './owned-bench.ts';
import { byLabel } from './owner-hand.ts';
import { challenge } from './time-hand.ts';

const [one, two] = [1, 2].map((tableVersion) => aSignedSet({ lock: built, keySet, tableVersion, rows: 140 }));
const UTC_S = 1_772_355_600;

interface Written {
  readonly characteristic: Uuid;
  readonly value: Uint8Array;
}

/** Stands between the courier and the lock: keeps what goes to the lock, and brings it `delayMs` later. */
class Relay {
  readonly heard: Written[] = [];
  readonly #bench: Bench;
  readonly #lock: PeripheralHandler;
  readonly #delayMs: number;

  constructor(bench: Bench, delayMs: number) {
    this.#bench = bench;
    this.#lock = bench.radio.handler;
    this.#delayMs = delayMs;
    const { onConnect, onDisconnect, onRead, onSubscribe, onUnsubscribe } = this.#lock;
    void bench.radio.open(undefined, {
      onConnect: onConnect.bind(this.#lock),
      onDisconnect: onDisconnect.bind(this.#lock),
      onRead: onRead.bind(this.#lock),
      onSubscribe: onSubscribe.bind(this.#lock),
      onUnsubscribe: onUnsubscribe.bind(this.#lock),
      onWrite: (link, characteristic, value, kind) => this.#pass(link, { characteristic, value }, kind),
    });
  }

  /** The courier has gone; what it said is played to the lock on a link of the relay's own. */
  replay(written: readonly Written[]): void {
    const link = this.#bench.radio.connect();
    link.subscribe();
    for (const { characteristic, value } of written) {
      this.#lock.onWrite(link, characteristic, Uint8Array.from(value), 'command');
    }
    this.#bench.clock.advance(2_000);
    link.disconnect();
    this.#bench.clock.advance(1);
  }

  #pass(link: PeripheralLink, written: Written, kind: 'request' | 'command'): number {
    this.heard.push(written);
    this.#bench.clock.after(this.#delayMs, () => {
      this.#lock.onWrite(link, written.characteristic, written.value, kind);
    });
    return 0;
  }
}

/** All that an honest courier says: greeting, key set, time, log, two sets; at the pace of a slow relay. */
function wholeVisit(bench: Bench, sets: readonly (typeof one)[]): HandCourier {
  const wait = (): void => bench.clock.advance(1_000);
  const courier = HandCourier.greeted(bench);
  wait();
  courier.say(MESSAGE.keySet, keySet.bytes);
  courier.say(MESSAGE.timeRequest, new Uint8Array(0));
  wait();
  const [question] = courier.bodies(MESSAGE.timeChallenge).map(decodeTimeChallenge);
  courier.say(MESSAGE.time, aTime(question!.nonce, UTC_S, { lock: built, keySet }));
  wait();
  for (const [n, set] of sets.entries()) {
    courier.offer(set!, { offerId: n + 1 });
    wait();
    for (let index = 0; index < set!.chunks.length; index++) {
      courier.chunk(index);
      wait();
    }
  }
  courier.say(MESSAGE.logPull, encodeLogPull({ from: null, credit: 2 }));
  wait();
  return courier;
}

/** Nothing moved, and nothing says that it did. */
function expectShut(bench: Bench): void {
  expect(bench.lock.hands.state()?.opensFromOutside).toBe(false);
  expect(eventsOf(bench, 'opened')).toEqual([]);
  expect(eventsOf(bench, 'boltUnlocked')).toEqual([]);
}

describe.each(PROFILES)('a relay before a %s', (profile: Profile) => {
  it.each([0, 40, 900])('that brings a sync %i ms late brings a sync, and no door opens', async (delayMs) => {
    const bench = await aBench({ built, keySet, profile });
    const relay = new Relay(bench, delayMs);
    const courier = wholeVisit(bench, [one, two]);
    expect(relay.heard.length).toBeGreaterThan(40);
    expect(courier.receipts.map(({ triple }) => triple)).toEqual([one!.triple, two!.triple]);
    expect(bench.lock.report().version).toBe('1.1.2');
    expectShut(bench);
  });

  it('plays a visit again, forwards, backwards and without its greeting: nothing opens, nothing comes back', async () => {
    const bench = await aBench({ built, keySet, profile });
    const relay = new Relay(bench, 0);
    wholeVisit(bench, [one, two]).leave();
    const { heard } = relay;
    expect(heard.length).toBeGreaterThan(40);
    const before = bench.lock.flashOperations;
    const control = heard.filter(({ characteristic }) => characteristic === SYNC_CONTROL);
    for (const tape of [heard, heard.toReversed(), heard.slice(1), control, heard.concat(heard)]) {
      relay.replay(tape);
      expect(bench.lock.report()).toMatchObject({ version: '1.1.2', tableState: 'active' });
      expectShut(bench);
    }
    expect(bench.lock.flashOperations, 'nor is anything written').toBe(before);
  });

  it('says every type of message with every body that it ever heard, on a link of the owner: nothing opens', async () => {
    const bench = await aBench({ built, keySet, profile });
    const first = HandCourier.greeted(bench);
    first.deliver(one!);
    const signed = [
      one!.manifestBytes,
      two!.manifestBytes,
      keySet.bytes,
      aTime(challenge(first), UTC_S, { lock: built, keySet }),
    ];
    const bodies = [
      new Uint8Array(0),
      new Uint8Array(32),
      ...signed,
      ...first.link.heard.map(({ body }) => body),
    ];
    first.leave();
    for (const body of bodies) {
      let courier = HandCourier.greeted(bench);
      for (let type = 0; type < 128; type++) {
        if (!courier.link.connected) courier = HandCourier.greeted(bench);
        courier.say(type, body);
        bench.clock.advance(1);
      }
      courier.leave();
      expectShut(bench);
    }
    expect(bench.lock.press(one!.codes[0]!)?.outcome, 'a code opens all the same').toBe('open');
  });

  it('is taken for no courier by a hello to the advert that it heard: that is good once', async () => {
    const bench = await aBench({ built, keySet, profile });
    const courier = new HandCourier(bench);
    courier.link.subscribe();
    const { advertisingKey } = built.secrets;
    const nonces = { courierNonce: new Uint8Array(16).fill(3), cloudNonce: new Uint8Array(16).fill(4) };
    const nonce = nonceOfAdvert(courier.status.advert);
    const mac = helloMac(nodeEngine, advertisingKey, 'advert', nonce, nonces);
    const hello = encodeHello({ version: 1, ...nonces, boundTo: 'advert', mac });
    courier.say(MESSAGE.hello, hello);
    expect(courier.link.heard.map(({ type }) => type)).toEqual([MESSAGE.helloAnswer]);
    courier.leave();
    const relay = new HandCourier(bench);
    relay.link.subscribe();
    relay.say(MESSAGE.hello, hello);
    expect(relay.refusals).toEqual(['WRONG_MAC']);
  });

  it('opens no door by a deactivation that it brings, nor by the sets of before', async () => {
    const bench = await aBench({ built, keySet, profile });
    const relay = new Relay(bench, 0);
    wholeVisit(bench, [one]).leave();
    deactivate(bench, 2).leave();
    relay.replay(relay.heard);
    byLabel(bench).leave();
    expectShut(bench);
    expect(bench.lock.press(one!.codes[0]!)?.outcome).toBe('refused');
  });
});
