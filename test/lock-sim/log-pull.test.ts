// The log on its way to the cloud: pulled with credit, joined, acknowledged; and what anybody else can do to it.
import { describe, expect, it } from 'vitest';
import { CONTROL_MESSAGE_MAX_BYTES } from '#protocol/limits.ts';
import { recogniseAdvert, advertOfManufacturerData } from '#protocol/sync/advert.ts';
import { PowerCut } from '#lock-sim/flash/power-supply.ts';
import { labelAdvertisingKey } from '#protocol/label.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { encodeLogPull } from '#protocol/sync/log-messages.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import { aLock } from '#test/builders/lock.ts';
import { anEvent } from './power-cut-rig.ts';
import { HandCloud } from './hand-cloud.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench, eventsOf, type Bench } from './lock-bench.ts';

const keySet = aKeySet();
const rowsOf = (bench: Bench) => bench.events().map(({ sequence, chain }) => ({ sequence, chain }));
const held = (cloud: HandCloud) => cloud.rows.map(({ sequence, chain }) => ({ sequence, chain }));
const acknowledged = (bench: Bench): number => bench.lock.firmware!.storage.events.acknowledged;

function write(bench: Bench, count: number, dataBytes = 10): void {
  for (let i = 0; i < count; i++) {
    bench.lock.firmware!.storage.events.append(anEvent({ data: new Uint8Array(dataBytes).fill(i) }));
  }
}

async function aPulledBench(rows: number, options: Parameters<typeof aBench>[0] = {}) {
  const bench = await aBench({ keySet, ...options });
  write(bench, rows);
  const cloud = new HandCloud(bench.built, keySet);
  return { bench, cloud, courier: HandCourier.greeted(bench) };
}

