// One request and its whole answer over node:http, on connections that are kept: fetch costs several times as much processor
// time as the rest of a call, of which a sync makes five. No redirect is followed, and nothing is sent twice.
import http from 'node:http';
import https from 'node:https';
import { deferred } from '#protocol/ports/deferred.ts';

export interface HttpRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
  /** Of the answer's body. */
  readonly maxBytes: number;
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

/** Shorter than servers keep one, which is 5 s by Node's default: one that they close as it is used again fails a call. */
const KEPT_MS = 4_000;
const AGENT = { keepAlive: true, timeout: KEPT_MS };
const agents = { http: new http.Agent(AGENT), https: new https.Agent(AGENT) };

export function beginExchange(url: URL, { method, headers, body, maxBytes }: HttpRequest): Exchange {
  const options = { method, headers };
  const request =
    url.protocol === 'https:'
      ? https.request(url, { ...options, agent: agents.https })
      : http.request(url, { ...options, agent: agents.http });
  const whole = deferred<HttpAnswer>();
  let isWhole = false;
  request.on('error', (error) => whole.reject(error));
  // Nobody asked for another protocol; without a listener Node hangs up without a word.
  request.on('upgrade', ({ statusCode: status = 0, headers }, socket) => {
    socket.destroy();
    whole.resolve({ status, headers, bytes: new Uint8Array() });
  });
  request.on('response', (response) => {
    const { statusCode: status = 0, headers } = response;
    const parts: Uint8Array[] = [];
    let bytes = 0;
    response.on('data', (part: Buffer) => {
      bytes += part.length;
      if (bytes <= maxBytes) return void parts.push(part);
      whole.resolve({ status, headers, bytes: undefined });
      request.destroy();
    });
    response.on('end', () => {
      isWhole = true;
      whole.resolve({ status, headers, bytes: Uint8Array.from(Buffer.concat(parts)) });
    });
    response.on('error', (error) => whole.reject(error));
  });
  if (body === undefined) request.end();
  else request.end(body);
  return {
    answer: whole.promise,
    cancel() {
      if (isWhole) return;
      whole.reject(new Error('the call was cancelled'));
      request.destroy();
    },
  };
}
