// A resident of a house with her phones, each command of which is one of `doorlab app`, against a real cloud.
import { join } from 'node:path';
import { systemRandom } from '#protocol/node/system-random.ts';
import { aCloud, type TestCloud } from '#test/cloud/cloud-fixture.ts';
import { aHouse, invite } from '#test/cloud/house.ts';
import { mailTo, tokenIn } from '#test/cloud/mailbox.ts';
import { activate } from '#test/cloud/paper-lock.ts';
import { aStage, run } from './surroundings.ts';

export const ADA = 'ada@example.com';
export const PASSWORD = 'four unrelated words';

interface Surroundings {
  /** Its stdin. */
  readonly input?: string;
  /** Of a cloud; default the running one. */
  readonly url?: string;
}

/** One command of a phone in a folder of its own. */
export async function app(
  cloud: TestCloud,
  phone: string,
  args: readonly string[],
  { input = '', url = cloud.url }: Surroundings = {},
) {
  const data = join(cloud.folder, phone);
  const stage = aStage({
    random: systemRandom,
    // Nobody serves an air there.
    env: { DOORLAB_CLOUD: url, DOORLAB_DATA: data, DOORLAB_RADIO: 'ws://127.0.0.1:1' },
    cwd: cloud.folder,
  });
  stage.stdin.end(input);
  const exit = await run(stage, ['--json', 'app', ...args]);
  const objects = stage.objects();
  return { exit, objects, last: objects.at(-1) ?? {}, files: join(data, 'phone') };
}

/** With those Keys, which she may share. Of the doors 4B alone has a lock, without a table yet. */
export async function aResident(keys: readonly string[] = ['Unit']) {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const lock = await activate(manager, house.door('4B'));
  const person = await invite(manager, house, { keys: [...keys] });
  for (const key of keys)
    await manager.call('editKey', { params: { keyId: house.key(key) }, body: { mayShare: true } });
  await manager.call('editPerson', { params: { personId: person.id }, body: { mayShare: true } });
  const token = tokenIn(await mailTo(cloud.dataFolder, ADA, 'Welcome to House'));
  await manager.withToken(undefined).call('setPassword', { body: { token, password: PASSWORD } });
  const login = (phone: string, ...more: string[]) =>
    app(cloud, phone, ['login', ADA, ...more], { input: `${PASSWORD}\n` });
  return { cloud, manager, house, lock, person, login };
}

export const inviteBen = (cloud: TestCloud, key: string, ...more: string[]) =>
  app(cloud, 'phone', [
    'invite',
    ...['ben@example.com', '--key', key, '--first-name', 'Ben', '--last-name', 'B'],
    ...more,
  ]);
