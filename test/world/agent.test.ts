// The agent as programs run it: beside a real cloud, a real lock and a served air. It syncs what is due unasked, is woken by
// the channel, says how it is, survives kill -9 and is stopped by a signal without losing anything.
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { routes } from '#protocol/api/routes.ts';
import { Doorlab, stop, type Running } from './doorlab.ts';
import { DOOR, OneDoor } from './one-door.ts';

let doorlab: Doorlab;
let scene: OneDoor;
let next = 0;
beforeAll(async () => {
  [doorlab, scene] = await Promise.all([Doorlab.build(['test/world/kill-at.ts']), OneDoor.open(16)]);
  Object.assign(doorlab.env, {
    DOORLAB_RADIO: scene.house.air.url,
    DOORLAB_CLOUD: scene.cloud.running.url,
    DOORLAB_DATA: scene.walker(doorlab.folder, 'agent'),
  });
});
afterEach(() => doorlab.stopAll());
afterAll(async () => {
  await doorlab.close();
  await scene.close();
});

type Agent = Running & { readonly up: Readonly<Record<string, unknown>> };

const startAgent = (): Promise<Agent> => doorlab.serve(['agent', '--port', '0'], 'running');

/** Another table than that one was applied; which. */
async function applied(agent: Running, other?: unknown): Promise<unknown> {
  const isIt = (line: Readonly<Record<string, unknown>>): boolean =>
    line['event'] === 'visited' && line['result'] === 'applied' && line['version'] !== other;
  return (await agent.line(isIt))['version'];
}

async function revokeOne(): Promise<{ readonly code: string }> {
  const resident = await scene.resident(next++);
  await scene.revoke(resident);
  return resident;
}

function ask(agent: Agent, path: string, host?: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      `${String(agent.up['url'])}${path}`,
      { headers: host === undefined ? {} : { host } },
      (reply) => {
        let body = '';
        reply.setEncoding('utf8').on('data', (text: string) => (body += text));
        reply.on('end', () => resolve({ status: reply.statusCode ?? 0, body }));
      },
    );
    asked.on('error', reject);
    asked.end();
  });
}

