// Where centrals and peripherals come from: an adapter, a served air, an air of this process, or memory. What opens
// one closes it, and all that it gave out with it.
import type { Central } from './central.ts';
import type { Peripheral } from './peripheral.ts';

export interface Radio {
  central(): Promise<Central>;
  peripheral(): Promise<Peripheral>;
  /** Closes all that it opened. Idempotent. */
  close(): Promise<void>;
}
