// A phone's channel with a lock over one link: the handshake, then commands one at a time, each with its answer. The
// handshake and the subscription go out in one breath. Whatever ends it ends the wait, and every later command. WIRE 14.
import {
  CHANNEL_MESSAGE,
  channelPrologue,
  decodeChannelAnswer,
  encodeChannelCommand,
  type ChannelAnswer,
  type ChannelCommand,
} from '#protocol/channel/channel-messages.ts';
import { X25519_BYTES, type CryptoEngine } from '#protocol/crypto/engine.ts';
import type { LockId } from '#protocol/ids.ts';
import { CHANNEL_HANDSHAKE_REST_MS } from '#protocol/limits.ts';
import { open, seal, type CipherState } from '#protocol/noise/cipher-state.ts';
import { readSecond, writeFirst, type AwaitingSecond } from '#protocol/noise/noise-ik.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import { withDeadline } from '#protocol/ports/deadline.ts';
import type { Random } from '#protocol/ports/random.ts';
import type { ControlMessage } from '#protocol/sync/fragments.ts';
import { CHANNEL } from '#protocol/sync/gatt.ts';
import { decodeRefusal } from '#protocol/sync/messages.ts';
import { LockRefusal } from '#protocol/sync/refusals.ts';
import { WireError, type WireErrorCode } from '#protocol/wire-error.ts';
import type { CentralLink } from '#radio/ports/central.ts';
import { RadioError } from '#radio/ports/errors.ts';
import { ControlLink } from './control-link.ts';
import * as limits from './courier-limits.ts';

export interface ChannelJob {
  readonly engine: CryptoEngine;
  readonly lockId: LockId;
  readonly ownershipEpoch: number;
  /** The lock's, X25519, as the cloud gave it. */
  readonly channelKey: Uint8Array;
  /** The phone's own, X25519. */
  readonly phoneSecret: Uint8Array;
}

export interface ChannelOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
}

export type ChannelFailure =
  | { readonly result: 'refused'; readonly error: LockRefusal }
  | { readonly result: 'timed-out'; readonly awaited: 'handshake' | 'answer' }
  | { readonly result: 'link-lost'; readonly detail: string }
  /** At the signal. */
  | { readonly result: 'cancelled' }
  | { readonly result: 'garbled'; readonly code: WireErrorCode; readonly detail: string };

/** Thrown by every wait on a channel that is over. */
export class ChannelOver extends Error {
  readonly failure: ChannelFailure;

  constructor(failure: ChannelFailure) {
    super(failure.result);
    this.failure = failure;
  }
}

const NOTHING = new Uint8Array(0);