describe('a pull', () => {
  it('brings every row to the cloud, chained as it is in the lock', async () => {
    const { bench, cloud, courier } = await aPulledBench(700);
    cloud.pullAll(courier);
    expect(held(cloud)).toEqual(rowsOf(bench));
    expect(cloud.lost).toEqual([]);
    expect(cloud.head).toMatchObject({ sequence: bench.events().at(-1)!.sequence });
  });

  it.each([1, 3, 8])('sends at most the %i batches of its credit, and marks the end', async (credit) => {
    const { bench, cloud, courier } = await aPulledBench(900);
    const batches = cloud.ask(courier, null, credit).map((bytes) => cloud.open(bytes));
    const total = Math.ceil(901 / 156);
    expect(batches).toHaveLength(Math.min(credit, total));
    expect(batches.map(({ isLast }) => isLast).indexOf(true)).toBe(credit < total ? -1 : total - 1);
    expect(batches[0]!.from).toBe(1);
    expect(acknowledged(bench)).toBe(0);
  });

  it('fills each control message and never beyond it', async () => {
    const bench = await aBench({ keySet });
    write(bench, 200, 58);
    const cloud = new HandCloud(bench.built, keySet);
    const batches = cloud.ask(HandCourier.greeted(bench), null, 8);
    const sizes = batches.map(({ length }) => length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(CONTROL_MESSAGE_MAX_BYTES);
    expect(sizes.slice(0, -1).every((size) => size > CONTROL_MESSAGE_MAX_BYTES - 160)).toBe(true);
  });

  it('of the same rows says the same, sealed anew', async () => {
    const { cloud, courier } = await aPulledBench(20);
    const [one] = cloud.ask(courier, 1, 1);
    const [two] = cloud.ask(courier, 1, 1);
    expect(one).not.toEqual(two);
    expect(cloud.open(two!)).toEqual(cloud.open(one!));
  });

  it('from behind the end is answered by an empty batch that is the last', async () => {
    const { bench, cloud, courier } = await aPulledBench(5);
    const [batch] = cloud.ask(courier, 4_000_000_000, 8);
    expect(cloud.open(batch!)).toEqual({ from: 7, to: 6, isLast: true, rows: [] });
    expect(bench.events()).toHaveLength(6);
  });

  it('begins without a number at the first row that is not acknowledged', async () => {
    const { bench, cloud, courier } = await aPulledBench(5);
    cloud.pullAll(courier);
    expect(cloud.acknowledge(courier)).toBe(6);
    write(bench, 2);
    const [batch] = cloud.ask(courier, null, 1);
    expect(cloud.open(batch!)).toMatchObject({ from: 7, to: 8 });
    expect(cloud.take(batch!)).toMatchObject({ verdict: 'continues' });
  });

  it('of a lock without an owner is refused, and one that makes no sense', async () => {
    const bench = await aBench({ activated: false });
    const courier = new HandCourier(bench);
    courier.link.subscribe();
    const { labelHash } = bench.built;
    courier.greet(labelAdvertisingKey(nodeEngine, labelHash));
    courier.say(MESSAGE.logPull, encodeLogPull({ from: null, credit: 1 }));
    expect(courier.refusals).toEqual(['NOT_ACTIVATED']);
    courier.say(MESSAGE.logPull, Uint8Array.of(0xa2, 1, 0xf6, 2, 9));
    courier.say(MESSAGE.logPull, Uint8Array.of(0xa2, 1, 0xf6, 2, 0));
    expect(courier.refusals.slice(1)).toEqual(['OUT_OF_RANGE', 'OUT_OF_RANGE']);
    expect(bench.events().map(({ type }) => type)).toEqual(['booted']);
  });

  it('goes on after a lost link from where the cloud stands', async () => {
    const { bench, cloud, courier } = await aPulledBench(500);
    cloud.take(cloud.ask(courier, null, 1)[0]!);
    courier.leave();
    cloud.pullAll(HandCourier.greeted(bench));
    expect(held(cloud)).toEqual(rowsOf(bench));
  });

  it('shows a row of a torn write as lost and explained, and the chain goes on', async () => {
    const { bench, cloud, courier } = await aPulledBench(3);
    courier.leave();
    const torn = bench.events().at(-1)!.sequence + 1;
    bench.lock.planCut(0, { kind: 'prefix', bytes: 20 });
    expect(() => write(bench, 1)).toThrow(PowerCut);
    bench.lock.cutPower();
    bench.lock.restorePower();
    cloud.pullAll(HandCourier.greeted(bench));
    expect(held(cloud)).toEqual(rowsOf(bench));
    expect(cloud.lost).toEqual([{ from: torn, to: torn }]);
    expect(cloud.unexplained).toEqual([]);
  });
});

describe('a row that rots', () => {
  it('is named as lost, and all others still come with a chain that the cloud can follow', async () => {
    const { bench, cloud, courier } = await aPulledBench(40);
    const { events } = bench.layout;
    // The first row is on the page after the block's header.
    const address = events[0]!.address + bench.layout.geometry.pageBytes + 9 * 128 + 60;
    const byte = new Uint8Array(1);
    bench.flash.read(address, byte);
    bench.flash.write(address, Uint8Array.of(byte[0]! & (byte[0]! - 1)));
    const batches = cloud.ask(courier, 1, 8).map((bytes) => cloud.open(bytes));
    expect(batches.map(({ from, to }) => [from, to])).toEqual([
      [1, 9],
      [10, 41],
    ]);
    cloud.pullAll(courier);
    expect(cloud.lost).toEqual([{ from: 10, to: 10 }]);
    expect(held(cloud)).toEqual(rowsOf(bench));
    expect(cloud.acknowledge(courier)).toBe(41);
  });
});

describe('a courier that is no friend', () => {
  it('cannot drop, reorder or play again a batch unnoticed', async () => {
    const { cloud, courier } = await aPulledBench(700);
    const batches = cloud.ask(courier, null, 8);
    expect(batches.length).toBeGreaterThan(3);
    expect(cloud.take(batches[1]!)).toMatchObject({ verdict: 'missing', from: 1 });
    expect(cloud.take(batches[0]!)).toMatchObject({ verdict: 'continues' });
    expect(cloud.take(batches[2]!)).toMatchObject({ verdict: 'missing' });
    expect(cloud.take(batches[0]!)).toEqual({ verdict: 'known' });
    expect(cloud.take(batches[1]!)).toMatchObject({ verdict: 'continues', lost: [] });
    expect(cloud.take(batches[2]!)).toMatchObject({ verdict: 'continues', lost: [] });
  });

  it('cannot make rows go: not by pulling, not by silence, not by a word of its own', async () => {
    const { bench, cloud, courier } = await aPulledBench(30);
    cloud.pullAll(courier);
    const head = cloud.head;
    const stranger = aKeySet({ seed: 9 });
    const attempts: readonly [string, Uint8Array, string][] = [
      ['another cloud', cloud.signAck(head, stranger.time), 'UNKNOWN_KEY'],
      ['the table key', cloud.signAck(head, keySet.table), 'UNKNOWN_KEY'],
      ['the lock itself', cloud.signAck(head, bench.built.identity), 'UNKNOWN_KEY'],
      [
        'for another lock',
        cloud.signAck(head, keySet.time, aLock({ name: 'back' }).lockId),
        'WRONG_AUDIENCE',
      ],
      ['of another chain', cloud.signAck({ ...head, chain: cloud.rows[3]!.chain }), 'LOG_MISMATCH'],
      ['of more than there is', cloud.signAck({ ...head, sequence: head.sequence + 9 }), 'LOG_MISMATCH'],
      ['of another row', cloud.signAck({ ...head, sequence: head.sequence - 1 }), 'LOG_MISMATCH'],
      ['a batch as an acknowledgement', cloud.ask(courier, 1, 1)[0]!, 'TOO_LARGE'],
      ['nothing', new Uint8Array(0), 'TRUNCATED'],
    ];
    for (const [name, bytes, code] of attempts) {
      const refusals = courier.refusals.length;
      expect(cloud.acknowledge(courier, bytes), name).toBeUndefined();
      expect(courier.refusals.slice(refusals), name).toEqual([code]);
      expect(acknowledged(bench), name).toBe(0);
    }
    // Under the cloud's own signature it is an alarm: one row an hour.
    expect(eventsOf(bench, 'alarm')).toHaveLength(1);
  });

  it('gains nothing by an acknowledgement that it plays again', async () => {
    const { bench, cloud, courier } = await aPulledBench(10);
    cloud.pullAll(courier);
    const old = cloud.signAck();
    expect(cloud.acknowledge(courier, old)).toBe(11);
    write(bench, 10);
    cloud.pullAll(courier);
    expect(cloud.acknowledge(courier)).toBe(21);
    const operations = bench.lock.flashOperations;
    expect(cloud.acknowledge(courier, old)).toBe(21);
    expect(cloud.acknowledge(courier)).toBe(21);
    expect(bench.lock.flashOperations).toBe(operations);
  });
});

describe('an acknowledgement', () => {
  it('in the middle of a block lets just those rows go, and outlives the power', async () => {
    const { bench, cloud, courier } = await aPulledBench(100);
    cloud.pullAll(courier);
    const middle = cloud.rows[46]!;
    expect(cloud.acknowledge(courier, cloud.signAck(middle))).toBe(47);
    courier.leave();
    bench.lock.cutPower();
    bench.lock.restorePower();
    expect(acknowledged(bench)).toBe(47);
    const [batch] = cloud.ask(HandCourier.greeted(bench), null, 1);
    expect(cloud.open(batch!).from).toBe(48);
  });

  it('of everything takes the pending log out of the advert', async () => {
    const { bench, cloud, courier } = await aPulledBench(4);
    const shown = () => {
      const advert = advertOfManufacturerData(bench.radio.advert!.manufacturerData!)!;
      return recogniseAdvert(nodeEngine, bench.built.secrets.advertisingKey, advert)?.logPending;
    };
    cloud.pullAll(courier);
    expect(shown()).toBe(true);
    cloud.acknowledge(courier);
    expect(shown()).toBe(false);
  });

  it('lets a log go round for ever without a gap where the cloud keeps up', async () => {
    const { bench, cloud, courier } = await aPulledBench(0);
    for (let round = 0; round < 12; round++) {
      write(bench, 233);
      cloud.pullAll(courier);
      expect(cloud.acknowledge(courier)).toBe(cloud.head.sequence);
    }
    expect(cloud.lost).toEqual([]);
    expect(cloud.rows.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: cloud.rows.length }, (_, i) => i + 1),
    );
    expect(cloud.rows.length).toBeGreaterThan(2_700);
    expect(eventsOf(bench, 'gap')).toEqual([]);
  });
});

