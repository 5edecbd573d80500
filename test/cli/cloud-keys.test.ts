// The ceremonies of the cloud's keys, as people hold them on the command line.
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadKeys } from '#cloud/keys/cloud-keys.ts';
import { keygen } from '#cloud/keys/keygen.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { aStage, run } from './surroundings.ts';

interface Told {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** A machine: a folder with what lies on it, and a terminal where somebody types `answer`. */
class Desk {
  readonly folder = mkdtempSync(join(tmpdir(), 'doorlab-ceremony-'));
  readonly keysFolder = join(this.folder, 'data', 'keys');

  constructor() {
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  async run(argv: readonly string[], answer?: string): Promise<Told> {
    const stage = aStage({ cwd: this.folder, random: systemRandom });
    if (answer !== undefined) Object.assign(stage.stdin, { isTTY: true });
    stage.stdin.end(answer === undefined ? '' : `${answer}\n`);
    const exit = await run(stage, [...argv, '--data', join(this.folder, 'data')]);
    return { exit, out: stage.out(), err: stage.err() };
  }

  get number(): number {
    return loadKeys(this.keysFolder, nodeEngine).keySet.number;
  }
}

function aServer(): Desk {
  const desk = new Desk();
  keygen(desk.keysFolder, { engine: nodeEngine, clock: new VirtualClock(), random: systemRandom });
  return desk;
}

/** As a memory stick does. */
function carry(from: Desk, name: string, to: Desk, as = name): void {
  writeFileSync(join(to.folder, as), readFileSync(join(from.folder, name)), { mode: 0o600 });
}

const digestIn = ({ out }: Told): string | undefined => /Digest ([A-Z2-7-]+)/.exec(out)?.[1];

test('with the root key at hand one command rotates, once somebody has said yes', async () => {
  const server = aServer();
  const no = await server.run(['cloud', 'rotate'], 'no');
  expect(no).toMatchObject({ exit: 1, out: expect.stringContaining('Nothing was signed.') as unknown });
  expect((await server.run(['cloud', 'rotate'])).exit).toBe(2);
  expect(server.number).toBe(1);
  const yes = await server.run(['cloud', 'rotate'], 'yes');
  expect(yes).toMatchObject({ exit: 0, out: expect.stringContaining('Key set 2 is in force') as unknown });
  expect((await server.run(['cloud', 'rotate', '--role', 'table', '--yes', '--json'])).out).toContain(
    '"inForce":true',
  );
  expect(server.number).toBe(3);
});

test('a request goes to a machine that has the root key alone, and a signature comes back', async () => {
  const [server, vault] = [aServer(), new Desk()];
  renameSync(join(server.keysFolder, 'root', 'root.key'), join(vault.folder, 'root.key'));
  const asked = await server.run(['cloud', 'rotate', '--out', 'set.request']);
  expect(asked.exit).toBe(0);
  carry(server, 'set.request', vault);

  const signed = await vault.run(['cloud', 'sign', 'set.request', '--root', 'root.key'], 'yes');
  expect(signed.exit).toBe(0);
  expect(digestIn(signed)).toBe(digestIn(asked));
  expect(digestIn(signed)).toMatch(/^([A-Z2-7]{4}-){7}[A-Z2-7]{4}$/);
  const signature = readdirSync(vault.folder).find((name) => name.endsWith('.signature'));
  carry(vault, signature ?? '', server, 'signature');
  expect((await server.run(['cloud', 'rotate', '--finish', 'signature'])).exit).toBe(0);
  expect(server.number).toBe(2);
  // Nothing of a database was made where only the root key is.
  expect(readdirSync(vault.folder).sort()).toEqual(
    ['root.key', 'root.key.signed', 'set.request', signature].sort(),
  );
});

test('a request changed on its way is shown by what it says now, and its signature is refused', async () => {
  const [server, vault] = [aServer(), new Desk()];
  renameSync(join(server.keysFolder, 'root', 'root.key'), join(vault.folder, 'root.key'));
  const asked = await server.run(['cloud', 'rotate', '--out', 'set.request']);
  carry(server, 'set.request', vault);
  const text = readFileSync(join(vault.folder, 'set.request'), 'utf8');
  const payload = /"payload":"([0-9a-f]+)"/.exec(text)?.[1] ?? '';
  // The last byte of the log key.
  const other = `${payload.slice(0, -2)}${payload.endsWith('00') ? '01' : '00'}`;
  writeFileSync(join(vault.folder, 'set.request'), text.replace(payload, other));
  const signed = await vault.run([
    'cloud',
    'sign',
    'set.request',
    '--root',
    'root.key',
    '--yes',
    '--out',
    'signature',
  ]);
  expect(signed.exit).toBe(0);
  expect(digestIn(signed)).not.toBe(digestIn(asked));
  carry(vault, 'signature', server);
  const finished = await server.run(['cloud', 'rotate', '--finish', 'signature']);
  expect(finished).toMatchObject({ exit: 1, err: expect.stringContaining('another request') as unknown });
  expect(server.number).toBe(1);
});

test('root keys are added, and from then on two of three sign', async () => {
  const [server, bob, carol] = [aServer(), new Desk(), new Desk()];
  for (const [name, desk] of [
    ['bob', bob],
    ['carol', carol],
  ] as const) {
    expect((await desk.run(['cloud', 'root-key', `${name}.key`])).exit).toBe(0);
    carry(desk, `${name}.key.pub`, server);
  }
  const wish = ['--roots', 'current', 'bob.key.pub', 'carol.key.pub', '--threshold', '2'];
  const asked = await server.run(['cloud', 'rotate', ...wish, '--out', 'set.request']);
  expect(asked.out).toContain('any 1 of 1 root keys sign now, any 2 of 3 from then on');
  expect(
    (
      await server.run([
        'cloud',
        'sign',
        'set.request',
        '--root',
        'data/keys/root/root.key',
        '--yes',
        '--out',
        'ann',
      ])
    ).exit,
  ).toBe(0);
  expect((await server.run(['cloud', 'rotate', '--finish', 'ann'])).err).toContain('1 of the 2');
  carry(server, 'set.request', bob);
  expect(
    (await bob.run(['cloud', 'sign', 'set.request', '--root', 'bob.key', '--yes', '--out', 'bob'])).exit,
  ).toBe(0);
  carry(bob, 'bob', server);
  expect((await server.run(['cloud', 'rotate', '--finish', 'ann', 'bob'])).exit).toBe(0);
  expect(loadKeys(server.keysFolder, nodeEngine).keySet).toMatchObject({ number: 2, threshold: 2 });
});

test('wrong use is told as such, and changes nothing', async () => {
  const server = aServer();
  mkdirSync(join(server.folder, 'empty'));
  writeFileSync(join(server.folder, 'words'), 'only words');
  const wrong: readonly (readonly [readonly string[], number])[] = [
    [['cloud', 'rotate', '--role', 'tabel'], 2],
    [['cloud', 'rotate', '--threshold', '0'], 2],
    [['cloud', 'rotate', '--threshold', '9'], 2],
    [['cloud', 'rotate', '--role', 'root', '--roots', 'current'], 2],
    [['cloud', 'rotate', '--roots', 'nobody.pub'], 3],
    [['cloud', 'rotate', '--roots', 'words'], 3],
    [['cloud', 'rotate', '--finish', 'words'], 2],
    [['cloud', 'rotate', '--finish', 'nothing'], 2],
    [['cloud', 'rotate', '--discard'], 1],
    [['cloud', 'rotate', '--keys', 'empty'], 3],
    [['cloud', 'sign', 'words', '--root', 'data/keys/root/root.key'], 2],
    [['cloud', 'sign', 'words'], 2],
    [['cloud', 'sign', 'empty', '--root', 'data/keys/root/root.key'], 2],
    [['cloud', 'root-key', 'words'], 3],
  ];
  for (const [argv, exit] of wrong) {
    expect(
      (await server.run([...argv, '--yes'].filter((word) => word !== '--yes' || argv[1] !== 'root-key')))
        .exit,
      argv.join(' '),
    ).toBe(exit);
  }
  expect(readdirSync(server.keysFolder).sort()).toEqual(['1', 'root']);
});

test('a release needs a lock that has left its door, or what was signed for it', async () => {
  const server = aServer();
  // Nothing is made where nothing was.
  expect((await server.run(['cloud', 'release', '4B', '--out', 'x'])).exit).toBe(3);
  await server.run(['cloud', 'migrate']);
  for (const argv of [
    ['--out', 'x'],
    ['4B', '--out', 'x'],
    ['4B'],
    ['4B', '--out', 'x', '--key-set', '0'],
    ['4B', '--out', 'x', '--request', 'r', '--finish', 's'],
    ['--out', 'x', '--request', 'r', '--finish', 's'],
  ]) {
    expect((await server.run(['cloud', 'release', ...argv])).exit, argv.join(' ')).toBe(2);
  }
  expect((await server.run(['cloud', 'release', '4B', '--out', 'x', '--key-set', '2'])).exit).toBe(3);
});

test('cloud keys names each key with its set, age, mode and place, and no secret', async () => {
  const server = aServer();
  await server.run(['cloud', 'rotate', '--role', 'table', '--yes']);
  const { exit, out } = await server.run(['cloud', 'keys']);
  expect(exit).toBe(0);
  expect(out).toMatch(/^table .* in force \(key set 2\) .* days {2}0600 {2}.*keys\/2\/table\.key$/m);
  expect(out).toMatch(/^table .* past \(key set 1\)/m);
  expect(out).toContain('whoever takes this machine takes the root');
  for (const key of ['1/table.key', '2/table.key', 'root/root.key']) {
    const { secret } = JSON.parse(readFileSync(join(server.keysFolder, key), 'utf8')) as { secret: string };
    expect(out).not.toContain(secret);
  }
  rmSync(join(server.keysFolder, '1', 'time.key'));
  expect((await server.run(['cloud', 'keys'])).exit).toBe(3);
});

test('doctor ends with 3 where the cloud of this machine is not fit to serve, and names the remedy', async () => {
  const server = aServer();
  const fit = await server.run(['doctor']);
  expect(fit.exit).toBe(0);
  expect(fit.out).toMatch(/^ok +cloud-keys/m);
  rmSync(join(server.keysFolder, '1', 'table.key'));
  const unfit = await server.run(['doctor', '--json']);
  expect(unfit.exit).toBe(3);
  expect(unfit.out).toMatch(/"id":"cloud-keys","status":"fail".*"remedy":"Put it back/);
});
