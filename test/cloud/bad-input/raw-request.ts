// A request as any program could send it: paths, headers and bodies that fetch would mend or refuse.
import { Agent, request as httpRequest } from 'node:http';
import { afterAll } from 'vitest';

const SOCKETS_MAX = 8;
const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS_MAX });
afterAll(() => agent.destroy());

export interface RawRequest {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

const places = { asked: 0 };

/** Open routes have limits by place, and all of 127/8 is loopback on Linux. */
function fromElsewhere(): { localAddress?: string } {
  if (process.platform !== 'linux') return {};
  const at = places.asked++;
  return { localAddress: `127.${1 + (at >> 16)}.${(at >> 8) & 0xff}.${1 + (at & 0x7f)}` };
}

/** By hand: fetch mends paths and refuses headers that a program of its own may well send. */
export function send(
  url: string,
  method: string,
  one: RawRequest,
  token: string | undefined,
): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(url);
  const { body = '', headers = {} } = one;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      {
        ...(token === undefined ? { agent: false as const, ...fromElsewhere() } : { agent }),
        hostname,
        port,
        method,
        path: one.path,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(method === 'GET' ? {} : { 'content-length': bytes.length }),
          ...headers,
        },
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() }),
        );
        response.on('error', reject);
      },
    );
    let isAnswered = false;
    sent.on('response', () => {
      isAnswered = true;
    });
    // What is left of a body that was refused may find the connection closed.
    sent.on('error', (error) => {
      if (!isAnswered) reject(error);
    });
    sent.end(method === 'GET' ? undefined : bytes);
  });
}
