// What 15 years do to the flash: four syncs a day in alternating slots, the openings and refusals of a busy door with
// their rows and settings, the clock's floor each hour, the log let go each day. The real firmware on an image.
import { nodeEngine } from '#protocol/node/node-engine.ts';
import type { Hash } from '#protocol/ids.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { packTable } from '#protocol/table/chunks.ts';
import { DeviceRtc, MemoryRtcStore } from '#lock-sim/clock/device-rtc.ts';
import { manufacturedRtc } from '#lock-sim/clock/rtc.ts';
import { DEFAULT_PROFILE, DoorHardware } from '#lock-sim/door-hardware.ts';
import { committedData } from '#lock-sim/events.ts';
import { Firmware } from '#lock-sim/firmware.ts';
import { ENDURANCE_CYCLES } from '#lock-sim/flash/aging-flash.ts';
import { FlashImage } from '#lock-sim/flash/flash-image.ts';
import { NO_TIMING, NorFlash } from '#lock-sim/flash/nor-flash.ts';
import { PowerSupply } from '#lock-sim/flash/power-supply.ts';
import { MemorySecureStore, SecureElement } from '#lock-sim/secure-element/secure-element.ts';
import { layOut, type Region, type StorageLayout } from '#lock-sim/storage/layout.ts';
import { secureContentsOf } from '#test/builders/running-lock.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import type { Bench, Figure } from './figure.ts';

const YEARS = 15;
const DAYS = YEARS * 365;
const DAY_S = 86_400;
const SYNCS_A_DAY = 4;
const OPENINGS_A_DAY = 20;
const REFUSALS_A_DAY = 5;
/** Something happens in each of them, so that the clock's floor is kept each hour. */
const MOMENTS_A_DAY = OPENINGS_A_DAY + REFUSALS_A_DAY;
const CHUNKS = 2;
const WEAR_MAX_PERCENT = 12;
const TIMES_FASTER_MIN = 5e6;
const WRONG_CODE = '9999999';

export const bench: Bench = {
  name: 'wear',
  run() {
    const startedMs = performance.now();
    const { flash, layout } = live();
    const seconds = (performance.now() - startedMs) / 1_000;
    const worst = (regions: readonly Region[]): number => (worstOf(flash, regions) / ENDURANCE_CYCLES) * 100;
    const { A, B } = layout.slots;
    const regions: Record<string, readonly Region[]> = {
      settings: layout.settings.flat(),
      events: layout.events,
      manifests: [A.manifest, B.manifest],
      commits: [...A.commits, ...B.commits],
      chunks: [A.chunks, B.chunks],
    };
    const byRegion = Object.entries(regions).map(([name, all]): Figure => ({
      name: `flash.wear_15y.${name}`,
      value: worst(all),
      unit: '%',
      kind: 'ratio',
    }));
    return Promise.resolve([
      {
        name: 'flash.wear_15y',
        value: worst(Object.values(regions).flat()),
        unit: '%',
        kind: 'ratio',
        atMost: WEAR_MAX_PERCENT,
      },
      ...byRegion,
      {
        name: 'flash.wear_times_faster',
        value: (DAYS * DAY_S) / seconds,
        unit: '',
        kind: 'absolute',
        atLeast: TIMES_FASTER_MIN,
      },
    ]);
  },
};

/** A clock that is moved by hand and rings for nobody: what happens when is told below. */
class HandClock implements Clock {
  #ms = 0;
  nowMs = (): number => 1_772_355_600_000 + this.#ms;
  monotonicMs = (): number => this.#ms;
  after = (): { cancel(): void } => ({ cancel: () => undefined });
  advance(ms: number): void {
    this.#ms += ms;
  }
}

function live(): { readonly flash: FlashImage; readonly layout: StorageLayout } {
  const clock = new HandClock();
  const set = aSignedSet({ rows: 60 });
  const layout = layOut({ capacityChunks: CHUNKS });
  const image = new FlashImage(layout.geometry);
  const power = new PowerSupply();
  const firmware = new Firmware({
    engine: nodeEngine,
    clock,
    random: seededRandom('wear'),
    flash: new NorFlash({ store: image, power, timing: NO_TIMING }),
    secure: new SecureElement(new MemorySecureStore(secureContentsOf(set.lock, set.keySet)), power),
    layout,
    model: { capacityRows: 127, firmware: 1 },
    hardware: new DoorHardware(DEFAULT_PROFILE, clock),
    rtc: new DeviceRtc(new MemoryRtcStore(manufacturedRtc(clock.nowMs())), clock),
    restart: () => undefined,
    onShownChange: () => undefined,
    advert: () => ({ bytes: new Uint8Array(16), nonce: new Uint8Array(4) }),
  });
  const chunks = packTable(set.headBytes, set.rows);
  if (chunks.length !== CHUNKS) throw new Error(`${chunks.length} chunks, not ${CHUNKS}`);
  const { storage, access } = firmware;
  const { events, settings } = storage;
  const sync = (tableVersion: number): void => {
    const triple = { ...set.triple, tableVersion };
    const manifestBytes = set.manifestBytes.slice();
    // As another version would differ; what is signed was checked before storage sees it.
    new DataView(manifestBytes.buffer).setUint32(0, tableVersion);
    const manifestHash = nodeEngine.sha256(manifestBytes) as Hash;
    const stage = storage.openStage({ ...set.manifest, triple, manifestHash }, manifestBytes);
    chunks.forEach((plaintext, index) => stage.writeChunk(index, plaintext));
    const result = storage.commit(stage, set.manifest);
    if (result.outcome !== 'committed') throw new Error(`commit: ${result.outcome}`);
    const { bootCount } = settings.values;
    const timeS = Math.floor(clock.nowMs() / 1_000);
    const data = committedData(triple);
    events.append({ type: 'tableCommitted', bootCount, timeS, clockTrust: 'trusted', data });
  };
  let version = 0;
  for (let day = 0; day < DAYS; day++) {
    for (let moment = 0; moment < MOMENTS_A_DAY; moment++) {
      clock.advance((DAY_S * 1_000) / MOMENTS_A_DAY);
      const isRefusal = moment % (MOMENTS_A_DAY / REFUSALS_A_DAY) === 0;
      const code = isRefusal ? WRONG_CODE : (set.codes[moment] ?? '');
      const wanted = isRefusal || version === 0 ? 'refused' : 'open';
      const { outcome, reason } = access.enterCode(code);
      if (outcome !== wanted) throw new Error(`${wanted} on day ${day}, and it was ${reason}`);
      if (moment % Math.ceil(MOMENTS_A_DAY / SYNCS_A_DAY) === 0) sync(++version);
    }
    events.acknowledge(events.lastSequence);
  }
  firmware.stop();
  if (version !== DAYS * SYNCS_A_DAY) throw new Error(`${version} syncs in ${DAYS} days`);
  return { flash: image, layout };
}

const worstOf = (flash: FlashImage, regions: readonly Region[]): number =>
  Math.max(
    ...regions.flatMap(({ sector, sectors }) =>
      Array.from({ length: sectors }, (_, i) => flash.eraseCount(sector + i)),
    ),
  );
