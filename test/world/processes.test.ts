// Cloud, air, lock and courier as separate processes, by the command line alone: the story of the demo with its exit
// codes, as a script would tell it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Doorlab, stop, type Ended } from './doorlab.ts';

const PROPERTY = {
  name: 'Elm House',
  zone: 'Europe/Berlin',
  doorcodeLength: 7,
  doors: [{ name: 'Front', type: 'building-entrance', internet: false }],
  keys: [{ name: 'Residents', mayShare: false, doors: [{ door: 'Front' }] }],
};
const PEOPLE = `first name,last name,email,phone,resident,keys,start,expiration
Ada,Abel,ada@example.com,,yes,Residents,,
Bob,Berg,bob@example.com,,yes,Residents,,
`;
/** Within the second of two chunks, of 17 frames each: the first one is in the flash by then. */
const CUT_AT = '34';
const ALL_FRAMES = 34;

let doorlab: Doorlab;
beforeEach(async () => {
  doorlab = await Doorlab.build();
});
afterEach(() => doorlab.close());

/** Runs it, and expects that exit code. */
async function run(exit: number, ...args: readonly string[]): Promise<Ended> {
  const ended = await doorlab.run(args);
  expect([ended.exit, ended.stdout, ended.stderr], args.join(' ')).toEqual([exit, ended.stdout, '']);
  return ended;
}

const place = (name: string, text: string): string => {
  const file = join(doorlab.folder, name);
  writeFileSync(file, text);
  return file;
};

async function codeOf(email: string): Promise<string> {
  const { lines } = await run(0, 'people', 'codes', email);
  return String(lines.find(({ event }) => event === 'code')?.['code']);
}

const doorOf = ({ lines }: Ended) => lines.find(({ event }) => event === 'door');

it('cloud, air, lock and courier do in processes of their own what the demo does in one', async () => {
  await run(0, 'cloud', 'keygen');
  const account = await doorlab.run(['cloud', 'account', 'ann@example.com'], {
    input: 'correct horse battery\n',
  });
  expect([account.exit, account.last['type']]).toEqual([0, 'finished']);
  expect(account.stdout + account.stderr).not.toContain('horse');
  const token = join(doorlab.data, 'gateway', 'token');
  await run(0, 'cloud', 'token', 'ann@example.com', '--scope', 'manager,courier,activate', '--out', token);

  const [cloud, air] = await Promise.all([
    doorlab.serve(['cloud', 'serve', '--port', '0'], 'serving'),
    doorlab.serve(['radio', 'serve', '--port', '0'], 'serving'),
  ]);
  Object.assign(doorlab.env, { DOORLAB_CLOUD: cloud.up['url'], DOORLAB_RADIO: air.up['url'] });
  const [lock] = await Promise.all([
    doorlab.serve(['lock', 'run', 'front', '--flash-timing', 'none'], 'running'),
    run(0, 'property', 'create', place('property.json', JSON.stringify(PROPERTY))),
  ]);
  expect((await run(0, 'people', 'import', place('people.csv', PEOPLE))).last).toMatchObject({
    result: { invites: 2, skipped: 0 },
  });

  const label = readFileSync(join(doorlab.data, 'locks', 'front', 'label.txt'), 'utf8').trim();
  expect(label).toBe(lock.up['label']);
  const early = await run(5, 'activate', 'Front', '--label', label);
  expect(early.last).toMatchObject({ code: 'LOCK_REFUSED' });
  expect(String(early.last['next'])).toMatch(/button/);
  await run(0, 'lock', 'press', 'front', '--button');
  expect((await run(0, 'activate', 'Front', '--label', label)).last).toMatchObject({
    result: { door: 'Front', firstSync: 'applied' },
  });
  expect(doorOf(await run(0, 'sync', 'Front'))).toMatchObject({ result: 'nothing-to-do' });
  const [adas, bobs] = await Promise.all([codeOf('ada@example.com'), codeOf('bob@example.com')]);
  await run(0, 'lock', 'press', 'front', adas);

  const asked = await run(0, 'explain', 'Front', '--person', 'ada@example.com');
  expect(asked.lines.find(({ event }) => event === 'decision')).toMatchObject({
    door: 'Front',
    outcome: 'open',
    atLock: 'live',
  });
  expect(asked.stdout).not.toContain(adas);

  const revoked = await run(0, 'people', 'revoke', 'ada@example.com');
  expect(revoked.last).toMatchObject({ result: { doors: ['Front'] } });
  await run(0, 'lock', 'press', 'front', adas);
  // DOOR OS does not hold that code any more, and the lock still does.
  expect((await run(6, 'explain', 'front', '--person', 'ada@example.com')).last).toMatchObject({
    result: { door: 'Front', asked: 0, mayOpenForOlder: true },
  });
  const pending = doorOf(await run(0, 'status', 'Front', '--no-air'));
  expect(pending).toMatchObject({ state: 'pending' });

  await run(0, 'lock', 'fault', 'front', 'power-cut', '--at-flash-op', CUT_AT, '--torn', '100');
  const cut = doorlab.start(['--json', 'sync', 'Front']);
  await cut.line(({ unit }) => unit === 'bytes');
  // While that courier looks for the lock in vain: what others are told meanwhile.
  const busy = await run(3, 'sync', 'Front');
  expect(busy.last).toMatchObject({ code: 'JOURNAL_BUSY' });
  const twice = await run(3, 'lock', 'run', 'front');
  expect(twice.last).toMatchObject({ code: 'FLASH_FILE_BUSY' });
  const { exit, last } = await cut.ended;
  expect([exit, last['code']]).toEqual([4, 'LINK_LOST']);
  expect((await run(0, 'lock', 'status', 'front')).last).toMatchObject({ result: { powered: false } });
  expect((await run(4, 'lock', 'press', 'front', adas)).last).toMatchObject({ code: 'LOCK_DARK' });

  await run(0, 'lock', 'fault', 'front', 'power-on');
  await run(0, 'lock', 'press', 'front', adas);
  const resumed = doorOf(await run(0, 'sync', 'Front'));
  expect(resumed).toMatchObject({ result: 'applied', version: pending?.['target'] });
  expect(resumed?.['frames']).toBeLessThan(ALL_FRAMES);
  expect((await run(5, 'lock', 'press', 'front', adas)).last).toMatchObject({
    result: { outcome: 'refused', reason: 'UNKNOWN_CREDENTIAL' },
  });
  expect((await run(5, 'explain', 'Front', '--person', 'ada@example.com')).last).toMatchObject({
    result: { asked: 0, mayOpenForOlder: false },
  });
  await run(0, 'lock', 'press', 'front', bobs);
  expect(doorOf(await run(0, 'status', 'Front'))).toMatchObject({ state: 'up-to-date', inRange: true });

  // A lock is what its folder holds: another process goes on with it.
  expect((await stop(lock)).exit).toBe(0);
  await doorlab.serve(['lock', 'run', 'front', '--flash-timing', 'none'], 'running');
  await run(0, 'lock', 'press', 'front', bobs);
  await run(5, 'lock', 'press', 'front', adas);
  const [cloudEnd, airEnd] = await Promise.all([stop(cloud), stop(air)]);
  expect([cloudEnd.exit, airEnd.exit]).toEqual([0, 0]);
  expect((await run(3, 'sync', 'Front')).last).toMatchObject({ code: 'AIR_UNREACHABLE' });
});
