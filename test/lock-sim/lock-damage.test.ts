// Flash that is not what the lock left: worn, rotten, from an earlier day, or read out by a thief.
import { describe, expect, it } from 'vitest';
import { utf8 } from '#protocol/bytes.ts';
import { MemoryRtcStore } from '#lock-sim/clock/device-rtc.ts';
import { manufacturedRtc } from '#lock-sim/clock/rtc.ts';
import { FlashImage } from '#lock-sim/flash/flash-image.ts';
import type { FlashStore } from '#lock-sim/flash/flash-store.ts';
import { flashBytes } from '#lock-sim/flash/geometry.ts';
import { orStoreFailed } from '#lock-sim/storage/storage-error.ts';
import { layOut } from '#lock-sim/storage/layout.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench, eventsOf, type Bench } from './lock-bench.ts';

const one = aSignedSet({ tableVersion: 1, rows: 3 });
const two = aSignedSet({ tableVersion: 2, rows: 300 });
const three = aSignedSet({ tableVersion: 3, rows: 4 });

function reboot(bench: Bench): void {
  bench.lock.cutPower();
  bench.lock.restorePower();
  bench.clock.advance(1);
}

/** Clears one bit that is set, as rot does. */
function rot({ flash }: Bench, address: number): void {
  const page = new Uint8Array(256);
  flash.read(address, page);
  const at = page.findIndex((byte) => byte !== 0);
  page[at] = page[at]! & (page[at]! - 1);
  flash.write(address, page);
}

const addressOf = (bench: Bench, chunk: number): number =>
  bench.layout.slots[bench.lock.report().activeSlot!].chunks.address + chunk * 4096;

describe('a clock part whose memory can not be written', () => {
  it('does not keep the lock from going dark, nor its links up', async () => {
    const rtc = new MemoryRtcStore(manufacturedRtc(0));
    const bench = await aBench({ rtc });
    const courier = HandCourier.greeted(bench);
    rtc.replace = () => orStoreFailed('clock.json', () => expect.fail('no space left on device'));
    bench.lock.cutPower();
    bench.clock.advance(1);
    expect([bench.lock.isPowered, courier.link.connected]).toEqual([false, false]);
    expect(bench.lock.takeFailure()?.code).toBe('STORE_FAILED');
    expect(bench.lock.restorePower()).toBe(true);
  });
});

describe('a lock whose table rots', () => {
  it('refuses by the chunk that is gone, is degraded at the next boot, and takes the set of its floor again', async () => {
    const bench = await aBench();
    HandCourier.greeted(bench).deliver(two);
    rot(bench, addressOf(bench, 2));
    const reasons = new Set(two.codes.map((code) => bench.lock.press(code)?.reason));
    expect(reasons).toEqual(new Set(['OPENED', 'TABLE_DAMAGED']));
    reboot(bench);
    expect(bench.lock.report()).toMatchObject({ tableState: 'degraded', version: undefined });
    expect(bench.lock.press(two.codes[0]!)?.reason).toBe('NO_TABLE');
    const courier = HandCourier.greeted(bench);
    expect(courier.helloAnswer).toMatchObject({ tableState: 'degraded', tableHash: null });
    courier.offer(one);
    courier.offer(aSignedSet({ tableVersion: 2, rows: 9 }), { offerId: 2 });
    expect(courier.refusals).toEqual(['STALE', 'CONFLICT']);
    expect(courier.deliver(two, 3)).toMatchObject({ triple: two.triple, tableState: 'active' });
    for (const code of two.codes) expect(bench.lock.press(code)?.outcome).toBe('open');
  });

  it('asks for a staged chunk again that was lost before the commit', async () => {
    const bench = await aBench();
    const courier = HandCourier.greeted(bench);
    courier.deliver(one);
    courier.offer(two, { offerId: 2 });
    courier.chunk(0);
    courier.chunk(1);
    bench.clock.advance(1);
    const slot = bench.lock.report().activeSlot === 'A' ? 'B' : 'A';
    rot(bench, bench.layout.slots[slot].chunks.address + 4096);
    courier.chunk(2);
    courier.chunk(3);
    bench.clock.advance(1);
    expect(bench.lock.report()).toMatchObject({ version: '1.1.1', staging: { chunks: 3 } });
    expect(courier.acks.at(-1)?.next).toBe(17);
    courier.chunk(1);
    bench.clock.advance(1);
    expect(bench.lock.report().version).toBe('1.1.2');
    expect(courier.receipts.at(-1)?.triple).toEqual(two.triple);
  });
});

