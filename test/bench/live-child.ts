// The processes of live.bench.ts. `serve FOLDER DOORS CHANGED`: a cloud with that many internet-connected doors and a token
// for each, and a Key of some of them; measures itself when told to. `listen FOLDER`: holds a connection for each door,
// gives somebody the Key, and waits until the doors of it have heard.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import WebSocket from 'ws';
import { tokenHash } from '#cloud/accounts/tokens.ts';
import { createAccount, createToken } from '#cloud/bootstrap.ts';
import { openDataFolder } from '#cloud/data-folder.ts';
import type { Schema } from '#cloud/db/schema.ts';
import { batchesOf } from '#cloud/domain/batches.ts';
import { newId } from '#cloud/domain/ids.ts';
import { keygen } from '#cloud/keys/keygen.ts';
import { startCloud } from '#cloud/serve.ts';
import { API_BASE } from '#protocol/api/contract.ts';
import { LIVE_PATH } from '#protocol/api/live.ts';
import { encodeBase32, encodeHex } from '#protocol/bytes.ts';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import { systemClock as clock } from '#protocol/node/system-clock.ts';
import { systemRandom as random } from '#protocol/node/system-random.ts';
import { nowS } from '#protocol/ports/clock.ts';
import { silentLog as log } from '#protocol/ports/log.ts';

interface Plan {
  readonly url: string;
  readonly managerToken: string;
  readonly tokens: readonly string[];
  readonly keyId: string;
  readonly personId: string;
  readonly changed: number;
}

const MANAGER = { email: 'manager@example.com', password: 'correct horse battery' };
const CONNECTING_AT_ONCE = 50;
const DAY_S = 86_400;
const SETTLE_MS = 2_000;

const [mode, folder = '.', doors = '5000', changed = '1000'] = process.argv.slice(2);
const planFile = join(folder, 'plan.json');
const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

async function serve(doorCount: number, changedCount: number): Promise<void> {
  const [dataFolder, keysFolder] = [join(folder, 'data'), join(folder, 'keys')];
  const parts = { engine, clock, random };
  keygen(keysFolder, parts);
  const { portfolioId } = await createAccount({ dataFolder, ...parts }, MANAGER);
  const { token: managerToken } = await createToken(
    { dataFolder, ...parts },
    { email: MANAGER.email, label: 'bench', scopes: ['manager'] },
  );
  const made = await fill(dataFolder, portfolioId, doorCount, changedCount);
  const cloud = await startCloud({ dataFolder, keysFolder, host: '127.0.0.1', port: 0, ...parts, log });
  const plan: Plan = { url: cloud.url, managerToken, changed: changedCount, ...made };
  writeFileSync(planFile, JSON.stringify(plan));
  say({ url: cloud.url });
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'measure') say(await restingBytes());
  }
  await cloud.stop();
}

/** What is left once what connecting left behind is given back. */
async function restingBytes(): Promise<{ rss: number; held: number }> {
  for (let n = 0; n < 3; n++) {
    globalThis.gc?.();
    await pause(SETTLE_MS / 4);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, held: heapUsed + external };
}

async function fill(dataFolder: string, portfolioId: string, doorCount: number, changedCount: number) {
  const store = await openDataFolder(dataFolder, clock);
  const atS = nowS(clock);
  const propertyId = newId(random, 'property');
  const keyId = newId(random, 'key');
  const [personId, accountId] = [newId(random, 'person'), newId(random, 'account')];
  const doorIds = Array.from({ length: doorCount }, () => newId(random, 'door'));
  const tokens = doorIds.map(() => `dlt_${encodeBase32(random.bytes(32)).toLowerCase()}`);
  await store.write(async (trx) => {
    await trx
      .insertInto('properties')
      .values({
        id: propertyId,
        portfolio_id: portfolioId,
        name: 'Tower',
        zone: 'UTC',
        doorcode_length: 7,
        retention_days: 730,
        unsynced_alarm_s: 604_800,
        created_at_s: atS,
      })
      .execute();
    for (const batch of batchesOf([...doorIds.entries()], 200)) {
      await trx
        .insertInto('doors')
        .values(batch.map(([i, id]) => doorRow(id, propertyId, i, atS)))
        .execute();
      await trx
        .insertInto('locks')
        .values(batch.map(([i, id]) => lockRow(id, i, atS)))
        .execute();
      await trx
        .insertInto('tokens')
        .values(batch.map(([i, id]) => tokenRow(id, portfolioId, tokens[i] ?? '', atS)))
        .execute();
    }
    const key = { id: keyId, property_id: propertyId, name: 'Some', may_share: 0, created_at_s: atS };
    await trx
      .insertInto('access_keys')
      .values({ ...key, deleted_at_s: null })
      .execute();
    for (const batch of batchesOf(doorIds.slice(0, changedCount))) {
      const rows = batch.map((id) => ({ key_id: keyId, door_id: id, provide_doorcodes: 1, schedule: null }));
      await trx.insertInto('key_doors').values(rows).execute();
    }
    const account = { id: accountId, email: 'p@example.com', state: 'pending' as const, created_at_s: atS };
    await trx
      .insertInto('accounts')
      .values({ ...account, password_hash: null, activated_at_s: null })
      .execute();
    await trx
      .insertInto('people')
      .values({
        id: personId,
        property_id: propertyId,
        account_id: accountId,
        first_name: 'P',
        last_name: 'P',
        sort_name: 'p p',
        search: 'p p',
        phone: null,
        credential: 'app',
        single_use: null,
        resident: 0,
        may_share: 0,
        created_at_s: atS,
        deleted_at_s: null,
      })
      .execute();
  });
  await store.close();
  return { tokens, keyId, personId };
}

