// A client of the live channel as a test has it: every frame parsed and kept, waited for one by one.
import WebSocket from 'ws';
import { LIVE_PATH, parseLiveServerMessage, type LiveServerMessage } from '#protocol/api/live.ts';
import { onTestFinished } from 'vitest';

type Of<T extends LiveServerMessage['type']> = Extract<LiveServerMessage, { type: T }>;

export class TestListener {
  readonly messages: LiveServerMessage[] = [];
  readonly socket: WebSocket;
  closed: number | undefined;
  #seen = 0;
  #wake: () => void = () => undefined;

  constructor(url: string, headers: Readonly<Record<string, string>>, path = LIVE_PATH) {
    this.socket = new WebSocket(url.replace(/^http/, 'ws') + path, { headers, perMessageDeflate: false });
    this.socket.on('message', (data: Buffer) => {
      const message = parseLiveServerMessage(data.toString('utf8'));
      if (message === undefined) throw new Error(`not a message: ${data.toString('utf8')}`);
      this.messages.push(message);
      if (message.type === 'ping') this.socket.send('{"type":"pong"}');
      this.#wake();
    });
    this.socket.on('close', (code) => {
      this.closed = code;
      this.#wake();
    });
    this.socket.on('error', () => undefined);
  }

  /** The next one of that type, behind those that were waited for. */
  async next<T extends LiveServerMessage['type']>(type: T): Promise<Of<T>> {
    for (;;) {
      while (this.#seen < this.messages.length) {
        const message = this.messages[this.#seen++]!;
        if (message.type === type) return message as Of<T>;
      }
      if (this.closed !== undefined) throw new Error(`closed with ${this.closed}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async end(): Promise<number> {
    while (this.closed === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.closed;
  }
}

/** Closed with the test. */
export function listen(url: string, token: string | undefined, headers: Record<string, string> = {}) {
  const listener = new TestListener(url, {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...headers,
  });
  onTestFinished(() => listener.socket.terminate());
  return listener;
}

/** The status of an upgrade that is refused, with its problem's code. */
export async function refusedUpgrade(
  url: string,
  headers: Readonly<Record<string, string>>,
  path = LIVE_PATH,
): Promise<[number, string]> {
  const socket = new WebSocket(url.replace(/^http/, 'ws') + path, { headers });
  return await new Promise((resolve, reject) => {
    socket.on('open', () => {
      socket.terminate();
      reject(new Error('it was let in'));
    });
    socket.on('error', () => undefined);
    socket.on('unexpected-response', (_request, response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.on('end', () =>
        resolve([response.statusCode ?? 0, (JSON.parse(text) as { code: string }).code]),
      );
    });
  });
}
