// What a radio leaves behind in its process: nothing. Both hosts by themselves poll every second for ever and
// listen for signals; a process that closed its radio has to end, and a signal has to end one that did not.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');

const OPEN = `
  import { systemClock } from '#protocol/node/system-clock.ts';
  import { openVirtualRadio } from '#radio/virtual/virtual-radio.ts';
  import { aLock, sight, STATUS } from '#test/radio/radio-rig.ts';
  const radio = openVirtualRadio({ clock: systemClock });
  await aLock(radio);
  const central = await radio.central();
  const link = await central.connect((await sight(central)).peripheralId);
  await link.read(STATUS);
  const left = () => ({
    resources: process.getActiveResourcesInfo().filter((name) => name === 'Timeout'),
    signals: process.listenerCount('SIGINT'),
    exits: process.listenerCount('exit'),
  });
`;

async function run(script: string): Promise<{ output: string; code: number | null }> {
  const node = ['--conditions=source', '--import', 'tsx', '--input-type=module', '--eval'];
  const child = spawn(process.execPath, [...node, script], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (data) => (output += String(data)));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { output, code };
}

it('a process that closed its radio has no timer and no listener left, and ends by itself', async () => {
  const { output, code } = await run(
    `const before = process.listenerCount('exit');
     ${OPEN}
     await radio.close();
     const { resources, signals, exits } = left();
     console.log(JSON.stringify({ resources, signals, exits: exits - before }));`,
  );
  expect(JSON.parse(output)).toEqual({ resources: [], signals: 0, exits: 0 });
  expect(code).toBe(0);
});

it('an open radio polls nothing and keeps no signal from its process', async () => {
  const { output, code } = await run(
    `${OPEN}
     console.log(JSON.stringify(left()));
     process.exit(3);`,
  );
  expect(JSON.parse(output)).toMatchObject({ resources: [], signals: 0 });
  expect(code).toBe(3);
});
