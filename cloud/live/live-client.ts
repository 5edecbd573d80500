// One subscriber of the live channel: what it was told last, whether it still answers, and whether it reads at all.
import {
  encodeLiveMessage,
  LIVE_CLOSE,
  LIVE_SILENCE_MS,
  parseLiveClientMessage,
  type LiveServerMessage,
} from '#protocol/api/live.ts';
import type { Principal } from '../accounts/tokens.ts';
import type { Rights } from '../domain/rights/rights.ts';
import type { Listener } from './audience.ts';

/** Beyond what one hello takes: whoever has not read as much is cut off, and finds all of it in the next hello. */
export const UNREAD_MAX_BYTES = 2 * 1024 * 1024;
/** In one round of heartbeats a client answers one ping, and says now and then what it has seen. */
export const FRAMES_A_ROUND_MAX = 2_000;

const PING = encodeLiveMessage({ type: 'ping' });

/** What it takes of a WebSocket. */
export interface LiveWire {
  send(text: string, onSent?: () => void): void;
  readonly bufferedAmount: number;
  close(code: number, reason: string): void;
  terminate(): void;
}

export class LiveClient implements Listener {
  readonly principal: Principal;
  rights: Rights;
  readonly #wire: LiveWire;
  #heardAtMs: number;
  #frames = 0;
  /** While it is being greeted: doors of which it must be told again afterwards. */
  #missed: Set<string> | undefined = new Set();

  constructor(principal: Principal, rights: Rights, wire: LiveWire, nowMs: number) {
    this.principal = principal;
    this.rights = rights;
    this.#wire = wire;
    this.#heardAtMs = nowMs;
  }

  send(message: LiveServerMessage): void {
    this.sendText(encodeLiveMessage(message));
  }

  sendText(text: string): void {
    if (this.#wire.bufferedAmount > UNREAD_MAX_BYTES) this.#wire.terminate();
    else this.#wire.send(text);
  }

  beginGreeting(): void {
    this.#missed ??= new Set();
  }

  /** The doors that changed meanwhile. */
  endGreeting(): string[] {
    const missed = [...(this.#missed ?? [])];
    this.#missed = undefined;
    return missed;
  }

  tellOf(doorId: string, texts: readonly string[]): void {
    if (this.#missed !== undefined) this.#missed.add(doorId);
    else for (const text of texts) this.sendText(text);
  }

  /** Until it has left for the network. */
  sendWhole(message: LiveServerMessage): Promise<void> {
    return new Promise((resolve) => this.#wire.send(encodeLiveMessage(message), resolve));
  }

  onFrame(frame: string | undefined, nowMs: number): void {
    this.#heardAtMs = nowMs;
    this.#frames++;
    const message = frame === undefined ? undefined : parseLiveClientMessage(frame);
    if (message === undefined || this.#frames > FRAMES_A_ROUND_MAX) {
      this.#wire.close(LIVE_CLOSE.notUnderstood, 'not a frame of this channel');
    }
  }

  onRound(nowMs: number): void {
    this.#frames = 0;
    if (nowMs - this.#heardAtMs > LIVE_SILENCE_MS) this.#wire.terminate();
    else this.sendText(PING);
  }

  onEnded(): void {
    this.#wire.close(LIVE_CLOSE.tokenEnded, 'the token has ended');
  }

  onGoingAway(): void {
    this.#wire.close(LIVE_CLOSE.goingAway, 'the server stops');
  }

  terminate(): void {
    this.#wire.terminate();
  }
}
