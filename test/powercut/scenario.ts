// What a scenario is: how the machine is prepared, what happens to it while the power may go, and what an honest
// courier brings it to in the end. What must hold at any cut is the same for all of them: invariants.ts.
import type { FlashImage } from '#lock-sim/flash/flash-image.ts';
import type { SecureContents } from '#lock-sim/secure-element/secure-contents.ts';
import type { StorageLayout, StorageSize } from '#lock-sim/storage/layout.ts';
import type { BuiltSet } from '#test/builders/signed-set.ts';
import type { World } from './world.ts';

export interface Scenario {
  /** As `--scenario` takes it. */
  readonly name: string;
  /** Before power comes; in words, the machine that the cuts fall on. */
  readonly machine: string;
  /** What goes on while the power may go, boot included. */
  readonly happens: string;
  /** Beyond the invariants. */
  readonly holds?: string;
  /** By default three chunks on the usual part, with the smallest event ring. */
  readonly size?: Partial<StorageSize>;
  /** By default activated under key set 1. */
  readonly activated?: boolean;
  /** Tears an operation; the whole list where left out. */
  readonly tears?: number;
  /** The newest set: what an honest courier ends with. */
  readonly goal: BuiltSet;
  prepare?(world: World): void;
  /** What befalls the parts while the power is off. */
  befall?(parts: Parts): Parts;
  play(world: World): void;
  /** Of a lock that was cut and then brought to the goal; what is broken, in words. */
  afterwards?(world: World): string | undefined;
}

/** All that outlives the power. */
export interface Parts {
  readonly image: FlashImage;
  readonly contents: SecureContents;
  readonly layout: StorageLayout;
}

export const SMALLEST: StorageSize = { capacityChunks: 3, eventBlocks: 3 };

export const sizeOf = ({ size }: Scenario): StorageSize => ({ ...SMALLEST, ...size });
