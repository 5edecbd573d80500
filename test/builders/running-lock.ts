// A lock that runs: real firmware on flash in memory, on whichever radio the test hands in. Its secrets are those
// of `aLock`, so that `aSignedSet({ lock })` is meant for it.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import { silentLog } from '#protocol/ports/log.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import type { Peripheral } from '#radio/ports/peripheral.ts';
import { FlashImage } from '#lock-sim/flash/flash-image.ts';
import { NO_TIMING, type FlashTiming } from '#lock-sim/flash/nor-flash.ts';
import { openLock, type Lock } from '#lock-sim/lock.ts';
import { MemorySecureStore } from '#lock-sim/secure-element/secure-element.ts';
import { manufacture, type SecureContents } from '#lock-sim/secure-element/secure-contents.ts';
import { layOut } from '#lock-sim/storage/layout.ts';
import { aKeySet, type BuiltKeySet } from './key-set.ts';
import { aLock, type BuiltLock } from './lock.ts';

export interface RunningLockOptions {
  readonly peripheral: Peripheral;
  readonly clock: Clock;
  readonly lock?: BuiltLock;
  readonly keySet?: BuiltKeySet;
  /** False: as it leaves the factory. */
  readonly activated?: boolean;
  readonly engine?: CryptoEngine;
  readonly timing?: FlashTiming;
  readonly capacityChunks?: number;
}

export interface RunningLock {
  readonly lock: Lock;
  readonly built: BuiltLock;
  readonly flash: FlashImage;
  readonly secure: MemorySecureStore;
}

export async function aRunningLock(options: RunningLockOptions): Promise<RunningLock> {
  const { peripheral, clock, activated = true, engine = nodeEngine, timing = NO_TIMING } = options;
  const { lock: built = aLock(), keySet = aKeySet(), capacityChunks = 26 } = options;
  const layout = layOut({ capacityChunks });
  const flash = new FlashImage(layout.geometry);
  const secure = new MemorySecureStore(secureContentsOf(built, activated ? keySet : undefined));
  const lock = await openLock({
    peripheral,
    engine,
    clock,
    random: seededRandom(`lock ${built.lockId.join('.')}`),
    log: silentLog,
    flash,
    secure,
    layout,
    timing,
    model: { capacityRows: Math.max(1, (capacityChunks - 1) * 127), firmware: built.firmware },
  });
  return { lock, built, flash, secure };
}

/** With `keySet` activated at ownership epoch 1. */
export function secureContentsOf(built: BuiltLock, keySet: BuiltKeySet | undefined): SecureContents {
  const born: SecureContents = {
    ...manufacture(seededRandom('factory')),
    identitySeed: built.identity.seed,
    sealingSecret: built.sealingSecret,
    channelSecret: built.channelSecret,
  };
  if (keySet === undefined) return born;
  const keyEpoch = keySet.keySet.number;
  return {
    ...born,
    owner: { doorId: built.doorId, ownershipEpoch: 1, keySetBytes: keySet.bytes },
    lockSecrets: built.secrets,
    floor: { triple: { ownershipEpoch: 1, keyEpoch, tableVersion: 0 }, tableHash: null },
  };
}