describe('a flash of an earlier day', () => {
  it('is noticed: its table does not open, the log says so, and the newest set is taken again', async () => {
    const bench = await aBench();
    HandCourier.greeted(bench).deliver(one);
    const old = bench.image();
    const rows = bench.lock.report().events!;
    HandCourier.greeted(bench).deliver(three);
    const restored = await aBench({ flash: old, contents: bench.secure.load() });
    expect(restored.lock.report().tableState).toBe('degraded');
    expect(restored.lock.press(one.codes[0]!)?.reason).toBe('NO_TABLE');
    expect(eventsOf(restored, 'flashReplaced')).toHaveLength(1);
    expect(
      restored
        .events()
        .map(({ sequence }) => sequence)
        .at(-1),
    ).toBeGreaterThan(rows);
    const courier = HandCourier.greeted(restored);
    courier.offer(one);
    expect(courier.refusals).toEqual(['STALE']);
    expect(courier.deliver(three, 2)?.triple).toEqual(three.triple);
    reboot(restored);
    expect(restored.lock.report()).toMatchObject({ tableState: 'active', version: '1.1.3' });
    expect(eventsOf(restored, 'flashReplaced')).toHaveLength(1);
  });

  it('is noticed even where its table is the one in force', async () => {
    const bench = await aBench();
    HandCourier.greeted(bench).deliver(one);
    const old = bench.image();
    reboot(bench);
    const restored = await aBench({ flash: old, contents: bench.secure.load() });
    expect(restored.lock.report().tableState).toBe('degraded');
    expect(HandCourier.greeted(restored).deliver(one)?.tableState).toBe('active');
  });
});

describe('an event log whose flash is put back within a boot', () => {
  it('numbers rows anew, and never seals two under one nonce', async () => {
    const bench = await aBench();
    HandCourier.greeted(bench).deliver(one);
    const old = bench.image();
    // A card writes a row and no setting: what a doorcode counts would give the older flash away.
    for (let n = 0; n < 5; n++) bench.lock.firmware?.access.presentCard(Uint8Array.of(1));
    const restored = await aBench({ flash: old, contents: bench.secure.load() });
    for (let n = 0; n < 5; n++) restored.lock.firmware?.access.presentCard(Uint8Array.of(2));
    const [lost, kept] = [bench, restored].map(rowsAtRest);
    const again = [...kept!].filter(([nonce, row]) => lost!.has(nonce) && lost!.get(nonce) !== row);
    expect(again).toEqual([]);
    expect(kept!.size).toBeGreaterThan(6);
  });
});

/** Rows as they lie in the first block of the ring, by the 12 bytes that they are sealed under. */
function rowsAtRest({ flash, layout }: Bench): Map<string, string> {
  const rows = new Map<string, string>();
  const block = new Uint8Array(4096);
  flash.read(layout.events[0]!.address, block);
  for (let at = 256; at < block.length; at += 128) {
    const row = Buffer.from(block.subarray(at, at + 128));
    if (row.some((byte) => byte !== 0xff)) rows.set(row.toString('hex', 0, 12), row.toString('hex'));
  }
  return rows;
}

/** While worn nothing is kept but what is there. */
class WornFlash implements FlashStore {
  readonly #inner: FlashStore;
  readonly geometry;
  isWorn = false;

  constructor(inner: FlashStore) {
    this.#inner = inner;
    this.geometry = inner.geometry;
  }

  read = (address: number, into: Uint8Array): void => this.#inner.read(address, into);
  write(address: number, bytes: Uint8Array): void {
    if (!this.isWorn) this.#inner.write(address, bytes);
  }
  clear = (sector: number): void => this.#inner.clear(sector);
  eraseCount = (sector: number): number => this.#inner.eraseCount(sector);
  setEraseCount = (sector: number, count: number): void => this.#inner.setEraseCount(sector, count);
  unstableSeed = (sector: number): number => this.#inner.unstableSeed(sector);
  setUnstableSeed = (sector: number, seed: number): void => this.#inner.setUnstableSeed(sector, seed);
  close = (): void => this.#inner.close();
}

