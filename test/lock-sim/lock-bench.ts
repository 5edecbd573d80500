// A lock on the bench: the whole firmware in virtual time on a hand-made radio, on flash and a secure element that
// a test can copy, exchange and look into.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { invariant } from '#protocol/errors.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { silentLog, type Log } from '#protocol/ports/log.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import type { RtcStore } from '#lock-sim/clock/device-rtc.ts';
import { FlashImage } from '#lock-sim/flash/flash-image.ts';
import type { FlashStore } from '#lock-sim/flash/flash-store.ts';
import { NO_TIMING, type FlashTiming } from '#lock-sim/flash/nor-flash.ts';
import type { PowerSupply } from '#lock-sim/flash/power-supply.ts';
import { openLock, type Lock } from '#lock-sim/lock.ts';
import type { Profile } from '#lock-sim/mechanics/profile.ts';
import type { SecureContents } from '#lock-sim/secure-element/secure-contents.ts';
import { MemorySecureStore } from '#lock-sim/secure-element/secure-element.ts';
import type { EventRow } from '#lock-sim/storage/event-row.ts';
import { layOut, type StorageLayout, type StorageSize } from '#lock-sim/storage/layout.ts';
import { aKeySet, type BuiltKeySet } from '#test/builders/key-set.ts';
import { aLock, type BuiltLock } from '#test/builders/lock.ts';
import { secureContentsOf } from '#test/builders/running-lock.ts';
import { HandRadio } from './hand-radio.ts';

export interface Bench {
  readonly clock: VirtualClock;
  readonly radio: HandRadio;
  readonly built: BuiltLock;
  readonly keySet: BuiltKeySet;
  readonly lock: Lock;
  readonly layout: StorageLayout;
  readonly flash: FlashStore;
  /** A copy of the flash in memory, as a thief or a test takes it. Throws where the flash is another store. */
  image(): FlashImage;
  readonly secure: MemorySecureStore;
  /** All rows of the event log that are there. */
  events(): EventRow[];
}

export interface BenchOptions {
  /** By default activated by `keySet`. */
  readonly activated?: boolean;
  readonly capacityChunks?: number;
  /** The shape of the flash; the usual one where it is left out. */
  readonly size?: Omit<StorageSize, 'capacityChunks'>;
  readonly newSupply?: () => PowerSupply;
  readonly timing?: FlashTiming;
  readonly profile?: Profile;
  /** The clock part's memory; that of a lock made now where it is left out. */
  readonly rtc?: RtcStore;
  readonly engine?: CryptoEngine;
  readonly log?: Log;
  readonly built?: BuiltLock;
  readonly keySet?: BuiltKeySet;
  /** What an earlier bench left. */
  readonly flash?: FlashStore;
  readonly contents?: SecureContents;
  /** Where the contents are kept, for who looks into them before the first boot. */
  readonly secure?: MemorySecureStore;
}

export async function aBench(options: BenchOptions = {}): Promise<Bench> {
  const { activated = true, capacityChunks = 9, timing = NO_TIMING, engine = nodeEngine } = options;
  const { built = aLock(), keySet = aKeySet() } = options;
  const layout = layOut({ ...options.size, capacityChunks });
  const { flash = new FlashImage(layout.geometry) } = options;
  const { contents = secureContentsOf(built, activated ? keySet : undefined) } = options;
  const clock = new VirtualClock();
  const radio = new HandRadio(clock);
  const { secure = new MemorySecureStore(contents), log = silentLog } = options;
  const lock = await openLock({
    peripheral: radio,
    engine,
    clock,
    random: seededRandom('bench'),
    log,
    flash,
    secure,
    layout,
    timing,
    ...(options.newSupply === undefined ? {} : { newSupply: options.newSupply }),
    ...(options.rtc === undefined ? {} : { rtc: options.rtc }),
    ...(options.profile === undefined ? {} : { profile: options.profile }),
    model: { capacityRows: Math.max(1, (capacityChunks - 1) * 127), firmware: built.firmware },
  });
  const events = (): EventRow[] => [...(lock.firmware?.storage.events.read(1) ?? [])];
  const image = (): FlashImage => {
    invariant(flash instanceof FlashImage, 'the flash is an image in memory');
    return flash.snapshot();
  };
  return { clock, radio, built, keySet, lock, layout, flash, image, secure, events };
}

/** Rows of one kind. */
export const eventsOf = (bench: Bench, type: EventRow['type']): EventRow[] =>
  bench.events().filter((row) => row.type === type);
