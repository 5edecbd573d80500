// Package downloads against what a bare Express serves of the same bytes, both loaded by the same client in turns.
import { connect } from 'node:net';
import { bundledServer } from './bundled-child.ts';
import { median, type Bench } from './figure.ts';

const VS_EXPRESS_MIN = 0.8;
const CONNECTIONS = 8;
const ROUNDS = 5;
const ROUND_MS = 1_500;
const REPLY_DEADLINE_MS = 30_000;

interface Ready {
  readonly cloud: number;
  readonly bare: number;
  readonly path: string;
  readonly token: string;
  readonly bytes: number;
}

export const bench: Bench = {
  name: 'package',
  async run() {
    const { ready, stop } = await bundledServer('package-child');
    try {
      const served = ready as Ready;
      for (const port of [served.bare, served.cloud]) await load(port, served);
      const rates: { bare: number; cloud: number }[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        rates.push({ bare: await load(served.bare, served), cloud: await load(served.cloud, served) });
      }
      return [
        {
          name: 'package.vs_express',
          value: median(rates.map(({ bare, cloud }) => cloud / bare)),
          unit: 'x',
          kind: 'ratio',
          atLeast: VS_EXPRESS_MIN,
        },
        {
          name: 'package.downloads_s',
          value: median(rates.map(({ cloud }) => cloud)),
          unit: '/s',
          kind: 'absolute',
        },
      ];
    } finally {
      stop();
    }
  },
};

/** Whole replies a second over kept connections; the client does as little as it can. */
async function load(port: number, { path, token, bytes }: Ready): Promise<number> {
  const request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n\r\n`;
  const startedMs = performance.now();
  const untilMs = startedMs + ROUND_MS;
  const counts = await Promise.all(
    Array.from(
      { length: CONNECTIONS },
      () =>
        new Promise<number>((resolve, reject) => {
          let [count, left] = [0, 0];
          const socket = connect(port, '127.0.0.1', () => socket.write(request));
          socket.on('error', reject);
          socket.on('close', () => reject(new Error('the connection ended before its reply')));
          socket.setTimeout(REPLY_DEADLINE_MS, () => socket.destroy(new Error('no reply in time')));
          socket.on('data', (data) => {
            if (left === 0) left = sizeOf(data, bytes);
            left -= data.length;
            if (left > 0) return;
            count++;
            if (performance.now() < untilMs) {
              socket.write(request);
              return;
            }
            socket.destroy();
            resolve(count);
          });
        }),
    ),
  );
  return (counts.reduce((sum, count) => sum + count, 0) * 1_000) / (performance.now() - startedMs);
}

/** Of head and body, from the first part of a reply. */
function sizeOf(data: Buffer, bytes: number): number {
  const head = data.indexOf('\r\n\r\n') + 4;
  if (!data.subarray(0, 15).toString('latin1').startsWith('HTTP/1.1 200') || head < 4) {
    throw new Error(`no set but ${data.subarray(0, 200).toString('latin1')}`);
  }
  return head + bytes;
}
