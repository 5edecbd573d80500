// Doctor on machines made of folders: what is broken, what is only missing, and what nobody can know.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { CloudError } from '#gateway/cloud-error.ts';
import { check, isBroken, type CheckId } from '#gateway/doctor/check.ts';
import { checkCloud } from '#gateway/doctor/cloud.ts';
import { checkDataFolder, checkKeys, checkTokenFile } from '#gateway/doctor/folders.ts';
import { thisMachine, type Machine } from '#gateway/doctor/machine-facts.ts';
import { checkMachine, checkNode } from '#gateway/doctor/machine.ts';
import { examine } from '#gateway/doctor.ts';
import { ADAPTER, aMachine, BUILT, byId, MAY, notWanted, wanted } from './made-machine.ts';
import { aFolder } from './temporary-folder.ts';

describe('the machine', () => {
  test('with all that a real adapter needs', () => {
    const checks = checkMachine(aMachine({ ...ADAPTER, ...MAY, ...BUILT }), wanted);
    expect(checks.map(({ id, status }) => `${id} ${status}`)).toEqual([
      'kernel-bluetooth ok',
      'adapter ok',
      'rfkill ok',
      'adapter-permission ok',
      'native-binding ok',
      'adapter-power unknown',
      'bluetooth-service ok',
      'adapter-holder ok',
    ]);
  });

  const flaws: Record<string, [Machine | (() => Machine), CheckId, RegExp]> = {
    'a kernel without Bluetooth': [
      () => aMachine({ 'proc/net/protocols': 'TCP 1\n' }),
      'kernel-bluetooth',
      /virtual/,
    ],
    'no adapter': [() => aMachine({ 'proc/net/protocols': 'HCI   900\n' }), 'adapter', /virtual/],
    'a blocked adapter': [
      () =>
        aMachine({
          ...ADAPTER,
          'sys/class/rfkill/rfkill0/type': 'bluetooth\n',
          'sys/class/rfkill/rfkill0/name': 'hci0\n',
          'sys/class/rfkill/rfkill0/soft': '1\n',
        }),
      'rfkill',
      /rfkill unblock/,
    ],
    'no permission': [
      () => aMachine({ ...ADAPTER, 'proc/self/status': 'CapEff:\t0000000000001000\n' }),
      'adapter-permission',
      /setcap/,
    ],
    'sockets not built': [() => aMachine({ ...ADAPTER, ...MAY }), 'native-binding', /build:native/],
  };
  test.each(Object.entries(flaws))(
    '%s is a failure where a real adapter is wanted, else a warning',
    (_, flaw) => {
      const [make, id, remedy] = flaw;
      const machine = typeof make === 'function' ? make() : make;
      const found = byId(checkMachine(machine, wanted), id);
      expect(found).toMatchObject({ status: 'fail' });
      expect(found?.remedy).toMatch(remedy);
      expect(byId(checkMachine(machine, notWanted), id)?.status).toBe('warn');
    },
  );

  test('an adapter that is not among those there', () => {
    const checks = checkMachine(aMachine({ ...ADAPTER, ...MAY }), { isWanted: true, adapter: 1 });
    expect(byId(checks, 'adapter')).toMatchObject({ status: 'fail', detail: 'there is no hci1' });
  });

  test('what a kernel does not say is unknown, and so is all of another platform', () => {
    expect(byId(checkMachine(aMachine({}), wanted), 'kernel-bluetooth')?.status).toBe('unknown');
    expect(byId(checkMachine(aMachine(ADAPTER), wanted), 'adapter-permission')?.status).toBe('unknown');
    const mac = checkMachine(aMachine(BUILT, { platform: 'darwin' }), wanted);
    expect(mac.map(({ id, status }) => [id, status])).toEqual([
      ['kernel-bluetooth', 'unknown'],
      ['adapter', 'unknown'],
      ['privacy', 'unknown'],
      ['native-binding', 'ok'],
    ]);
  });

  test.each([
    ['20.18.3', 'fail'],
    ['20.19.0', 'ok'],
    ['21.7.0', 'fail'],
    ['22.11.0', 'fail'],
    ['22.12.0', 'ok'],
    ['23.0.0', 'fail'],
    ['24.0.0', 'ok'],
  ])('Node %s: %s', (nodeVersion, status) => {
    expect(checkNode({ ...thisMachine(), nodeVersion }).status).toBe(status);
  });
});

describe('the keys', () => {
  const aKeysFolder = (): string => {
    const folder = join(aFolder(), 'keys');
    mkdirSync(join(folder, 'root'), { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, 'table.key'), 'secret', { mode: 0o600 });
    writeFileSync(join(folder, 'root', 'root.key'), 'secret', { mode: 0o600 });
    return folder;
  };

  test('for nobody else’s eyes are fine, with their age', () => {
    const inTwoDays = Date.now() + 2.5 * 86_400_000;
    expect(checkKeys(aKeysFolder(), inTwoDays, true)).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining('2 days old') as string,
    });
  });

  test('that others may read are a failure', () => {
    const folder = aKeysFolder();
    chmodSync(join(folder, 'root', 'root.key'), 0o640);
    const found = checkKeys(folder, Date.now(), true);
    expect(found).toMatchObject({ status: 'fail', remedy: `chmod -R go= ${folder}` });
    expect(found.detail).toContain('root.key');
  });

  test('that are missing are a failure only where the cloud is served', () => {
    const folder = join(aFolder(), 'none');
    expect(checkKeys(folder, 0, true).status).toBe('fail');
    expect(checkKeys(folder, 0, false).status).toBe('unknown');
    expect(checkKeys(aFolder(), 0, false).status).toBe('fail');
  });

  test('a data folder that is not there yet is no flaw', () => {
    expect(checkDataFolder(join(aFolder(), 'none')).status).toBe('ok');
    expect(checkDataFolder(aFolder()).status).toBe('ok');
  });
});

