// How many handshakes a lock computes: each costs it five products on the curve, whoever asks. A few at once, then one in
// each rest; who is told to wait keeps the connection meanwhile, so nobody is locked out by others. In memory: a reboot
// begins anew.
import { CHANNEL_HANDSHAKE_REST_MS, CHANNEL_HANDSHAKES_MAX } from '#protocol/limits.ts';

export class HandshakeBudget {
  #spent = 0;
  #countedAtMs = 0;

  /** True where one may be computed, which counts. `nowMs` of the monotonic clock. */
  take(nowMs: number): boolean {
    const rests = Math.floor((nowMs - this.#countedAtMs) / CHANNEL_HANDSHAKE_REST_MS);
    this.#spent = Math.max(0, this.#spent - rests);
    this.#countedAtMs = this.#spent === 0 ? nowMs : this.#countedAtMs + rests * CHANNEL_HANDSHAKE_REST_MS;
    if (this.#spent >= CHANNEL_HANDSHAKES_MAX) return false;
    this.#spent++;
    return true;
  }
}
