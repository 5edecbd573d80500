// The cloud's data as the guest finds it: keys, a manager's token, a property with its residents and a code that opens.
// Made here by the same commands, since here they take a tenth of the time.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from '../setup.mjs';

export const DOOR = 'Unit 1A';
export const PERSON = 'maya.alvarez@example.com';
export const NEIGHBOUR = 'jonas.dahl@example.com';
const MANAGER = 'ann@example.com';
const COMMAND_DEADLINE_MS = 60_000;
const FILES = path.join(ROOT, 'lab', 'demo');

/** In `data`: the doorcode of PERSON at DOOR, and the cloud's address, which its phone tells its token to and nobody else. */
export async function makeHousehold(main, data) {
  const doorlab = (args, input = '') => {
    const all = [main, ...args, '--data', data, '--no-input', '--json'];
    const options = { input, encoding: 'utf8', timeout: COMMAND_DEADLINE_MS, env: withoutDatabase() };
    const { status, stdout, stderr } = spawnSync(process.execPath, all, options);
    if (status !== 0) throw new Error(`doorlab ${args.join(' ')}: exit code ${status}\n${stdout}${stderr}`);
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  };
  doorlab(['cloud', 'keygen']);
  const password = `${randomBytes(12).toString('hex')}\n`;
  doorlab(['cloud', 'account', MANAGER], password);
  // With a portfolio of its own it has a password without a mail.
  doorlab(['cloud', 'account', PERSON, '--portfolio', 'Elsewhere'], password);
  const token = path.join(data, 'gateway', 'token');
  doorlab(['cloud', 'token', MANAGER, '--scope', 'manager,courier,activate', '--out', token]);
  const cloud = spawn(process.execPath, [main, 'cloud', 'serve', '--port', '0', '--data', data, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: withoutDatabase(),
  });
  try {
    const url = await servingAt(cloud);
    doorlab(['property', 'create', path.join(FILES, 'property.json'), '--cloud', url]);
    doorlab(['people', 'import', path.join(FILES, 'people.csv'), '--cloud', url]);
    doorlab(['app', 'login', PERSON, '--label', 'phone', '--cloud', url], password);
    const codes = doorlab(['people', 'codes', PERSON, '--cloud', url]);
    const code = codes.map((line) => JSON.stringify(line)).find((line) => line.includes(`"${DOOR}"`));
    const digits = /"(\d{7})"/.exec(code ?? '')?.[1];
    if (digits === undefined) throw new Error(`no doorcode of ${PERSON} at ${DOOR}`);
    return { code: digits, url };
  } finally {
    const ended = new Promise((resolve) => cloud.once('close', resolve));
    cloud.kill('SIGTERM');
    await ended;
  }
}

const withoutDatabase = () => ({ ...process.env, DATABASE_URL: '' });

function servingAt(cloud) {
  return new Promise((resolve, reject) => {
    cloud.once('close', (code) => reject(new Error(`the cloud ended with ${code}`)));
    createInterface({ input: cloud.stdout }).on('line', (line) => {
      const { event, url } = JSON.parse(line);
      if (event === 'serving') resolve(url);
    });
  });
}
