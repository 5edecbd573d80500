// `doorlab radio serve` with what it can offer, and the radio that the other commands open on it.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '#protocol/node/system-clock.ts';
import { loadConfig } from '#cli/config.ts';
import type { Output } from '#cli/output.ts';
import { openRadio, radiosOf } from '#cli/open-radio.ts';
import { Air } from '#radio/air/air.ts';
import { serveH4 } from '#radio/h4/h4-server.ts';
import { met, STATUS } from '#test/radio/radio-rig.ts';
import { aStage, run, type Stage } from './surroundings.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'doorlab-serve-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const inFolder = (name: string): string => path.join(folder, name);
const datalinkOf = (file: string): number => readFileSync(file).readUInt32BE(12);

async function contextOf(flags: { radio: string; btsnoop?: string }) {
  const config = await loadConfig({ flags, env: {}, configFile: undefined, cwd: folder });
  const output: Pick<Output, 'note'> = { note: (text) => expect.fail(text) };
  return { config, clock: systemClock, output: output as Output };
}

const radioOf = async (flags: { radio: string; btsnoop?: string }) => openRadio(await contextOf(flags));

/** The air's time goes on while `body` waits. */
async function inTimeOf<T>({ clock }: Stage, body: () => Promise<T>): Promise<T> {
  let isOver = false;
  const isEnded = (): boolean => isOver;
  const work = body().finally(() => {
    isOver = true;
  });
  while (!isEnded()) {
    clock.advance(20);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return work;
}

describe('radio serve', () => {
  it('offers controllers over H4 in each way asked for, and traces them all', async () => {
    const stage = aStage();
    const args = [
      '--port',
      '0',
      '--h4',
      `unix:${inFolder('hci')}`,
      'tcp:0',
      '--btsnoop',
      inFolder('air'),
      '--json',
    ];
    const served = run(stage, ['radio', 'serve', ...args]);
    const offered = () => stage.objects().filter(({ event }) => event === 'serving-h4');
    await expect.poll(() => offered().length).toBe(2);
    const [unix, tcp] = offered().map(({ endpoint }) => String(endpoint));
    expect(tcp).toMatch(/^tcp:127\.0\.0\.1:[1-9]\d*$/);
    const locks = await radioOf({ radio: `h4:${unix ?? ''}`, btsnoop: 'lock.btsnoop' });
    const couriers = await radioOf({ radio: `h4:${tcp ?? ''}` });
    const value = await inTimeOf(stage, async () => {
      const ports = { central: () => couriers.central(), peripheral: () => locks.peripheral() };
      const { link } = await met(ports);
      return link.read(STATUS);
    });
    expect(value).toEqual(Uint8Array.of(1, 2, 3));
    await couriers.close();
    await locks.close();
    stage.interrupt();
    expect(await served).toBe(0);
    expect([datalinkOf(inFolder('air')), datalinkOf(inFolder('lock.btsnoop'))]).toEqual([2001, 1002]);
    expect(existsSync(inFolder('hci'))).toBe(false);
  });

  it.each([
    ['--h4', 'serial:/dev/ttyACM0'],
    ['--h4', '/run/hci'],
    ['--fault', 'loss=10%'],
    ['--fault', 'rain'],
  ])('refuses %s %s with 2, and serves nothing', async (flag, value) => {
    const stage = aStage();
    expect(await run(stage, ['radio', 'serve', '--port', '0', flag, value])).toBe(2);
    expect(stage.err()).toContain(flag);
    expect(stage.out()).toBe('');
  });

  it('tells nothing of an air that does not come up whole, and leaves no socket of it', async () => {
    const stage = aStage();
    writeFileSync(inFolder('taken'), '');
    const offered = ['--h4', `unix:${inFolder('hci')}`, `unix:${inFolder('taken')}`];
    expect(await run(stage, ['radio', 'serve', '--port', '0', ...offered])).toBe(3);
    expect(stage.out()).toBe('');
    expect(stage.err()).toContain('there is a file of that name');
    expect(existsSync(inFolder('hci'))).toBe(false);
  });

  it('names its faults in the help', async () => {
    const stage = aStage();
    expect(await run(stage, ['radio', 'serve', '--help'])).toBe(0);
    expect(stage.out()).toContain('disconnect=every:20KiB');
  });
});

it('--btsnoop on a file that is there ends a command with 2 before it opens a radio', async () => {
  const radio = await radioOf({ radio: 'h4:unix:/nowhere', btsnoop: 'a' });
  await radio.close();
  await expect(radioOf({ radio: 'h4:unix:/nowhere', btsnoop: 'a' })).rejects.toMatchObject({
    code: 'TRACE_EXISTS',
  });
});

it('--btsnoop of a command that opens its radio anew goes on in a file of the next number', async () => {
  const radios = radiosOf(await contextOf({ radio: `h4:unix:${inFolder('hci')}`, btsnoop: 'a' }));
  const tooEarly = radios.next();
  await expect(tooEarly.central()).rejects.toMatchObject({ code: 'ADAPTER_MISSING' });
  await tooEarly.close();
  const air = new Air({ clock: systemClock, link: 'unpaced' });
  const server = await serveH4(air, { kind: 'unix', path: inFolder('hci') });
  for (const name of ['a', 'a.2']) {
    const radio = radios.next();
    await radio.central();
    await radio.close();
    expect(readFileSync(inFolder(name)).length).toBeGreaterThan(100);
  }
  radios.close();
  await server.close();
});
