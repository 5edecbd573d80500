// The settings and the event log: what is written stays, what goes is told, and wear is spread.
import { describe, expect, it } from 'vitest';
import { concat, u32 } from '#protocol/bytes.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { PowerCut } from '#lock-sim/flash/power-supply.ts';
import { readGap, type EventRow } from '#lock-sim/storage/event-row.ts';
import {
  DEFAULT_SETTINGS,
  SETTINGS_ENCODED_MAX_BYTES,
  SETTINGS_RECORDED_MAX_BYTES,
  decodeEntries,
  encodeEntries,
  entriesOf,
} from '#lock-sim/storage/settings-values.ts';
import { crc32 } from '#lock-sim/storage/crc32.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { type Running, aMachine, anEvent, copyOf, powerUp } from './power-cut-rig.ts';

const set = aSignedSet();
const BLOCKS = 3;
const ROWS_PER_BLOCK = 30;
const aRunning = (): Running => powerUp(aMachine(set, { capacityChunks: 2, eventBlocks: BLOCKS }));
const rebooted = (running: Running): Running => powerUp(running.machine());
const rowsOf = ({ storage }: Running): EventRow[] => [...storage.events.read(1)];

function append(running: Running, count: number): void {
  for (let i = 0; i < count; i++) running.storage.events.append(anEvent({ data: u32(i) }));
}

describe('Settings', () => {
  it('begin with defaults, change one by one and outlive a reboot', () => {
    const running = aRunning();
    expect(running.storage.settings.values).toEqual(DEFAULT_SETTINGS);
    running.storage.settings.write({ bootCount: 3 });
    running.storage.settings.write({ lockoutFailures: 2, burnedSlots: Uint8Array.of(1, 2) });
    const { values } = rebooted(running).storage.settings;
    expect(values).toMatchObject({ bootCount: 3, lockoutFailures: 2, clockFloorS: 0 });
    expect(values.burnedSlots).toEqual(Uint8Array.of(1, 2));
  });

  it('are kept through any number of compactions, and wear all their sectors alike', () => {
    let running = aRunning();
    for (let n = 1; n <= 2000; n++) {
      running.storage.settings.write({ lockoutFailures: n });
      if (n % 250 === 0) running = rebooted(running);
    }
    expect(rebooted(running).storage.settings.values.lockoutFailures).toBe(2000);
    const { settings } = running.machine().layout;
    const wear = settings.flat().map(({ sector }) => running.flash.eraseCount(sector));
    expect(Math.max(...wear)).toBeLessThanOrEqual(2000 / 100);
    expect(Math.max(...wear) - Math.min(...wear)).toBeLessThanOrEqual(1);
  });

  it('are read from one copy alone, up to a torn record', () => {
    const running = aRunning();
    for (let n = 1; n <= 3; n++) running.storage.settings.write({ lockoutFailures: n });
    running.power.cutAt(running.power.operations, { kind: 'prefix', bytes: 20 });
    expect(() => running.storage.settings.write({ lockoutFailures: 4 })).toThrow(PowerCut);
    const left = running.machine();
    for (const { sector } of left.layout.settings[1]) left.image.clear(sector);
    const { settings, storage, repairs } = powerUp(left);
    expect([settings, storage.settings.values.lockoutFailures]).toEqual(['intact', 3]);
    expect(repairs.settingsCopies).toBe(2);
  });

  it('fit their block at their largest', () => {
    const largest = { ...DEFAULT_SETTINGS, burnedSlots: new Uint8Array(188) };
    expect(encodeEntries(entriesOf(largest)).length).toBeLessThanOrEqual(SETTINGS_ENCODED_MAX_BYTES);
    expect(() => entriesOf({ burnedSlots: new Uint8Array(189) })).toThrow('within its limit');
  });

  it('are decoded only from exactly an encoding', () => {
    const entries = entriesOf({ bootCount: 7, burnedSlots: Uint8Array.of(9) });
    const encoded = encodeEntries(entries);
    expect(decodeEntries(encoded)).toEqual(entries);
    for (let length = 1; length < encoded.length; length++) {
      if (length !== 7) expect(decodeEntries(encoded.subarray(0, length))).toBeUndefined();
    }
    expect(decodeEntries(Uint8Array.of(1, 0, 1, 5))).toBeUndefined();
    expect(decodeEntries(Uint8Array.of(200, 0, 0))).toEqual(new Map([[200, new Uint8Array(0)]]));
    const tooMuch = SETTINGS_RECORDED_MAX_BYTES - 2;
    const large = encodeEntries(new Map([[200, new Uint8Array(tooMuch)]]));
    expect(decodeEntries(large)).toBeUndefined();
  });
});

