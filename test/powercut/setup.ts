// How a lock begins before anything has happened to it, and what of it outlives the power.
import type { FlashImage } from '#lock-sim/flash/flash-image.ts';
import type { SecureContents } from '#lock-sim/secure-element/secure-contents.ts';
import type { StorageLayout, StorageSize } from '#lock-sim/storage/layout.ts';

export interface Setup {
  /** By default three chunks on the usual part, with the smallest event ring. */
  readonly size?: Partial<StorageSize>;
  /** By default activated under key set 1. */
  readonly activated?: boolean;
}

/** All that outlives the power. */
export interface Parts {
  readonly image: FlashImage;
  readonly contents: SecureContents;
  readonly layout: StorageLayout;
}

const SMALLEST: StorageSize = { capacityChunks: 3, eventBlocks: 3 };

export const sizeOf = ({ size }: Setup): StorageSize => ({ ...SMALLEST, ...size });