describe('a log that nobody fetched', () => {
  it('keeps its newest rows, and the cloud is told which numbers an overflow took', async () => {
    const { bench, cloud, courier } = await aPulledBench(10);
    cloud.pullAll(courier);
    cloud.acknowledge(courier, cloud.signAck(cloud.rows[4]));
    write(bench, 1_500);
    const oldest = bench.events()[0]!.sequence;
    cloud.pullAll(courier);
    expect(cloud.lost).toEqual([{ from: 12, to: oldest - 1 }]);
    expect(cloud.unexplained).toEqual([]);
    expect(held(cloud).slice(11)).toEqual(rowsOf(bench));
  });
});

describe('the rotation of the key set', () => {
  it('seals what comes after to the new log key, takes the new time key’s word, and the log goes on', async () => {
    const { bench, cloud, courier } = await aPulledBench(10);
    cloud.pullAll(courier);
    const old = cloud.signAck();
    const next = aKeySet({ number: 2 });
    courier.say(MESSAGE.keySet, next.bytes);
    expect(courier.refusals).toEqual([]);
    cloud.rotateTo(next);
    write(bench, 10);
    const [batch] = cloud.ask(courier, null, 1);
    expect(() => new HandCloud(bench.built, keySet).open(batch!)).toThrow('key set 2');
    cloud.pullAll(courier);
    expect(held(cloud)).toEqual(rowsOf(bench));
    expect(cloud.acknowledge(courier, old)).toBeUndefined();
    expect(courier.refusals).toEqual(['UNKNOWN_KEY']);
    expect(cloud.acknowledge(courier)).toBe(cloud.head.sequence);
  });
});

describe('a lock that its owner has released', () => {
  it('tells the next owner nothing of what was before, and goes on with its numbers', async () => {
    const { bench, cloud, courier } = await aPulledBench(10);
    const { events } = bench.lock.firmware!.storage;
    events.disown();
    write(bench, 2);
    const batches = cloud.ask(courier, 1, 8).map((bytes) => cloud.open(bytes));
    expect(batches.flatMap(({ rows }) => rows).map(({ sequence }) => sequence)).toEqual([12, 13]);
    expect(acknowledged(bench)).toBe(11);
  });
});