const doorRow = (id: string, propertyId: string, i: number, atS: number): Schema['doors'] => ({
  id,
  property_id: propertyId,
  name: `Door ${i}`,
  type: 'residence',
  internet: 1,
  target_version: 0,
  daily_slots: 16,
  single_use_slots: 16,
  daily_epoch: 0,
  lockout_profile: 'exponential',
  unlock_s: 10,
  hold_open: null,
  created_at_s: atS,
});

const lockRow = (doorId: string, i: number, atS: number): Schema['locks'] => ({
  id: encodeHex(random.bytes(16)),
  door_id: doorId,
  identity_key: random.bytes(32),
  sealing_key: random.bytes(32),
  channel_key: random.bytes(32),
  ownership_epoch: i + 1,
  credential_key: random.bytes(32),
  daily_key: random.bytes(32),
  advertising_key: random.bytes(32),
  capacity_rows: 1_500,
  firmware: 1,
  activated_at_s: atS,
});

const tokenRow = (doorId: string, portfolioId: string, token: string, atS: number): Schema['tokens'] => ({
  id: newId(random, 'token'),
  kind: 'lock',
  account_id: null,
  portfolio_id: portfolioId,
  door_id: doorId,
  hash: tokenHash(engine, token),
  label: 'lock',
  scopes: 'lock',
  created_at_s: atS,
  expires_at_s: atS + DAY_S,
  last_used_at_s: atS,
  revoked_at_s: null,
});

async function listen(): Promise<void> {
  const plan = JSON.parse(readFileSync(planFile, 'utf8')) as Plan;
  const heard = { hellos: 0, targets: 0, onTarget: (): void => undefined };
  const waiting = [...plan.tokens];
  const connect = async (): Promise<void> => {
    for (let token = waiting.pop(); token !== undefined; token = waiting.pop())
      await greeted(plan.url, token, heard);
  };
  await Promise.all(Array.from({ length: CONNECTING_AT_ONCE }, connect));
  say({ greeted: heard.hellos });
  for await (const line of createInterface({ input: process.stdin })) if (line === 'change') break;
  const all = new Promise<void>((resolve) => {
    heard.onTarget = () => {
      if (heard.targets >= plan.changed) resolve();
    };
  });
  const startedMs = performance.now();
  const response = await fetch(`${plan.url}${API_BASE}/people/${plan.personId}/grants`, {
    method: 'POST',
    headers: { authorization: `Bearer ${plan.managerToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ keyId: plan.keyId }),
  });
  if (response.status !== 201) throw new Error(await response.text());
  const answered = (performance.now() - startedMs) / 1_000;
  await all;
  say({ seconds: (performance.now() - startedMs) / 1_000, answered, targets: heard.targets });
  process.exit(0);
}

function greeted(
  url: string,
  token: string,
  heard: { hellos: number; targets: number; onTarget: () => void },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace(/^http/, 'ws') + LIVE_PATH, {
      headers: { authorization: `Bearer ${token}` },
      perMessageDeflate: false,
    });
    socket.on('message', (data: Buffer) => {
      const text = data.toString('utf8');
      if (text.startsWith('{"type":"ping"')) socket.send('{"type":"pong"}');
      if (text.startsWith('{"type":"hello"')) {
        heard.hellos++;
        resolve();
      }
      if (text.startsWith('{"type":"target"')) {
        heard.targets++;
        heard.onTarget();
      }
    });
    socket.on('error', reject);
  });
}

if (mode === 'serve') await serve(Number(doors), Number(changed));
else await listen();
