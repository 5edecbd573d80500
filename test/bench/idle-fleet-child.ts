// The processes of idle-fleet.bench.ts. `make FOLDER`: locks with a table of 60 rows each, their flash in one file.
// `stand FOLDER`: opens them all, lets them advertise, and prints one JSON line of what that costs.
import { appendFileSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { silentLog } from '#protocol/ports/log.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { ADVERT_ROTATION_MS } from '#protocol/sync/advert.ts';
import { DOOR_SYNC_SERVICE } from '#protocol/sync/gatt.ts';
import { packTable } from '#protocol/table/chunks.ts';
import { openMemoryRadio } from '#radio/memory/memory-radio.ts';
import { FlashShelf } from '#lock-sim/flash/flash-shelf.ts';
import { NO_TIMING, NorFlash } from '#lock-sim/flash/nor-flash.ts';
import { PowerSupply } from '#lock-sim/flash/power-supply.ts';
import { openLock, type Lock } from '#lock-sim/lock.ts';
import { encodeSecureContents } from '#lock-sim/secure-element/secure-contents.ts';
import { PackedSecureStore } from '#lock-sim/secure-element/packed-secure-store.ts';
import { MemorySecureStore, SecureElement } from '#lock-sim/secure-element/secure-element.ts';
import { boot } from '#lock-sim/storage/boot.ts';
import { layOut } from '#lock-sim/storage/layout.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import { aLock } from '#test/builders/lock.ts';
import { secureContentsOf } from '#test/builders/running-lock.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';

const ROWS = 60;
const CAPACITY_CHUNKS = 3;
const STAND_MS = 20_000;
const MIB = 1_048_576;
/** A secure element's contents and their length, one lock after the other. */
const SECURE_PLACE_BYTES = 2_048;
/** Each lock's time runs so much faster: all of them rotate their adverts while they are measured. */
const PACE = 45;
const TICK_MS = 20;

const [mode, folder = '.', count = '10000'] = process.argv.slice(2);
const locksWanted = Number(count);
const layout = layOut({ capacityChunks: CAPACITY_CHUNKS });
const flashPath = join(folder, 'flash.bin');
const securePath = join(folder, 'secure.bin');

if (mode === 'make') make();
else await stand();
process.exit(0);

function make(): void {
  const shelf = new FlashShelf(flashPath, layout.geometry, 'make');
  const keySet = aKeySet();
  for (let n = 0; n < locksWanted; n++) {
    const lock = aLock({ name: `lock ${n}` });
    const set = aSignedSet({ lock, keySet, rows: ROWS });
    const power = new PowerSupply();
    const store = new MemorySecureStore(secureContentsOf(lock, keySet));
    const { storage } = boot({
      flash: new NorFlash({ store: shelf.at(n), power, timing: NO_TIMING }),
      secure: new SecureElement(store, power),
      engine: nodeEngine,
      layout,
    });
    const stage = storage.openStage({ ...set.manifest, manifestHash: set.manifestHash }, set.manifestBytes);
    packTable(set.headBytes, set.rows).forEach((plaintext, i) => stage.writeChunk(i, plaintext));
    if (storage.commit(stage, set.manifest).outcome !== 'committed') throw new Error('not committed');
    const contents = encodeSecureContents(store.load());
    const place = Buffer.alloc(SECURE_PLACE_BYTES);
    place.writeUInt16BE(contents.length);
    place.set(contents, 2);
    appendFileSync(securePath, place);
  }
  shelf.close();
}

async function stand(): Promise<void> {
  // One heap of timers for all, as the lab's worlds have it, moved on by hand.
  const clock = new VirtualClock();
  const shelf = new FlashShelf(flashPath, layout.geometry, 'open');
  const radio = openMemoryRadio({ clock });
  const locks: Lock[] = [];
  const secureFile = openSync(securePath, 'r');
  const place = Buffer.alloc(SECURE_PLACE_BYTES);
  for (let n = 0; n < locksWanted; n++) {
    readSync(secureFile, place, 0, SECURE_PLACE_BYTES, n * SECURE_PLACE_BYTES);
    const packed = Uint8Array.from(place.subarray(2, 2 + place.readUInt16BE()));
    locks.push(
      await openLock({
        peripheral: await radio.peripheral(),
        engine: nodeEngine,
        clock,
        random: systemRandom,
        log: silentLog,
        flash: shelf.at(n),
        secure: new PackedSecureStore(packed),
        layout,
        timing: NO_TIMING,
        model: { capacityRows: 127, firmware: 1 },
      }),
    );
    // No two of them rotate their adverts at once.
    clock.advance(ADVERT_ROTATION_MS / locksWanted);
  }
  const idle = await measureIdle(clock);
  const active = locks.filter((lock) => lock.firmware?.storage.tableState === 'active').length;
  const central = await radio.central();
  const heard = new Set<string>();
  const onReport = ({ peripheralId }: { peripheralId: string }): unknown => heard.add(peripheralId);
  await central.scan({ serviceUuids: [DOOR_SYNC_SERVICE], onReport });
  clock.advance(1);
  process.stdout.write(JSON.stringify({ ...idle, active, heard: heard.size }));
}

/** What it costs that all of them stand: most memory, and the share of a core in the locks' own time. */
async function measureIdle(clock: VirtualClock): Promise<{ peakMiB: number; corePercent: number }> {
  // What booting left behind is no part of standing; an idle process gives it back by itself, later.
  globalThis.gc?.();
  const startMs = clock.monotonicMs();
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  let peakMiB = 0;
  for (let passedMs = 0; passedMs < STAND_MS; passedMs = performance.now() - startedMs) {
    clock.advance(startMs + passedMs * PACE - clock.monotonicMs());
    await pause(TICK_MS);
    peakMiB = Math.max(peakMiB, process.memoryUsage.rss() / MIB);
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  return { peakMiB, corePercent: ((user + system) / 1_000 / (clock.monotonicMs() - startMs)) * 100 };
}
