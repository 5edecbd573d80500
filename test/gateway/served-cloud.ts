// The client of DOOR OS at a real server on the loopback that answers as a test wants it.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { CourierDoor } from '#protocol/api/door-sync.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { CloudClient } from '#gateway/cloud-client.ts';
import { PackageCache } from '#gateway/package-cache.ts';
import { aFolder } from './temporary-folder.ts';

export type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

export interface ServedCloud {
  readonly client: CloudClient;
  readonly clock: VirtualClock;
  readonly cacheFolder: string;
  readonly requests: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[];
  /** Settles with the next request. */
  asked(): Promise<void>;
  answer: Answer;
}

export async function aServedCloud(answer: Answer): Promise<ServedCloud> {
  const clock = new VirtualClock();
  const cacheFolder = aFolder();
  const waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      scene.requests.push({ method, url, headers, body });
      scene.answer(request, response, body);
      for (const wake of waiting.splice(0)) wake();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const scene: ServedCloud = {
    client: new CloudClient({
      address: { baseUrl, token: 'a-token' },
      engine: nodeEngine,
      clock,
      cache: new PackageCache(cacheFolder, nodeEngine),
    }),
    clock,
    cacheFolder,
    requests: [],
    asked: () => new Promise((resolve) => waiting.push(resolve)),
    answer,
  };
  return scene;
}

export const json =
  (value: unknown, status = 200): Answer =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  };

export const problem = (status: number, code: string, more: object = {}): Answer =>
  json({ type: 'about:blank', title: 'No', status, code, detail: 'Because.', ...more }, status);

export const door: CourierDoor = {
  doorId: `door_${'a'.repeat(26)}`,
  doorName: '4B',
  propertyId: `prop_${'a'.repeat(26)}`,
  lockId: '00'.repeat(16),
  channelKey: '11'.repeat(32),
  advertisingKey: '22'.repeat(32),
  sync: { state: 'no-lock', target: null, applied: null, pendingSinceS: null, dueS: null, reasons: [] },
  leaving: null,
};
