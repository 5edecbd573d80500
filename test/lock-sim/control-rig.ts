// A lock on the bench with its socket in a folder of its own, and flash that fails as a full disk does when told to.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#protocol/node/system-clock.ts';
import { BenchFlash, BenchTiming } from '#lock-sim/control/bench-flash.ts';
import { askLock } from '#lock-sim/control/client.ts';
import type { ControlRequest } from '#lock-sim/control/messages.ts';
import type { ReplyTo } from '#lock-sim/control/replies.ts';
import { serveControl } from '#lock-sim/control/server.ts';
import { FlashImage } from '#lock-sim/flash/flash-image.ts';
import { NO_TIMING } from '#lock-sim/flash/nor-flash.ts';
import { layOut } from '#lock-sim/storage/layout.ts';
import { StorageError } from '#lock-sim/storage/storage-error.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench, type Bench } from './lock-bench.ts';

/** In force there. */
export const one = aSignedSet({ tableVersion: 1, rows: 3 });

export class TroubledFlash extends BenchFlash {
  isFull = false;

  override write(address: number, bytes: Uint8Array): void {
    if (this.isFull)
      throw new StorageError('STORE_FAILED', 'flash.bin: no space left', { next: 'Make room.' });
    super.write(address, bytes);
  }
}

export interface ControlRig {
  readonly folder: string;
  readonly bench: Bench;
  readonly flash: TroubledFlash;
  readonly timing: BenchTiming;
  readonly ask: <R extends ControlRequest>(request: R) => Promise<ReplyTo<R['do']>>;
  /** Idempotent. */
  close(): Promise<void>;
}

export async function aControlRig(): Promise<ControlRig> {
  const folder = mkdtempSync(join(tmpdir(), 'doorlab-bench-'));
  const timing = new BenchTiming(NO_TIMING);
  const flash = new TroubledFlash(new FlashImage(layOut({ capacityChunks: 9 }).geometry));
  const bench = await aBench({ flash, timing, profile: 'mortise' });
  HandCourier.greeted(bench).deliver(one);
  const server = await serveControl({ ...bench, folder, flash, timing });
  return {
    folder,
    bench,
    flash,
    timing,
    ask: (request) => askLock(folder, request, systemClock),
    async close() {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
