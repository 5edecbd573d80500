// `npm run test:kernel`: our lock and our courier on two Bluetooth adapters of a real Linux kernel, in a virtual machine.
// Ends with one line that counts the tests. Exit code 3 where the machine lacks a part that may not be installed.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setUp } from './setup.mjs';

const { kernelParts, CACHE } = await import('./kernel/parts.mjs');
const { GUEST_TESTS, TRACE_TEST } = await import('./kernel/tests.mjs');

/** What btmon says of what it can't read; and what looks like it: a signal strength that btvirt does not tell. */
const COMPLAINT = /invalid|malformed|too short|truncated|unable|not enough|wrong/i;
const NO_COMPLAINT = /RSSI: invalid \(0x7f\)/;
const OUT = path.join(CACHE, 'out');
const GUEST = fileURLToPath(new URL('kernel/guest', import.meta.url));
const told = new Map();

process.exitCode = setUp() || (await run());

async function run() {
  const parts = kernelParts();
  if ('missing' in parts) {
    console.error(`test:kernel: missing here: ${parts.missing}.`);
    if (parts.next !== '') console.error(`  next: ${parts.next}`);
    return 3;
  }
  const trouble = await tryStory(parts);
  if (trouble !== undefined) console.log(`test:kernel: ${trouble}`);
  checkTrace();
  for (const test of GUEST_TESTS)
    if (!told.has(test)) tell({ test, ok: false, why: 'the guest did not come so far' });
  const passed = [...told.values()].filter(Boolean).length;
  const failed = told.size - passed;
  if (failed > 0) console.log(`test:kernel: what the guest left lies in ${OUT}`);
  console.log(`tests: ${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/** Undefined, or what kept it from being told to its end. */
async function tryStory(parts) {
  // After the set-up: this one imports what the set-up installs.
  const { bundleProgram } = await import('./kernel/bundle.mjs');
  const { makeHousehold, DOOR, PERSON, NEIGHBOUR } = await import('./kernel/household.mjs');
  const { makeInitramfs } = await import('./kernel/initramfs.mjs');
  const { runMachine } = await import('./kernel/machine.mjs');
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true, mode: 0o700 });
  try {
    const main = await bundleProgram();
    const { code, url } = await makeHousehold(main, path.join(OUT, 'data'));
    const settings = {
      DOORLAB_NODE: process.execPath,
      DOORLAB_STORY: path.join(GUEST, 'story.mjs'),
      DOORLAB_MAIN: main,
      DOORLAB_DOOR: DOOR,
      DOORLAB_PERSON: PERSON,
      DOORLAB_NEIGHBOUR: NEIGHBOUR,
      DOORLAB_CODE: code,
      DOORLAB_CLOUD: url,
    };
    const lines = Object.entries(settings).map(([name, value]) => `export ${name}='${value}'\n`);
    writeFileSync(path.join(OUT, 'settings.sh'), lines.join(''), { mode: 0o600 });
    copyFileSync(path.join(GUEST, 'story.sh'), path.join(OUT, 'story.sh'));
    const initramfs = makeInitramfs(parts, CACHE);
    return await runMachine({ kernel: parts.kernel, initramfs, out: OUT, onLine });
  } catch (error) {
    return error.message;
  }
}

function onLine(line) {
  let result;
  try {
    result = JSON.parse(line);
  } catch {
    return;
  }
  if (typeof result.test === 'string') tell(result);
}

function tell({ test, ok, why, seconds }) {
  told.set(test, ok);
  const took = seconds === undefined ? '' : ` (${seconds} s)`;
  console.log(`${ok ? '✓' : '✗'} ${test}${took}${ok ? '' : `: ${why}`}`);
}

/** The kernel's own monitor wrote it and read it again, in the guest. */
function checkTrace() {
  const place = path.join(OUT, 'trace.txt');
  const text = existsSync(place) ? readFileSync(place, 'utf8') : '';
  const complaints = text.split('\n').filter((line) => COMPLAINT.test(line) && !NO_COMPLAINT.test(line));
  const writes = (text.match(/ATT: Write Command/g) ?? []).length;
  const ok = existsSync(path.join(OUT, 'trace.read')) && complaints.length === 0 && writes > 0;
  tell({ test: TRACE_TEST, ok, why: `${writes} write commands; ${complaints.slice(0, 5).join('; ')}` });
}
