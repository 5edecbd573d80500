// A DOOR OS of canned answers for agent.bench.ts, in a process of its own: doors that are each due once by a delta. Prints where it
// listens, and writes which table each lock has; ends with its input.
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';
import { API_BASE } from '#protocol/api/contract.ts';
import type { CourierDoor, Delivery, DoorSync, ReceiptResult } from '#protocol/api/door-sync.ts';
import { LIVE_PATH } from '#protocol/api/live.ts';
import { encodeHex } from '#protocol/bytes.ts';
import { aDelta } from '#test/builders/delta.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import { aLock } from '#test/builders/lock.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { aDoorId, ROWS } from './agent-doors.ts';

const [folder = '.', count = '1000'] = process.argv.slice(2);
const keySet = aKeySet();

const doors = Array.from({ length: Number(count) }, (_, n) => {
  const lock = aLock({ name: `lock ${n}` });
  const before = aSignedSet({ lock, keySet, rows: ROWS });
  const after = aSignedSet({ lock, keySet, rows: ROWS - 1, tableVersion: 2 });
  const delta = aDelta(before, after);
  return {
    doorId: aDoorId(n),
    lockId: encodeHex(lock.lockId),
    advertisingKey: encodeHex(lock.secrets.advertisingKey),
    channelKey: encodeHex(lock.channelKey),
    base: encodeHex(before.manifest.tableHash),
    tableHash: encodeHex(after.manifest.tableHash),
    target: after.triple,
    packageBytes: delta.packageBytes,
    isDone: false,
  };
});
type Door = (typeof doors)[number];
writeFileSync(join(folder, 'tables.json'), JSON.stringify(doors.map(({ base }) => base)));

const byId = new Map(doors.map((door) => [door.doorId, door]));
const PAGE = 500;
let nonces = 0;

const syncOf = ({ target, isDone }: Door): DoorSync => ({
  state: isDone ? 'up-to-date' : 'pending',
  target,
  applied: {
    triple: isDone ? target : { ...target, tableVersion: 1 },
    tableState: 'active',
    asOfS: 1_772_355_600,
    batteryPercent: 80,
    firmware: 1,
  },
  pendingSinceS: isDone ? null : 1_772_355_600,
  dueS: isDone ? null : 1_772_355_600,
  reasons: isDone ? [] : ['access-revoked'],
});

function courierDoors(after: string | null): { items: CourierDoor[]; next: string | null } {
  const from = after === null ? 0 : Number(after);
  const items = doors.slice(from, from + PAGE).map((door): CourierDoor => {
    const { doorId, lockId, channelKey, advertisingKey } = door;
    const propertyId = `property_${'a'.repeat(26)}`;
    return {
      doorId,
      doorName: doorId.slice(-8),
      propertyId,
      lockId,
      channelKey,
      advertisingKey,
      sync: syncOf(door),
      leaving: null,
    };
  });
  return { items, next: from + PAGE < doors.length ? String(from + PAGE) : null };
}

function delivery({ doorId, lockId, target, base, tableHash, packageBytes }: Door): Delivery {
  return {
    doorId,
    lockId,
    cloudNonce: (++nonces).toString(16).padStart(32, '0'),
    target,
    tableHash,
    packageBytes: packageBytes.length,
    packageTag: '"1"',
    delta: { base, packageBytes: packageBytes.length, packageTag: '"2"' },
    leaving: null,
    expiresAtS: 4_000_000_000,
  };
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
  const json = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const problem = (status: number, code: string): void =>
    json(status, { type: 'about:blank', title: code, status, code, detail: code });
  if (pathname === `${API_BASE}/courier/doors`) return json(200, courierDoors(searchParams.get('after')));
  const [, doorId = '', what = ''] = /\/doors\/([^/]+)\/([^/]+)$/.exec(pathname) ?? [];
  const door = byId.get(doorId);
  if (door === undefined) return problem(404, 'NOT_FOUND');
  switch (what) {
    case 'deliveries':
      return json(201, delivery(door));
    case 'package':
      response
        .writeHead(200, { 'content-type': 'application/octet-stream', etag: '"2"' })
        .end(door.packageBytes);
      return;
    case 'receipts':
      door.isDone = true;
      return json(200, { outcome: 'applied', closedTasks: 1, sync: syncOf(door) } satisfies ReceiptResult);
    default:
      return problem(404, 'NOT_FOUND');
  }
}

const server = createServer((request, response) => {
  request.resume().on('end', () => answer(request, response));
});
const sockets = new WebSocketServer({ noServer: true });
server.on('upgrade', (request, socket, head) => {
  if (request.url !== LIVE_PATH) return void socket.destroy();
  sockets.handleUpgrade(request, socket, head, (live) =>
    live.send(JSON.stringify({ type: 'hello', number: 1, doors: [], more: false })),
  );
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
});
process.stdin.resume().on('end', () => process.exit(0));