describe('a flash that wears out', () => {
  it('refuses the set with its code after three tries, keeps the old table, and stays on the air', async () => {
    const flash = new WornFlash(new FlashImage(layOut({ capacityChunks: 9 }).geometry));
    const bench = await aBench({ flash });
    const courier = HandCourier.greeted(bench);
    courier.deliver(one);
    flash.isWorn = true;
    const operations = bench.lock.flashOperations;
    courier.offer(two, { offerId: 2 });
    courier.chunk(0);
    courier.offer(two, { offerId: 3 });
    bench.clock.advance(1);
    courier.chunk(1);
    bench.clock.advance(1);
    expect(courier.refusals).toEqual(['FLASH_FAILED']);
    expect(bench.lock.flashOperations - operations).toBeLessThan(60);
    expect(bench.lock.report()).toMatchObject({ version: '1.1.1', staging: { chunks: 0 } });
    expect(bench.radio.advert).toBeDefined();
    // No row can be kept, so no door opens: nothing happens that nobody would ever know of.
    expect(bench.lock.press(one.codes[0]!)).toBeUndefined();
    flash.isWorn = false;
    expect(bench.lock.press(one.codes[0]!)?.outcome).toBe('open');
    expect(courier.deliver(two, 4)?.triple).toEqual(two.triple);
  });
});

describe('a thief who reads the flash', () => {
  it('finds no code, verifier, head, key or secret in it', async () => {
    const bench = await aBench();
    const courier = HandCourier.greeted(bench);
    courier.deliver(one);
    courier.deliver(two, 2);
    courier.offer(three, { offerId: 3 });
    courier.chunk(1);
    for (const code of [two.codes[0]!, '7654321']) bench.lock.press(code);
    reboot(bench);
    const image = new Uint8Array(flashBytes(bench.flash.geometry));
    bench.flash.read(0, image);
    const dump = Buffer.from(image);
    const { owner, lockSecrets, ...born } = bench.secure.load();
    const secrets: [string, Uint8Array][] = [
      ...(Object.entries(born) as [string, unknown][]).filter(
        (entry): entry is [string, Uint8Array] => entry[1] instanceof Uint8Array,
      ),
      ...(Object.entries(lockSecrets!) as [string, Uint8Array][]),
      ['door id', owner!.doorId],
      ['head', two.headBytes.slice(0, 24)],
      ...two.rows.map((row): [string, Uint8Array] => ['verifier', row.slice(0, 16)]),
      ...[one, two, three].flatMap(({ codes }) =>
        codes.map((code): [string, Uint8Array] => ['code', utf8(code)]),
      ),
    ];
    expect(secrets.length).toBeGreaterThan(600);
    const found = secrets.filter(([, bytes]) => dump.includes(Buffer.from(bytes))).map(([name]) => name);
    expect(found).toEqual([]);
    // The search does find what is there in the clear.
    expect(dump.includes(Buffer.from(two.manifestHash))).toBe(true);
  });
});

describe('a secure element whose file can not be written', () => {
  it('has the set refused by its code and the old table kept, until it can be again', async () => {
    const bench = await aBench();
    const courier = HandCourier.greeted(bench);
    courier.deliver(one);
    bench.clock.advance(1);
    const replace = bench.secure.replace.bind(bench.secure);
    const full = (): never => {
      throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    };
    bench.secure.replace = () => orStoreFailed('secure.bin', full);
    courier.deliver(three);
    bench.clock.advance(1);
    expect(courier.refusals).toEqual(['FLASH_FAILED']);
    expect(bench.lock.report()).toMatchObject({ version: '1.1.1' });
    expect(bench.radio.advert).toBeDefined();
    bench.secure.replace = replace;
    reboot(bench);
    HandCourier.greeted(bench).deliver(three);
    bench.clock.advance(1);
    expect(bench.lock.report()).toMatchObject({ version: '1.1.3' });
  });
});