export class PhoneChannel {
  readonly #control: ControlLink;
  readonly #job: ChannelJob;
  readonly #options: ChannelOptions;
  readonly #arrived: ControlMessage[] = [];
  readonly #onAbort = (): void => {
    this.#end({ result: 'cancelled' });
  };
  #over: ChannelOver | undefined;
  #wake: (() => void) | undefined;
  #sending: CipherState | undefined;
  #receiving: CipherState | undefined;
  #number = 0;

  private constructor(link: CentralLink, job: ChannelJob, options: ChannelOptions) {
    this.#control = new ControlLink(link, CHANNEL);
    this.#job = job;
    this.#options = options;
    options.signal.addEventListener('abort', this.#onAbort);
    if (options.signal.aborted) this.#onAbort();
    void link.closed.then(() => this.#end({ result: 'link-lost', detail: 'the link dropped' }));
  }

  /** Throws ChannelOver; the link is left to the caller, as it is when the channel is over. */
  static async open(link: CentralLink, job: ChannelJob, options: ChannelOptions): Promise<PhoneChannel> {
    const channel = new PhoneChannel(link, job, options);
    try {
      await channel.#open();
      return channel;
    } catch (error) {
      throw channel.#ended(error);
    }
  }

  /** One at a time. Throws ChannelOver; what became of the command is not known then, unless the lock refused it. */
  async command(kind: ChannelCommand['kind']): Promise<ChannelAnswer> {
    try {
      return await this.#command(kind);
    } catch (error) {
      throw this.#ended(error);
    }
  }

  /** No more commands; the link stays. */
  close(): void {
    this.#end({ result: 'link-lost', detail: 'the channel was closed' });
  }

  async #open(): Promise<void> {
    for (let opening = 1; ; opening++) {
      const state = this.#sayFirst();
      if (opening === 1) this.#listen();
      const message = await this.#next('handshake', limits.CHANNEL_OPEN_DEADLINE_MS);
      if (message.type === CHANNEL_MESSAGE.opened) {
        const { established } = readSecond(this.#job.engine, state, message.body);
        this.#sending = established.fromInitiator;
        this.#receiving = established.fromResponder;
        return;
      }
      const error = refusalOf(message);
      const waits = error.code === 'CHANNEL_BUSY' && opening < limits.CHANNEL_OPENINGS_MAX;
      if (!waits) throw new ChannelOver({ result: 'refused', error });
      await this.#rest();
    }
  }

  #sayFirst(): AwaitingSecond {
    const { engine, lockId, ownershipEpoch, channelKey, phoneSecret } = this.#job;
    const keys = {
      prologue: channelPrologue(lockId, ownershipEpoch),
      staticSecret: phoneSecret,
      ephemeralSecret: this.#options.random.bytes(X25519_BYTES),
      remoteStatic: channelKey,
    };
    const { message, state } = writeFirst(engine, keys, NOTHING);
    this.#say(CHANNEL_MESSAGE.open, message);
    return state;
  }

  async #command(kind: ChannelCommand['kind']): Promise<ChannelAnswer> {
    if (this.#over !== undefined) throw this.#over;
    const { engine } = this.#job;
    if (this.#sending === undefined || this.#receiving === undefined)
      throw new WireError('OUT_OF_SEQUENCE', 'a command before the handshake');
    const number = ++this.#number;
    const { cipher, bytes } = seal(engine, this.#sending, NOTHING, encodeChannelCommand({ number, kind }));
    this.#sending = cipher;
    this.#say(CHANNEL_MESSAGE.command, bytes);
    const message = await this.#next('answer', limits.CHANNEL_ANSWER_DEADLINE_MS);
    if (message.type !== CHANNEL_MESSAGE.answer)
      throw new ChannelOver({ result: 'refused', error: refusalOf(message) });
    const opened = open(engine, this.#receiving, NOTHING, message.body);
    this.#receiving = opened.cipher;
    const answer = decodeChannelAnswer(opened.bytes);
    if (answer.number !== number)
      throw new WireError('OUT_OF_SEQUENCE', `an answer to command ${answer.number}, not ${number}`);
    return answer;
  }

  #say(type: number, body: Uint8Array): void {
    this.#control.send(type, body).catch((error: unknown) => this.#ended(error));
  }

  #listen(): void {
    const listener = {
      onMessage: (message: ControlMessage): void => this.#take(message),
      onGarbled: ({ code, message }: WireError): void => {
        this.#end({ result: 'garbled', code, detail: message });
      },
    };
    this.#control
      .listen(listener, limits.CHANNEL_OPEN_DEADLINE_MS)
      .catch((error: unknown) => this.#ended(error));
  }

  #take(message: ControlMessage): void {
    if (this.#over !== undefined) return;
    if (this.#arrived.length >= limits.UNHEARD_MESSAGES_MAX) {
      this.#arrived.length = 0;
      this.#ended(new WireError('LIMIT_EXCEEDED', 'the lock says more than it was asked'));
      return;
    }
    this.#arrived.push(message);
    this.#wake?.();
  }

  #next(awaited: 'handshake' | 'answer', deadlineMs: number): Promise<ControlMessage> {
    const late = (): Error => new ChannelOver({ result: 'timed-out', awaited });
    return withDeadline(this.#options.clock, deadlineMs, this.#heard(), late);
  }

  async #heard(): Promise<ControlMessage> {
    for (;;) {
      // What came before the link went is an answer all the same.
      const message = this.#arrived.shift();
      if (message !== undefined) return message;
      if (this.#over !== undefined) throw this.#over;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #rest(): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.clock.after(CHANNEL_HANDSHAKE_REST_MS, () => over());
      const over = (): void => {
        timer.cancel();
        resolve();
      };
      this.#wake = over;
      if (this.#over !== undefined) over();
    });
  }

  /** What the radio or a parser threw, as the end of this channel; a defect goes on as it is. */
  #ended(error: unknown): Error {
    if (error instanceof ChannelOver) this.#end(error.failure);
    else if (error instanceof WireError)
      this.#end({ result: 'garbled', code: error.code, detail: error.message });
    else if (error instanceof RadioError) this.#end(failureOfRadio(error));
    else return error instanceof Error ? error : new Error(String(error));
    return this.#over ?? new ChannelOver({ result: 'link-lost', detail: 'it was closed' });
  }

  #end(failure: ChannelFailure): void {
    if (this.#over === undefined) {
      this.#over = new ChannelOver(failure);
      this.#options.signal.removeEventListener('abort', this.#onAbort);
    }
    this.#wake?.();
  }
}

function refusalOf({ type, body }: ControlMessage): LockRefusal {
  if (type !== CHANNEL_MESSAGE.refusal)
    throw new WireError('UNKNOWN_MESSAGE', `message ${type} means nothing on a channel now`);
  const { code, detail } = decodeRefusal(body);
  return new LockRefusal(code, detail);
}

/** An error that the peer answers means that it has no such characteristic, or that kept handles are another's. */
const failureOfRadio = (error: RadioError): ChannelFailure =>
  error.code === 'ATT_ERROR' || error.code === 'NO_CHARACTERISTIC'
    ? { result: 'garbled', code: 'UNKNOWN_MESSAGE', detail: error.message }
    : { result: 'link-lost', detail: error.message };
