// Questions and answers with a lock, one at a time, over a control link. Whatever ends the talk ends the wait, and every
// later one. Who asks writes a plain row of questions.
import type { Clock } from '#protocol/ports/clock.ts';
import { withDeadline } from '#protocol/ports/deadline.ts';
import type { LockId } from '#protocol/ids.ts';
import { OF_NO_MESSAGE, type Refusal } from '#protocol/sync/messages.ts';
import { LockRefusal } from '#protocol/sync/refusals.ts';
import { WireError, type WireErrorCode } from '#protocol/wire-error.ts';
import { RadioError } from '#radio/ports/errors.ts';
import type { ControlLink, ControlListener } from './control-link.ts';
import { UNHEARD_MESSAGES_MAX } from './courier-limits.ts';
import { parseLockMessage, type LockMessage } from './lock-messages.ts';

/** What a lock answers a question with. */
export type Answer = Exclude<LockMessage['type'], 'refusal' | 'ack'>;

export type TalkEnd =
  | { readonly result: 'refused'; readonly refusal: Refusal }
  | { readonly result: 'timed-out'; readonly awaited: Answer }
  | { readonly result: 'link-lost'; readonly detail: string };

/** Thrown to leave a row of questions. What else a talk throws is a WireError or a RadioError. */
export class TalkEnded extends Error {
  readonly end: TalkEnd;

  constructor(end: TalkEnd) {
    super(end.result);
    this.end = end;
  }
}

/** What a row of questions comes to whose last was not answered. */
export type TalkFailure =
  | Exclude<TalkEnd, { readonly result: 'refused' }>
  | { readonly result: 'refused'; readonly error: LockRefusal }
  | { readonly result: 'garbled'; readonly code: WireErrorCode; readonly detail: string };

/** By what was thrown to leave it; a defect goes on as it is. */
export function talkFailureOf(error: unknown): TalkFailure {
  if (error instanceof TalkEnded) {
    const { end } = error;
    if (end.result !== 'refused') return end;
    return { result: 'refused', error: new LockRefusal(end.refusal.code, end.refusal.detail) };
  }
  if (error instanceof WireError) return { result: 'garbled', code: error.code, detail: error.message };
  if (error instanceof RadioError) return { result: 'link-lost', detail: error.message };
  throw error;
}

export interface TalkOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Of the link, what a talk needs. */
export type TalkControl = Pick<
  ControlLink,
  'send' | 'listen' | 'listenByReading' | 'handOver' | 'canNotify' | 'closed'
>;

export class Talk {
  /** While it is not known, a receipt is refused. */
  lockId: LockId | undefined;
  readonly #control: TalkControl;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => {
    this.#end(new TalkEnded({ result: 'link-lost', detail: 'it was cancelled' }));
  };
  readonly #listener: ControlListener = {
    onMessage: (message) => this.#take(parseLockMessage(message, this.lockId)),
    onGarbled: (error: WireError) => this.#end(error),
  };
  /** The type of what was said last; undefined: nothing yet. */
  #said: number | undefined;
  #arrived: LockMessage[] = [];
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(control: TalkControl, { clock, signal }: TalkOptions) {
    this.#control = control;
    this.#clock = clock;
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort);
    if (signal.aborted) this.#onAbort();
    void control.closed.then(() => {
      this.#end(new TalkEnded({ result: 'link-lost', detail: 'the link dropped' }));
    });
  }

  /** On a link that nobody listens on yet. */
  listen(deadlineMs: number): void {
    const listening = this.#control.canNotify
      ? this.#control.listen(this.#listener, deadlineMs)
      : this.#control.listenByReading(this.#listener, this.#clock);
    listening.catch((error: unknown) => this.#end(error as Error));
  }

  /** On a link that somebody has listened on who is done. */
  takeOver(): void {
    this.#control.handOver(this.#listener);
  }

  /** Nothing, once the talk has ended: nobody would hear the answer. */
  say(type: number, body: Uint8Array): void {
    if (this.#error !== undefined) return;
    this.#said = type;
    this.#control.send(type, body).catch((error: unknown) => this.#end(error as Error));
  }

  /** The next message of that type; others are passed over, but for a refusal of what was said last, or of no message. */
  async hear<T extends Answer>(
    type: T,
    deadlineMs: number,
  ): Promise<Extract<LockMessage, { readonly type: T }>> {
    const late = (): Error => new TalkEnded({ result: 'timed-out', awaited: type });
    return withDeadline(this.#clock, deadlineMs, this.#next(type), late);
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
  }

  async #next<T extends Answer>(type: T): Promise<Extract<LockMessage, { readonly type: T }>> {
    for (;;) {
      const message = this.#arrived.shift();
      if (message?.type === 'refusal' && this.#isMeant(message.refusal)) {
        throw new TalkEnded({ result: 'refused', refusal: message.refusal });
      }
      if (message?.type === type) return message as Extract<LockMessage, { readonly type: T }>;
      if (this.#error !== undefined) throw this.#error;
      if (message === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** One that comes late is of a question that was given up: it answers no other. */
  #isMeant({ ofType }: Refusal): boolean {
    return ofType === OF_NO_MESSAGE || ofType === this.#said;
  }

  #take(message: LockMessage): void {
    if (this.#error !== undefined) return;
    if (this.#arrived.length >= UNHEARD_MESSAGES_MAX) {
      this.#end(new WireError('LIMIT_EXCEEDED', 'the lock says more than it was asked'));
      return;
    }
    this.#arrived.push(message);
    this.#wake?.();
  }

  #end(error: Error): void {
    this.#error ??= error;
    // Why the lock ends a link is worth more than that it did, and a receipt is a proof whatever came behind it.
    this.#arrived = this.#arrived.filter(({ type }) => type === 'refusal' || type === 'receipt');
    this.#wake?.();
  }
}