describe('doorlab agent', () => {
  it('syncs what is due unasked and what a manager changes later, tells its health, and ends with a signal', async () => {
    const first = await revokeOne();
    const agent = await startAgent();
    const version = await applied(agent);
    expect(scene.opens(first.code)).toBe(false);
    await agent.line((line) => line['event'] === 'channel' && line['state'] === 'connected');

    const second = await revokeOne();
    await applied(agent, version);
    expect(scene.opens(second.code)).toBe(false);

    const health = await ask(agent, '/healthz');
    expect([health.status, JSON.parse(health.body)]).toEqual([
      200,
      { status: 'ok', cloud: 'ok', channel: 'ok', radio: 'ok', journal: 'ok', receiptsHeld: 0 },
    ]);
    const metrics = await ask(agent, '/metrics');
    expect(metrics.body).toMatch(/^doorlab_agent_visits_total\{result="applied",why="table"\} 2$/m);
    expect(metrics.body).toMatch(/^doorlab_agent_cloud_up 1$/m);
    expect(metrics.body).not.toMatch(/door_|Front/);
    // A page of somebody else's, by a name that leads here.
    expect((await ask(agent, '/metrics', 'rebound.example')).status).toBe(421);
    expect((await ask(agent, '/elsewhere')).status).toBe(404);

    const { exit, last, stderr } = await stop(agent, 'SIGTERM');
    expect([exit, last['type'], stderr]).toEqual([0, 'finished', '']);
    const token = scene.cloud.courier.token!;
    const kept = readFileSync(join(doorlab.env['DOORLAB_DATA']!, 'gateway', 'journal.jsonl'), 'utf8');
    expect(JSON.stringify(last) + kept).not.toContain(token);
  });

  it('visits at once where somebody presses Sync now, though nothing is due', async () => {
    const agent = await startAgent();
    await agent.line((line) => line['event'] === 'channel' && line['state'] === 'connected');
    await scene.cloud.call(routes.requestSync, { params: { doorId: scene.at.door.id } });
    const visited = await agent.line((line) => line['event'] === 'visited');
    expect(visited).toMatchObject({ why: 'asked', result: 'already-current', door: DOOR });
    expect((await stop(agent)).exit).toBe(0);
  });

  it('is watched by another program: what is due, in range, and what came of it', async () => {
    const agent = await startAgent();
    const watch = doorlab.start(['--json', 'watch']);
    const inRange = await watch.line((line) => line['event'] === 'door' && typeof line['rssi'] === 'number');
    expect(inRange).toMatchObject({ door: DOOR, state: 'up-to-date' });
    await revokeOne();
    await watch.line((line) => line['event'] === 'door' && line['state'] === 'syncing');
    const done = await watch.line((line) => line['event'] === 'door' && line['last'] !== undefined);
    expect(done['last']).toMatchObject({ result: 'applied' });
    const socket = join(doorlab.env['DOORLAB_DATA']!, 'gateway', 'agent.sock');
    expect(statSync(socket).mode & 0o077).toBe(0);
    await stop(agent);
    // It would wait for the next one.
    expect((await stop(watch)).exit).toBe(0);
    expect(existsSync(socket)).toBe(false);
    const alone = await doorlab.run(['watch']);
    expect([alone.exit, alone.last['code'], alone.last['next']]).toEqual([
      3,
      'AGENT_NOT_RUNNING',
      expect.stringContaining('doorlab agent'),
    ]);
  });

  it('keeps the journal to itself: a second one on its folder, and a sync, are told which process holds it', async () => {
    const agent = await startAgent();
    for (const args of [
      ['agent', '--port', '0'],
      ['sync', DOOR],
    ]) {
      const { exit, last } = await doorlab.run(args);
      expect([exit, last['code']]).toEqual([3, 'JOURNAL_BUSY']);
    }
    const taken = new URL(String(agent.up['url'])).port;
    const other = scene.walker(doorlab.folder, 'other');
    const { exit, last } = await doorlab.run(['agent', '--port', taken], { env: { DOORLAB_DATA: other } });
    expect([exit, last['code'], last['next']]).toEqual([
      3,
      'CANNOT_LISTEN',
      expect.stringContaining('--port'),
    ]);
    await stop(agent);
  });

  it.each(['append:2:torn', 'append:2:after', 'frame:25'])(
    'killed at %s it loses nothing: started again, it tells what it held and goes on',
    async (moment) => {
      const revoked = await revokeOne();
      const killed = await doorlab.run(['agent', '--port', '0'], {
        preload: ['test/world/kill-at.js'],
        env: { KILL_AT: moment },
      });
      expect(killed.signal).toBe('SIGKILL');
      const again = await startAgent();
      for (;;) {
        const { state } = await scene.atCloud();
        if (state === 'up-to-date') break;
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(scene.opens(revoked.code)).toBe(false);
      const { exit } = await stop(again, 'SIGTERM');
      expect(exit).toBe(0);
      expect(await scene.atCloud()).toEqual({ state: 'up-to-date', openTasks: 0 });
    },
  );

  it('a token that is refused does not end it: another one in the file is taken without a restart', async () => {
    const file = join(doorlab.env['DOORLAB_DATA']!, 'gateway', 'token');
    const good = readFileSync(file, 'utf8');
    writeFileSync(file, 'dlt_nobodys\n', { mode: 0o600 });
    const revoked = await revokeOne();
    const agent = await startAgent();
    await agent.line((line) => line['event'] === 'cloud' && line['state'] === 'refused');
    expect((await ask(agent, '/healthz')).status).toBe(503);
    rmSync(file);
    mkdirSync(file); // Nothing that can be read, as one that belongs to root.
    await agent.line((line) => line['event'] === 'note' && String(line['text']).includes('no other token'));
    rmdirSync(file);
    writeFileSync(file, good, { mode: 0o600 });
    await applied(agent);
    expect(scene.opens(revoked.code)).toBe(false);
    const { stdout, stderr } = await stop(agent);
    expect(stdout + stderr).not.toContain(good.trim());
  });
});

describe('doorlab sync --due', () => {
  it('syncs all that is due in range, once, and says where there is nothing', async () => {
    const revoked = await revokeOne();
    const { exit, lines } = await doorlab.run(['sync', '--due', '--look', '2']);
    expect(exit).toBe(0);
    expect(lines.find(({ event }) => event === 'door')).toMatchObject({ door: DOOR, result: 'applied' });
    expect(scene.opens(revoked.code)).toBe(false);
    const again = await doorlab.run(['sync', '--due', '--look', '2']);
    expect([again.exit, again.last['result']]).toEqual([0, { doors: 0, elsewhere: 0 }]);
  });

  it('names a door that is due and out of range, and fails for none of those', async () => {
    await revokeOne();
    await scene.at.lock.close();
    const { exit, lines, last } = await doorlab.run(['sync', '--due', '--look', '2']);
    expect([exit, last['result']]).toEqual([0, { doors: 0, elsewhere: 1 }]);
    expect(lines.find(({ event }) => event === 'door')).toMatchObject({ door: DOOR, result: 'not-in-range' });
  });

  it('takes either doors or --due', async () => {
    expect((await doorlab.run(['sync'])).exit).toBe(2);
    expect((await doorlab.run(['sync', DOOR, '--due'])).exit).toBe(2);
  });
});
