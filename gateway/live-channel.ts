// The live channel as a client has it: one WebSocket, frames parsed, and one word of how it ended. It never tries again by
// itself. The cloud's frames are bounded before they are read.
import { WebSocket } from 'ws';
import {
  encodeLiveMessage,
  LIVE_CLOSE,
  LIVE_FRAME_MAX_BYTES,
  LIVE_PATH,
  parseLiveServerMessage,
  type LiveClientMessage,
  type LiveServerMessage,
} from '#protocol/api/live.ts';
import type { Clock } from '#protocol/ports/clock.ts';

/** From the call to an open channel. */
export const CHANNEL_DEADLINE_MS = 10_000;

/** Why it came to nothing. */
export interface ChannelFailure {
  /** The token is not taken, or no longer: another one is what may help. */
  readonly isRefused: boolean;
  readonly detail: string;
}

export interface LiveListener {
  readonly onMessage: (message: LiveServerMessage) => void;
  /** Once, and the last call. Not after `close`. */
  readonly onClosed: (why: ChannelFailure) => void;
}

export interface LiveChannel {
  /** Nothing where it is not open. */
  send(message: LiveClientMessage): void;
  /** Idempotent. The listener hears no more. */
  close(): void;
}

const UNAUTHORIZED = 401;
const FORBIDDEN = 403;

/** `baseUrl`: of the cloud, as for its routes. */
export function openLiveChannel(
  baseUrl: string,
  token: string,
  clock: Clock,
  listener: LiveListener,
): LiveChannel {
  // The token goes to one place alone: redirects are refused, as on every route.
  const socket = new WebSocket(`${baseUrl.replace(/^http/, 'ws')}${LIVE_PATH}`, {
    headers: { authorization: `Bearer ${token}` },
    perMessageDeflate: false,
    followRedirects: false,
    maxPayload: LIVE_FRAME_MAX_BYTES,
  });
  let isOver = false;
  const over = (): void => {
    isOver = true;
    deadline.cancel();
    socket.terminate();
  };
  const end = (isRefused: boolean, detail: string): void => {
    if (isOver) return;
    over();
    listener.onClosed({ isRefused, detail });
  };
  const deadline = clock.after(CHANNEL_DEADLINE_MS, () => end(false, 'the cloud gave no answer in time'));
  socket.on('open', () => deadline.cancel());
  socket.on('unexpected-response', (_request, response) => {
    const status = response.statusCode ?? 0;
    const isRefused = status === UNAUTHORIZED || status === FORBIDDEN;
    end(isRefused, isRefused ? 'the token is not taken' : `no live channel there (status ${status})`);
  });
  socket.on('error', () => end(false, 'the cloud cannot be reached'));
  socket.on('close', (code) => end(code === LIVE_CLOSE.tokenEnded, wordsOf(code)));
  socket.on('message', (data, isBinary) => {
    if (isOver) return;
    const message = isBinary || !Buffer.isBuffer(data) ? undefined : parseLiveServerMessage(data.toString());
    // A later cloud may say more than this program knows; the next hello has what matters.
    if (message !== undefined) listener.onMessage(message);
  });
  return {
    send(message) {
      if (!isOver && socket.readyState === WebSocket.OPEN) socket.send(encodeLiveMessage(message));
    },
    close() {
      if (isOver) return;
      if (socket.readyState === WebSocket.OPEN) socket.close(LIVE_CLOSE.goingAway);
      over();
    },
  };
}

function wordsOf(code: number): string {
  switch (code) {
    case LIVE_CLOSE.tokenEnded:
      return 'the token is over';
    case LIVE_CLOSE.goingAway:
      return 'the cloud stops';
    default:
      return `the channel was closed (${code})`;
  }
}