test('a token that others may use is a warning with its remedy, and nothing is said of none', () => {
  const file = join(aFolder(), 'token');
  expect(checkTokenFile(file)).toEqual([]);
  writeFileSync(file, 'dlt_aaaa', { mode: 0o600 });
  expect(checkTokenFile(file)).toMatchObject([{ id: 'token-permissions', status: 'ok' }]);
  chmodSync(file, 0o640);
  const found = checkTokenFile(file);
  expect(found).toMatchObject([{ status: 'warn', remedy: `chmod 600 ${file}` }]);
  expect(found[0]?.detail).toContain('mode 640');
});

describe('the cloud', () => {
  const clock = new VirtualClock();
  const session = {
    accountId: 'a',
    email: 'm@example.com',
    portfolioId: 'p',
    scopes: ['courier' as const],
    expiresAtS: 2_000_000_000,
    rights: { role: 'portfolio' as const, properties: [] },
  };
  const answering = (aheadMs: number | undefined) => ({
    session: async () => ({ session, dateMs: aheadMs === undefined ? undefined : clock.nowMs() - aheadMs }),
  });
  const failing = (error: Error) => ({ session: async () => Promise.reject(error) });

  test.each([
    [0, 'ok'],
    [900, 'ok'],
    [-29_000, 'ok'],
    [45_000, 'warn'],
    [-45_000, 'warn'],
    [365 * 86_400_000, 'fail'],
    [-365 * 86_400_000, 'fail'],
    [undefined, 'unknown'],
  ])('a clock that is %s ms ahead of the cloud’s: %s', async (aheadMs, status) => {
    const checks = await checkCloud(answering(aheadMs), clock);
    expect(byId(checks, 'cloud')?.status).toBe('ok');
    expect(byId(checks, 'cloud-token')?.detail).toContain('may courier');
    expect(byId(checks, 'cloud-clock')?.status).toBe(status);
  });

  test('that is not there, or does not know the token, or is not named', async () => {
    const gone = await checkCloud(
      failing(new CloudError('CLOUD_UNREACHABLE', 'Gone.', { next: 'Start it.' })),
      clock,
    );
    expect(gone).toMatchObject([{ id: 'cloud', status: 'fail', remedy: 'Start it.' }]);
    const revoked = await checkCloud(failing(new CloudError('NOT_SIGNED_IN', 'No.', { status: 401 })), clock);
    expect(revoked.map(({ id, status }) => [id, status])).toEqual([
      ['cloud', 'ok'],
      ['cloud-token', 'fail'],
    ]);
    expect((await checkCloud(undefined, clock))[0]?.status).toBe('unknown');
  });
});

test('the whole examination names every flaw once, and is broken by failures alone', async () => {
  const wish = {
    clock: new VirtualClock(),
    adapter: notWanted,
    dataFolder: aFolder(),
    keysFolder: join(aFolder(), 'none'),
    tokenFile: join(aFolder(), 'none'),
    servesCloud: false,
    client: undefined,
    machine: aMachine({ 'proc/net/protocols': 'TCP 1\n' }),
  };
  const checks = await examine(wish);
  expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
  expect(isBroken(checks)).toBe(false);
  expect(isBroken(await examine({ ...wish, adapter: wanted }))).toBe(true);
});

test('an adapter is asked, and listened with, only where all else is well', async () => {
  const asked: string[] = [];
  const wish = {
    clock: new VirtualClock(),
    adapter: wanted,
    dataFolder: aFolder(),
    keysFolder: join(aFolder(), 'none'),
    tokenFile: join(aFolder(), 'none'),
    servesCloud: false,
    client: undefined,
    machine: aMachine({ ...ADAPTER, ...MAY, ...BUILT }),
    probe: async () => {
      asked.push('probe');
      return { state: 'up' as const, detail: '' };
    },
    liveScan: async () => {
      asked.push('scan');
      return check('live-scan', 'ok', '1 lock was heard');
    },
  };
  expect(byId(await examine(wish), 'live-scan')?.status).toBe('ok');
  expect(asked.splice(0)).toEqual(['probe', 'scan']);
  await examine({ ...wish, probe: async () => ({ state: 'down', detail: '' }) });
  await examine({ ...wish, machine: aMachine({ ...ADAPTER, ...MAY }) });
  await examine({ ...wish, adapter: notWanted });
  const taken = { 'locks/hci0.lock': '{"pid":41}', 'proc/41/comm': 'node' };
  await examine({ ...wish, machine: aMachine({ ...ADAPTER, ...MAY, ...BUILT, ...taken }) });
  expect(asked).toEqual([]);
});
