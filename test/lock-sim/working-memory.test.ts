// The memory that receiving and deciding need beyond the index of the table: at its worst, and counted.
import { describe, expect, it } from 'vitest';
import { CHANNEL_MESSAGE } from '#protocol/channel/channel-messages.ts';
import { CHANNEL_MESSAGE_MAX_BYTES, OPEN_CHUNKS_MAX, SEALED_CHUNK_BYTES } from '#protocol/limits.ts';
import { encodeLogPull } from '#protocol/sync/log-messages.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { TYPICAL_TIMING } from '#lock-sim/flash/nor-flash.ts';
import { WorkingMemory } from '#lock-sim/working-memory.ts';
import { aDelta } from '#test/builders/delta.ts';
import { aFirmware } from '#test/builders/firmware.ts';
import { aLock } from '#test/builders/lock.ts';
import { aDoorcodeRow, aSignedSet, doorcodes, type BuiltSet } from '#test/builders/signed-set.ts';
import { HandCourier } from './hand-courier.ts';
import { HandPhone } from './hand-phone.ts';
import { aBench, type Bench } from './lock-bench.ts';

const WORKING_MEMORY_MAX_BYTES = 32 * 1_024;

const lock = aLock();
const setOf = (tableVersion: number, codes: readonly string[]): BuiltSet =>
  aSignedSet({ lock, tableVersion, rows: codes.map((code, i) => aDoorcodeRow(lock, code, i + 1)) });
const small = setOf(1, ['1234567']);

const memoryOf = (bench: Bench): WorkingMemory => bench.lock.firmware!.memory;

/** The longest message there is, all of it but its last fragment. */
const pendingMessage = (courier: HandCourier): void => courier.begin(MESSAGE.offer, new Uint8Array(4_096));

describe('the working memory of a lock', () => {
  it('counts what is held by name, and the most there ever was', () => {
    const memory = new WorkingMemory();
    memory.hold('a', 100);
    memory.hold('b', 50);
    memory.hold('a', 10);
    memory.peak('b', 30);
    expect([memory.heldBytes, memory.mostBytes]).toEqual([60, 150]);
    memory.hold('b', 0);
    expect(memory.heldBytes).toBe(10);
  });

  it('stays within 32 KiB with five chunks open, the largest set, long messages half here, a channel, and a decision', async () => {
    const bench = await aBench({ capacityChunks: 112, timing: TYPICAL_TIMING });
    const courier = HandCourier.greeted(bench);
    courier.deliver(small);
    const large = setOf(2, doorcodes(111 * 127));
    expect(large.chunks).toHaveLength(112);
    courier.offer(large, { offerId: 2 });
    for (let number = 0; number < OPEN_CHUNKS_MAX * 17; number++)
      if (number % 17 !== 3) courier.frame(number);
    pendingMessage(courier);
    const phone = HandPhone.opened(bench, { link: courier.link });
    phone.begin(CHANNEL_MESSAGE.command, new Uint8Array(CHANNEL_MESSAGE_MAX_BYTES));
    expect(bench.lock.press('1234567')?.outcome).toBe('open');
    expect(memoryOf(bench).heldBytes).toBeGreaterThan(OPEN_CHUNKS_MAX * SEALED_CHUNK_BYTES + 3_800);
    // Now they become whole, one after another, and are opened and sealed for rest.
    for (let chunk = 0; chunk < OPEN_CHUNKS_MAX; chunk++) courier.frame(chunk * 17 + 3);
    expect(bench.lock.press('1234567')?.outcome).toBe('open');
    bench.clock.advance(2_000);
    expect(bench.lock.report().staging?.chunks).toBe(OPEN_CHUNKS_MAX);
    expect(memoryOf(bench).mostBytes).toBeGreaterThan(28 * 1_024);
    expect(memoryOf(bench).mostBytes).toBeLessThanOrEqual(WORKING_MEMORY_MAX_BYTES);
  });

  it('counts the signed manifest that the digests of its chunks lie in, once', async () => {
    const bench = await aBench({ capacityChunks: 112 });
    const courier = HandCourier.greeted(bench);
    const large = setOf(2, doorcodes(111 * 127));
    courier.offer(large);
    expect(large.manifestBytes.length).toBeGreaterThan(3_800);
    expect(memoryOf(bench).heldBytes).toBe(large.manifestBytes.length);
  });

  it('counts answers held for a central that has not subscribed, and holds no log for it', async () => {
    const bench = await aBench();
    HandCourier.greeted(bench).deliver(small);
    for (let n = 0; n < 200; n++) bench.lock.press('1234567');
    const courier = new HandCourier(bench);
    courier.greet();
    expect(memoryOf(bench).heldBytes).toBeGreaterThan(40);
    expect(memoryOf(bench).heldBytes).toBeLessThanOrEqual(384);
    courier.say(MESSAGE.logPull, encodeLogPull({ from: 1, credit: 7 }));
    bench.clock.advance(1);
    expect([courier.link.connected, memoryOf(bench).heldBytes]).toEqual([false, 0]);
    const patient = new HandCourier(bench);
    patient.greet();
    patient.link.subscribe();
    expect([patient.helloAnswer?.activated, memoryOf(bench).heldBytes]).toEqual([true, 0]);
  });

  it('stays within 32 KiB while a delta is merged and its result verified, and is given back', async () => {
    const base = setOf(1, doorcodes(3_000));
    const rows = doorcodes(3_000).map((code, i) => aDoorcodeRow(lock, code, i + 1));
    const target = aSignedSet({ lock, tableVersion: 2, rows: rows.slice(60) });
    const bench = await aBench({ capacityChunks: 26 });
    const courier = HandCourier.greeted(bench);
    courier.deliver(base);
    const delta = aDelta(base, target);
    expect(delta.manifest.lastChunkBytes).toBeGreaterThan(2_000);
    courier.offer(delta, { offerId: 2 });
    pendingMessage(courier);
    courier.chunk(0);
    bench.clock.advance(1);
    expect(bench.lock.report().version).toBe('1.1.2');
    expect(memoryOf(bench).mostBytes).toBeGreaterThan(16 * 1_024);
    expect(memoryOf(bench).mostBytes).toBeLessThanOrEqual(WORKING_MEMORY_MAX_BYTES);
    // Of the message that is half here.
    expect(memoryOf(bench).heldBytes).toBeLessThanOrEqual(4_096);
  });

  it('stays within 32 KiB while the largest firmware image is received and read back', async () => {
    const bench = await aBench({ timing: TYPICAL_TIMING });
    const courier = HandCourier.greeted(bench);
    courier.deliver(small);
    const image = aFirmware({ codeBytes: 65_000 });
    expect(image.chunks).toHaveLength(16);
    courier.offerImage(image, { offerId: 2 });
    for (let chunk = 0; chunk < 16; chunk++) {
      courier.chunk(chunk);
      if (chunk >= 4) bench.clock.advance(300);
    }
    bench.clock.advance(1_000);
    expect(courier.firmwareAnswers).toEqual([{ running: 1, staged: 2 }]);
    expect(memoryOf(bench).mostBytes).toBeGreaterThan(20 * 1_024);
    expect(memoryOf(bench).mostBytes).toBeLessThanOrEqual(WORKING_MEMORY_MAX_BYTES);
  });
});
