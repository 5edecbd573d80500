// One request and its whole answer over node:http, on connections that are kept: fetch costs several times as much processor
// time as the rest of a call, of which a sync makes five. No redirect is followed, and nothing is sent twice but a GET whose
// kept connection was closed before a byte of its answer came: it goes once more, on a connection of its own.
import http from 'node:http';
import https from 'node:https';
import { deferred } from '#protocol/ports/deferred.ts';

export interface HttpRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
  /** Of the answer's body. */
  readonly maxBytes: number;
  /** Of the answer: its head, and each part of its body. */
  readonly onPart?: () => void;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** Undefined where there are more than were asked for; the connection is dropped then. */
  readonly bytes: Uint8Array | undefined;
}

export interface Exchange {
  /** Rejects with the system's error, and once it is cancelled. */
  readonly answer: Promise<HttpAnswer>;
  /** Idempotent, also where the answer is there. */
  cancel(): void;
}

/** Shorter than servers keep one, which is 5 s by Node's default: one closed as it is used again fails all calls but a GET. */
const KEPT_MS = 4_000;
const AGENT = { keepAlive: true, timeout: KEPT_MS };
const agents = { http: new http.Agent(AGENT), https: new https.Agent(AGENT) };

export function beginExchange(url: URL, { method, headers, body, maxBytes, onPart }: HttpRequest): Exchange {
  const whole = deferred<HttpAnswer>();
  /** The answer is whole, or nobody waits for it. */
  let isOver = false;
  let request = send('kept');
  return {
    answer: whole.promise,
    cancel() {
      if (isOver) return;
      isOver = true;
      whole.reject(new Error('the call was cancelled'));
      request.destroy();
    },
  };

  function send(connection: 'kept' | 'fresh'): http.ClientRequest {
    const isFresh = connection === 'fresh';
    const options = { method, headers };
    const sent =
      url.protocol === 'https:'
        ? https.request(url, { ...options, agent: isFresh ? false : agents.https })
        : http.request(url, { ...options, agent: isFresh ? false : agents.http });
    let bytesBefore = 0;
    sent.on('socket', ({ bytesRead }) => (bytesBefore = bytesRead));
    sent.on('error', (error) => {
      if (!isOver && method === 'GET' && wasClosedUnanswered(sent, error, bytesBefore))
        request = send('fresh');
      else whole.reject(error);
    });
    // Nobody asked for another protocol; without a listener Node hangs up without a word.
    sent.on('upgrade', ({ statusCode: status = 0, headers: given }, socket) => {
      socket.destroy();
      whole.resolve({ status, headers: given, bytes: new Uint8Array() });
    });
    sent.on('response', (response) => {
      onPart?.();
      const { statusCode: status = 0, headers: given } = response;
      const parts: Uint8Array[] = [];
      let bytes = 0;
      response.on('data', (part: Buffer) => {
        onPart?.();
        bytes += part.length;
        if (bytes <= maxBytes) return void parts.push(part);
        whole.resolve({ status, headers: given, bytes: undefined });
        sent.destroy();
      });
      response.on('end', () => {
        isOver = true;
        whole.resolve({ status, headers: given, bytes: Uint8Array.from(Buffer.concat(parts)) });
      });
      response.on('error', (error) => whole.reject(error));
    });
    if (body === undefined) sent.end();
    else sent.end(body);
    return sent;
  }
}

/** The kept connection was closed before a byte of this answer came. Never so of a fresh one, so that a second try is the last. */
function wasClosedUnanswered(
  { reusedSocket, socket }: http.ClientRequest,
  error: NodeJS.ErrnoException,
  bytesBefore: number,
): boolean {
  return (
    reusedSocket &&
    (error.code === 'ECONNRESET' || error.code === 'EPIPE') &&
    socket?.bytesRead === bytesBefore
  );
}
