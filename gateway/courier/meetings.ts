// Meets a lock, and again where the link or the lock went down, until something has come of it or nothing comes of it any
// more. It ends by its own limits or at the signal's, and leaves no link behind.
import type { Clock } from '#protocol/ports/clock.ts';
import type { CentralLink, ConnectOptions } from '#radio/ports/central.ts';
import type { RadioError, RadioErrorCode } from '#radio/ports/errors.ts';
import { DOOR_SYNC_SERVICE } from '#protocol/sync/gatt.ts';
import {
  CONNECT_DEADLINE_MS,
  CONNECTIONS_MAX,
  FRUITLESS_CONNECTIONS_MAX,
  RECONNECT_DELAY_MS,
  UNMET_CONNECTIONS_MAX,
} from './courier-limits.ts';
import { isMeetingFailure } from './meeting-failure.ts';
import { pause } from './pause.ts';

export interface MeetingParts {
  readonly clock: Clock;
  /** Meets the lock, wherever it is by now. Rejects with RadioError. */
  readonly connect: (options: ConnectOptions) => Promise<CentralLink>;
  readonly signal: AbortSignal;
}

/** What a meeting leads to. */
export type Verdict<E> =
  | { readonly go: 'end'; readonly end: E }
  /** What was in the way is over by the next meeting, or would be met there as well. */
  | { readonly go: 'on'; readonly hasMoved: boolean }
  /** It failed; `last` where the next does no better. */
  | { readonly go: 'again'; readonly last: E; readonly hasMoved: boolean };

/** What is done at each meeting. */
export interface MeetingPlan<R, E> {
  /** Beside deadline and services. */
  connectWith?(): Pick<ConnectOptions, 'mtuMax' | 'gattTable'>;
  over(link: CentralLink): Promise<R>;
  /** Asked once the link is down. */
  judge(result: R): Verdict<E> | Promise<Verdict<E>>;
  /** What is worth keeping even where nobody waits for it any more. */
  isProof(result: R): boolean;
}

export type MeetingsEnd =
  /** Never met. */
  | { readonly result: 'unreachable'; readonly code: RadioErrorCode; readonly detail: string }
  | { readonly result: 'link-lost'; readonly detail: string }
  | { readonly result: 'cancelled' };

export class Meetings {
  readonly #parts: MeetingParts;
  #connections = 0;

  constructor(parts: MeetingParts) {
    this.#parts = parts;
  }

  /** Links that came up, the present one included. */
  get connections(): number {
    return this.#connections;
  }

  isCancelled(): boolean {
    return this.#parts.signal.aborted;
  }

  /** Rejects where the radio itself fails (no adapter, closed), and by what the plan rejects with. */
  async run<R, E>(plan: MeetingPlan<R, E>): Promise<E | MeetingsEnd> {
    let last: E | MeetingsEnd = { result: 'cancelled' };
    let fruitless = 0;
    let unmet = 0;
    for (let meetings = 0; meetings < CONNECTIONS_MAX; meetings++) {
      if (meetings > 0) await pause(this.#parts.clock, RECONNECT_DELAY_MS, this.#parts.signal);
      if (this.isCancelled()) return { result: 'cancelled' };
      const met = await this.#meet(plan);
      unmet = met.is === 'met' ? 0 : unmet + 1;
      if (this.isCancelled() && !(met.is === 'met' && plan.isProof(met.result)))
        return { result: 'cancelled' };
      const verdict: Verdict<E | MeetingsEnd> =
        met.is === 'met'
          ? await plan.judge(met.result)
          : { go: 'again', last: this.#unmet(met.error), hasMoved: false };
      if (verdict.go === 'end') return verdict.end;
      if (verdict.hasMoved) fruitless = 0;
      if (verdict.go === 'on') continue;
      last = verdict.last;
      if (!verdict.hasMoved) fruitless++;
      if (unmet >= UNMET_CONNECTIONS_MAX || fruitless >= FRUITLESS_CONNECTIONS_MAX) break;
    }
    return last;
  }

  async #meet<R, E>(
    plan: MeetingPlan<R, E>,
  ): Promise<
    { readonly is: 'met'; readonly result: R } | { readonly is: 'unmet'; readonly error: RadioError }
  > {
    const { connect, signal } = this.#parts;
    let link: CentralLink;
    try {
      link = await connect({
        deadlineMs: CONNECT_DEADLINE_MS,
        signal,
        // All that is said is said there; the rest would cost round trips at a first meeting.
        serviceUuids: [DOOR_SYNC_SERVICE],
        ...plan.connectWith?.(),
      });
    } catch (error) {
      if (!isMeetingFailure(error)) throw error;
      return { is: 'unmet', error };
    }
    this.#connections++;
    try {
      return { is: 'met', result: await plan.over(link) };
    } finally {
      await link.disconnect();
    }
  }

  #unmet({ code, message: detail }: RadioError): MeetingsEnd {
    return this.#connections === 0
      ? { result: 'unreachable', code, detail }
      : { result: 'link-lost', detail };
  }
}
