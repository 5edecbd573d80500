// The manager's commands about people, against a real cloud: over every property, by the whole address, and what they
// say of the locks.
import { spawn } from 'node:child_process';
import { writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { aCloud, type TestCloud } from '#test/cloud/cloud-fixture.ts';
import { aHouse, codesOf, invite } from '#test/cloud/house.ts';
import { activate, doorSync } from '#test/cloud/paper-lock.ts';
import { beforeCalls } from '../gateway/outgoing-calls.ts';
import { aStage, run } from './surroundings.ts';

const HEADER = 'first name,last name,email,phone,resident,keys,start,expiration\n';

/** One command with a manager's token. */
async function doorlab(cloud: TestCloud, ...args: readonly string[]) {
  const data = join(cloud.folder, 'client');
  mkdirSync(join(data, 'gateway'), { recursive: true });
  writeFileSync(join(data, 'gateway', 'token'), `${cloud.manager.token ?? ''}\n`, { mode: 0o600 });
  const stage = aStage({ env: { DOORLAB_CLOUD: cloud.url, DOORLAB_DATA: data }, cwd: cloud.folder });
  const exit = await run(stage, args);
  return { exit, out: stage.out(), err: stage.err() };
}

test('a revoke said twice names the door both times, until its lock has proven that the code is gone', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const lock = await activate(manager, house.door('4B'));
  const ada = await invite(manager, house);
  const code = (await codesOf(manager, ada.id))['4B']!;
  await doorSync(manager, house.door('4B'), lock);
  for (const _ of ['first', 'second']) {
    const { exit, out } = await doorlab(cloud, 'people', 'revoke', 'ADA@example.com');
    expect([exit, out]).toEqual([0, expect.stringMatching(/old codes may still open: 4B\./)]);
    expect(lock.rowsOf(code)).toHaveLength(1);
  }
  await doorSync(manager, house.door('4B'), lock);
  expect((await doorlab(cloud, 'people', 'revoke', 'ada@example.com')).out).toMatch(/no lock has a code/);
});

test('one person at two properties is revoked and listed at both, or at the one that is named', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const houses = [await aHouse(manager, { name: 'Elm' }), await aHouse(manager, { name: 'Oak' })];
  for (const house of houses) {
    await doorSync(manager, house.door('4B'), await activate(manager, house.door('4B')));
    await invite(manager, house);
  }
  const all = await doorlab(cloud, 'people', 'codes', 'ada@example.com');
  expect(all.out.split('\n').filter((line) => /4B, (Elm|Oak)/.test(line))).toHaveLength(2);
  const one = await doorlab(cloud, '--json', 'people', 'revoke', 'ada@example.com', '--property', 'Oak');
  expect(one.out).toContain('"properties":["Oak"]');
  expect((await doorlab(cloud, 'people', 'codes', 'ada@example.com')).out).not.toContain('Oak');
  await doorlab(cloud, 'people', 'revoke', 'ada@example.com');
  expect((await doorlab(cloud, 'people', 'codes', 'ada@example.com')).out).toMatch(/has no doorcode/);
  const nowhere = await doorlab(cloud, 'people', 'codes', 'ada@example.com', '--property', 'Ash');
  expect([nowhere.exit, nowhere.err]).toEqual([2, expect.stringContaining('no such property')]);
});

test('a person is found behind any number of addresses that hold the wanted one', async () => {
  const cloud = await aCloud();
  const house = await aHouse(cloud.manager);
  const rows = Array.from({ length: 120 }, (_, i) => `A,A${i},x${i}-ada@example.com,,,,,`);
  writeFileSync(join(cloud.folder, 'many.csv'), HEADER + rows.join('\n'));
  expect((await doorlab(cloud, 'people', 'import', 'many.csv')).out).toMatch(/^120 invited/);
  await cloud.manager.call('invitePerson', {
    params: { propertyId: house.propertyId },
    body: { email: 'ada@example.com', firstName: 'Z', lastName: 'Z', keyIds: [house.key('Unit')] },
  });
  expect((await doorlab(cloud, 'people', 'codes', 'ada@example.com')).out).toMatch(/^\d{7} {2}4B/);
});

test('codes that begin later say when, and those of a lock that has them say live', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const lock = await activate(manager, house.door('4B'));
  const startsAtS = Date.UTC(2037, 0, 2, 3, 4) / 1000;
  await invite(manager, house, { startsAtS });
  const codes = async () => (await doorlab(cloud, 'people', 'codes', 'ada@example.com')).out;
  expect(await codes()).toMatch(/4B, House {2}waits for sync/);
  await doorSync(manager, house.door('4B'), lock);
  expect(await codes()).toMatch(/4B, House {2}from 2037-01-02 03:04 UTC/);
  expect(await codes()).toMatch(/Entrance, House {2}no lock/);
});

test('an import reports what was done, not what the preview thought, and whose access comes back', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  writeFileSync(
    join(cloud.folder, 'two.csv'),
    `${HEADER}A,A,a@example.com,,,Unit,,\nB,B,b@example.com,,,Unit,,\n`,
  );
  expect((await doorlab(cloud, 'people', 'import', 'two.csv', '--preview')).out).toMatch(
    /^Would be: 2 invited/,
  );
  // Somebody else is quicker, between the preview and its confirm.
  const confirmed = meanwhile(cloud, /\/imports\/[^/]+\/confirm$/, () =>
    invite(manager, house, { email: 'a@example.com', keys: ['Unit'] }),
  );
  const { exit, out } = await doorlab(cloud, 'people', 'import', 'two.csv');
  confirmed();
  expect([exit, out]).toEqual([0, expect.stringMatching(/^1 invited.* 1 unchanged/)]);
  await doorlab(cloud, 'people', 'revoke', 'b@example.com');
  const again = await doorlab(cloud, 'people', 'import', 'two.csv', '--preview');
  expect(again.out).toContain('1 given access again that had ended or been revoked');
});

/** Runs `work` before the first request of that path; the returned function ends it. */
function meanwhile(cloud: TestCloud, path: RegExp, work: () => Promise<unknown>): () => void {
  let isDone = false;
  return beforeCalls(async (url) => {
    if (isDone || !url.startsWith(cloud.url) || !path.test(url)) return;
    isDone = true;
    await work();
  });
}

test('a reader that leaves early changes neither the work nor the exit code', async () => {
  const cloud = await aCloud();
  const house = await aHouse(cloud.manager);
  writeFileSync(
    join(cloud.folder, 'bad.csv'),
    `${HEADER}A,A,a@example.com,,,Unit,,\nB,B,nobody,,,Unit,,\nC,C,nobody,,,Unit,,\n`,
  );
  await doorlab(cloud, 'version');
  const main = fileURLToPath(new URL('../../cli/bin.mjs', import.meta.url));
  const child = spawn(process.execPath, [main, 'people', 'import', 'bad.csv'], {
    cwd: cloud.folder,
    env: { ...process.env, DOORLAB_CLOUD: cloud.url, DOORLAB_DATA: join(cloud.folder, 'client') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.destroy();
  expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(6);
  const { items } = await cloud.manager.call('listPeople', { params: { propertyId: house.propertyId } });
  expect(items.map(({ email }) => email)).toEqual(['a@example.com']);
});
