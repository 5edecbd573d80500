// The lock that a hub is built into, as a port: they share a housing, and nothing of this goes over the air.
import type { LockId } from '#protocol/ids.ts';
import type { CentralLink, ConnectOptions } from '#radio/ports/central.ts';
import type { OwnLockState } from './hub-state.ts';

export interface OwnLock {
  readonly lockId: LockId;
  /** Undefined while it has no power. */
  look(): (OwnLockState & { readonly advertisingKey: Uint8Array }) | undefined;
  /** The live proof over that nonce; undefined where there is nobody to prove anything to. */
  prove(nonce: Uint8Array): Uint8Array | undefined;
  /** A link to it, as a courier's. Rejects with RadioError. */
  connect(options: ConnectOptions): Promise<CentralLink>;
}