describe('The event log', () => {
  it('numbers rows without a break and chains them, across reboots', () => {
    let running = aRunning();
    append(running, 40);
    running = rebooted(running);
    append(running, 10);
    const rows = rowsOf(running);
    expect(rows.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    let chain = new Uint8Array(32);
    for (const row of rows) {
      const entry = new Uint8Array(68);
      entry.set(concat(u32(row.bootCount), u32(row.timeS), Uint8Array.of(5, 4), row.data));
      chain = Uint8Array.from(nodeEngine.sha256(concat(chain, u32(row.sequence), entry)));
      expect(row.chain).toEqual(chain);
    }
    expect(rebooted(running).storage.events.head).toEqual({ sequence: 50, chain });
  });

  it('has no head before its first row', () => {
    expect(aRunning().storage.events.head).toEqual({ sequence: 0, chain: new Uint8Array(32) });
  });

  it('goes round without a gap where the cloud keeps up', () => {
    const running = aRunning();
    for (let i = 0; i < 20; i++) {
      append(running, 17);
      running.storage.events.acknowledge(running.storage.events.lastSequence);
    }
    expect(rowsOf(running).some(({ type }) => type === 'gap')).toBe(false);
    expect(running.storage.events.lastSequence).toBe(340);
  });

  it('tells in a gap row which numbers an overflow has taken', () => {
    const running = aRunning();
    append(running, 10);
    running.storage.events.acknowledge(4);
    append(running, BLOCKS * ROWS_PER_BLOCK);
    const rows = rowsOf(running);
    const gap = rows.find(({ type }) => type === 'gap')!;
    expect(readGap(gap.data)).toEqual({ type: 'gap', from: 5, to: rows[0]!.sequence - 1, reasons: 1 });
    expect(rows.length).toBe(rows.at(-1)!.sequence - rows[0]!.sequence + 1);
  });

  it('keeps what is not acknowledged, and acknowledges only what was written', () => {
    const running = aRunning();
    append(running, 5);
    expect(() => running.storage.events.acknowledge(6)).toThrow('that were written');
    running.storage.events.acknowledge(3);
    running.storage.events.acknowledge(2);
    expect(rebooted(running).storage.settings.values.eventsAcknowledged).toBe(3);
  });

  it('skips every number that a replaced flash may have used, and says so', () => {
    const running = aRunning();
    append(running, 3);
    const older = running.machine();
    append(running, 20);
    running.storage.settings.write({ bootCount: 1 });
    const restored = powerUp({ ...running.machine(), image: copyOf(older).image });
    expect(restored.settings).toBe('older');
    append(restored, 1);
    const [gap, row] = rowsOf(restored).slice(-2);
    expect(gap!.type).toBe('gap');
    expect(readGap(gap!.data)).toMatchObject({ from: 4, reasons: 4 });
    expect(row!.sequence).toBeGreaterThan(23);
    expect(readGap(gap!.data).to).toBe(gap!.sequence - 1);
  });
});

describe('The CRC', () => {
  it('is the one of zlib', () => {
    // The check value of CRC-32/ISO-HDLC.
    expect(crc32(Buffer.from('123456789'))).toBe(0xcbf4_3926);
  });
});
