// Run bundled by package.bench.ts: a cloud and a bare Express that serve the same bytes, in one process.
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { createToken } from '#cloud/bootstrap.ts';
import { packageFor } from '#cloud/locks/package.ts';
import { startCloud } from '#cloud/serve.ts';
import { API_BASE } from '#protocol/api/contract.ts';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import { systemClock as clock } from '#protocol/node/system-clock.ts';
import { systemRandom as random } from '#protocol/node/system-random.ts';
import { silentLog as log } from '#protocol/ports/log.ts';
import { aCloudRig, foldersIn } from './cloud-rig.ts';

const ROWS = 1_500;

const folder = mkdtempSync(join(tmpdir(), 'doorlab-package-'));
process.stdin.resume().once('close', () => {
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
});

const rig = await aCloudRig(folder, { doors: 1, people: ROWS });
const doorId = rig.doorIds[0] as string;
const { bytes } = await packageFor(rig.desk, rig.asking, doorId);
await rig.stop();
const { dataFolder, keysFolder } = foldersIn(folder);
const parts = { clock, random, engine };
const wish = { email: 'manager@example.com', label: 'bench', scopes: ['courier'] } as const;
const { token } = await createToken({ dataFolder, ...parts }, wish);
const cloud = await startCloud({ dataFolder, keysFolder, host: '127.0.0.1', port: 0, ...parts, log });
const app = express();
const body = Buffer.from(bytes);
const path = `${API_BASE}/doors/${doorId}/package`;
app.get(path, (_request, response) => {
  response.type('application/octet-stream').send(body);
});
const bare = app.listen(0, '127.0.0.1', () => {
  const ready = {
    cloud: cloud.port,
    bare: (bare.address() as AddressInfo).port,
    path,
    token,
    bytes: bytes.length,
  };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
});
