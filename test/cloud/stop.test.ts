// A cloud as a program that is told to end: what it has in hand it finishes, then nobody reaches it, and it exits.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { createAccount, createToken } from '#cloud/bootstrap.ts';
import { keygen } from '#cloud/keys/keygen.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { MANAGER, temporaryFolder } from './cloud-fixture.ts';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const parts = { engine: nodeEngine, clock: systemClock, random: systemRandom };

async function aServingProgram() {
  const folder = temporaryFolder();
  const dataFolder = join(folder, 'cloud');
  keygen(join(folder, 'keys'), parts);
  await createAccount({ dataFolder, ...parts }, MANAGER);
  const wish = { email: MANAGER.email, label: 'test', scopes: ['manager'] as const };
  const { token } = await createToken({ dataFolder, ...parts }, wish);
  const { DATABASE_URL: _, ...env } = process.env;
  const args = ['--conditions=source', '--import', 'tsx', MAIN, 'cloud', 'serve', '--port', '0', '--json'];
  const child = spawn(process.execPath, [...args, '--verbose', '--data', folder], { env });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  const log = text(child.stderr);
  for await (const line of createInterface(child.stdout)) {
    const { url } = JSON.parse(line) as { url?: string };
    if (url !== undefined) return { child, url, token, exited, log };
  }
  throw new Error('it ended before it served');
}

test('SIGTERM in the middle of a request: the change is answered and made, then the program is gone', async () => {
  const { child, url, token, exited, log } = await aServingProgram();
  const body = JSON.stringify({ name: 'House', zone: 'UTC' });
  const sent = request(`${url}/api/v1/properties`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': body.length,
      // Node answers it once the request is in the server's hands.
      expect: '100-continue',
    },
  });
  sent.flushHeaders();
  await once(sent, 'continue');
  child.kill('SIGTERM');
  await refusedAt(url);
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  sent.end(body);
  const [response] = await answered;
  expect(response.statusCode).toBe(201);
  response.resume();
  expect(await exited).toEqual([0, null]);
  const lines = (await log)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { msg?: string; route?: string });
  expect(lines.find(({ route }) => route === 'createProperty')).toMatchObject({
    msg: 'request',
    status: 201,
  });
  expect(lines.at(-1)).toMatchObject({ msg: 'cloud.stopped' });
});

test('SIGTERM while a stranger holds a request that never comes whole: it ends well, and in order', async () => {
  const { child, url, exited, log } = await aServingProgram();
  const sent = request(`${url}/api/v1/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': 100, expect: '100-continue' },
  });
  sent.on('error', () => undefined);
  sent.flushHeaders();
  await once(sent, 'continue');
  sent.write('{');
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
  expect(await log).toContain('"cloud.stopped"');
});

/** Once nobody takes connections there any more. */
async function refusedAt(url: string): Promise<void> {
  for (;;) {
    try {
      await (await fetch(`${url}/healthz`, { headers: { connection: 'close' } })).text();
    } catch {
      return;
    }
  }
}
