// A lock's folder: what belongs together is opened, what does not is refused in words, and one process has it.
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { utf8 } from '#protocol/bytes.ts';
import { DoorlabError } from '#protocol/errors.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { parseLabel } from '#protocol/label.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { DeviceRtc } from '#lock-sim/clock/device-rtc.ts';
import { chunksFor, openLockFolder, type LockFolder } from '#lock-sim/lock-folder.ts';
import { aLock } from '#test/builders/lock.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import { secureContentsOf } from '#test/builders/running-lock.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench } from './lock-bench.ts';

let path: string;
let random = seededRandom('folder');
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'doorlab-lock-'));
  random = seededRandom('folder');
});
afterEach(() => rmSync(path, { recursive: true, force: true }));

const open = (capacityRows?: number): LockFolder =>
  openLockFolder({
    path,
    engine: nodeEngine,
    random,
    clock: new VirtualClock(),
    ...(capacityRows === undefined ? {} : { capacityRows }),
  });

function refusal(): { code: string; message: string; next: string | undefined } {
  try {
    open().close();
  } catch (error) {
    if (error instanceof DoorlabError) return { code: error.code, message: error.message, next: error.next };
    throw error;
  }
  return { code: 'opened', message: '', next: undefined };
}

const file = (name: string): string => join(path, name);

/** A lock in use: its flash has been written to. */
function used(): void {
  const folder = open(200);
  folder.flash.write(0, Uint8Array.of(0));
  folder.flash.setEraseCount(0, 1);
  folder.close();
}

describe('a lock folder', () => {
  it('makes a lock once, with its label, and opens the same one ever after, whatever capacity is asked for', () => {
    const first = open(200);
    first.close();
    expect(readdirSync(path).sort()).toEqual([
      'clock.json',
      'flash.bin',
      'label.txt',
      'lock.json',
      'secure.bin',
    ]);
    expect(readFileSync(file('label.txt'), 'utf8')).toBe(`${first.label}\n`);
    expect(parseLabel(nodeEngine, first.label)).toBeDefined();
    const again = open(900);
    expect([again.label, again.capacityRows]).toEqual([first.label, 200]);
    again.close();
  });

  it.each<[string, string, string, () => void]>([
    ['whose flash is cut short', 'FLASH_FILE_INVALID', 'bytes', () => truncateSync(file('flash.bin'), 9_000)],
    [
      'whose flash is a foreign file',
      'FLASH_FILE_INVALID',
      'not a flash',
      () => writeFileSync(file('flash.bin'), 'x'.repeat(9_000)),
    ],
    ['whose flash is gone', 'LOCK_FOLDER_INVALID', 'no flash', () => rmSync(file('flash.bin'))],
    [
      'whose secure element is gone',
      'LOCK_FOLDER_INVALID',
      'no secure element',
      () => rmSync(file('secure.bin')),
    ],
    [
      'whose secure element is damaged',
      'SECURE_FILE_INVALID',
      'damaged',
      () => truncateSync(file('secure.bin'), 90),
    ],
    [
      'whose model is of another size',
      'FLASH_FILE_INVALID',
      'sectors',
      () => writeFileSync(file('lock.json'), '{"format":1,"capacityRows":1500}'),
    ],
    [
      'whose model is nonsense',
      'LOCK_FOLDER_INVALID',
      'what lock',
      () => writeFileSync(file('lock.json'), '{"format":1,"capacityRows":-1}'),
    ],
    [
      'whose model is no JSON',
      'LOCK_FOLDER_INVALID',
      'what lock',
      () => writeFileSync(file('lock.json'), '{'),
    ],
  ])('%s is refused with its code and the next step, and nothing in it is changed', (_, code, word, harm) => {
    used();
    harm();
    const before = readdirSync(path).map((name) => [name, readFileSync(file(name)).toString('base64')]);
    const refused = refusal();
    expect(refused.code).toBe(code);
    expect(refused.message).toContain(word);
    expect(refused.next).toMatch(/\.$/);
    expect(readdirSync(path).map((name) => [name, readFileSync(file(name)).toString('base64')])).toEqual(
      before,
    );
  });

  it('in use is refused to a second one, and free again after it', () => {
    const first = open(200);
    expect(refusal().code).toBe('FLASH_FILE_BUSY');
    first.close();
    expect(refusal().code).toBe('opened');
  });

  it('left by a manufacture that was cut off is finished at the next try', () => {
    open(200).close();
    rmSync(file('secure.bin'));
    expect(refusal().code).toBe('opened');
  });

  it('whose maker was killed at any file comes up whole at the next try', () => {
    open(200).close();
    const whole = new Map(readdirSync(path).map((name) => [name, readFileSync(file(name))]));
    const order = ['lock.json', 'flash.bin', 'secure.bin', 'label.txt'];
    for (const [at, name] of order.entries()) {
      for (const bytes of [0, 5]) {
        for (const left of readdirSync(path)) rmSync(file(left));
        // What was made before it is there; of this one a draft of a few bytes.
        for (const before of order.slice(0, at)) writeFileSync(file(before), whole.get(before)!);
        writeFileSync(file(`${name}.draft`), whole.get(name)!.subarray(0, bytes));
        expect([name, refusal().code]).toEqual([name, 'opened']);
        expect(refusal().code).toBe('opened');
      }
    }
  });

  it.each(['lock.json', 'flash.bin'])(
    'has no %s before it is whole: it is made under another name',
    (name) => {
      // Where its draft should go there is a folder.
      mkdirSync(file(`${name}.draft`));
      expect(() => open(200)).toThrow();
      expect(readdirSync(path)).not.toContain(name);
      rmSync(file(`${name}.draft`), { recursive: true });
      expect(refusal().code).toBe('opened');
    },
  );

  it('has room for its capacity at the worst packing', () => {
    expect(chunksFor(1)).toBe(2);
    expect(chunksFor(120)).toBe(2);
    expect(chunksFor(121)).toBe(3);
    expect(chunksFor(14_097)).toBe(112);
  });

  it('keeps a table through the end of the process, and shows nothing of it but in the secure element', async () => {
    const built = aLock();
    const keySet = aKeySet();
    const set = aSignedSet({ lock: built, keySet, rows: 40 });
    const contents = secureContentsOf(built, keySet);
    const folder = open(200);
    const first = await aBench({
      built,
      keySet,
      capacityChunks: folder.layout.capacityChunks,
      flash: folder.flash,
      contents,
    });
    expect(HandCourier.greeted(first).deliver(set)?.triple).toEqual(set.triple);
    await first.lock.close();
    folder.close();
    copyFileSync(file('flash.bin'), file('copy.bin'));
    const again = open();
    const second = await aBench({
      built,
      keySet,
      capacityChunks: again.layout.capacityChunks,
      flash: again.flash,
      contents: first.secure.load(),
    });
    for (const code of set.codes) expect(second.lock.press(code)?.outcome).toBe('open');
    again.close();
    for (const name of ['flash.bin', 'copy.bin', 'lock.json', 'label.txt']) {
      const bytes = readFileSync(file(name));
      const inverted = Buffer.from(bytes.map((byte) => ~byte & 0xff));
      const secrets = [
        ...set.codes.map((code) => utf8(code)),
        ...set.rows.map((row) => row.slice(0, 16)),
        ...Object.values(built.secrets as unknown as Record<string, Uint8Array>),
        built.sealingSecret,
        built.identity.seed,
        contents.tableSecret,
      ];
      expect(
        secrets.filter(
          (secret) => bytes.includes(Buffer.from(secret)) || inverted.includes(Buffer.from(secret)),
        ),
      ).toEqual([]);
    }
  });
});

describe('the clock of a lock folder', () => {
  const clockFile = (): string => join(path, 'clock.json');
  const readRtc = (clock: VirtualClock) => {
    const folder = openLockFolder({ path, engine: nodeEngine, random, clock });
    folder.close();
    return { rtc: new DeviceRtc(folder.rtc, clock), store: folder.rtc };
  };
  const START_MS = 1_772_355_600_000;

  it('is set when the lock is made, and goes on while nobody runs it', () => {
    expect(readRtc(new VirtualClock()).rtc.read()).toMatchObject({ registerMs: START_MS, isLost: false });
    const later = readRtc(new VirtualClock(START_MS + 86_400_000));
    expect(later.rtc.read()).toMatchObject({ registerMs: START_MS + 86_400_000, isLost: false });
  });

  it('keeps its drift, and a cut that outlasts the process loses the time', () => {
    const clock = new VirtualClock();
    const { rtc } = readRtc(clock);
    rtc.drift(100);
    rtc.powerLost();
    const soon = readRtc(new VirtualClock(START_MS + 300_000)).rtc;
    soon.powerBack();
    expect(soon.read()).toMatchObject({ registerMs: START_MS + 300_030, isLost: false });
    soon.powerLost();
    const late = readRtc(new VirtualClock(START_MS + 900_000)).rtc;
    late.powerBack();
    expect(late.read().isLost).toBe(true);
  });

  it.each([
    ['cut short', '{"format":1,"regis'],
    ['empty', ''],
    ['of a format that is not known', '{"format":2}'],
    [
      'with a drift that no crystal has',
      '{"format":1,"registerMs":0,"anchorMs":0,"driftPpm":1e9,"isLost":false}',
    ],
    ['with numbers that are none', '{"format":1,"registerMs":"now"}'],
  ])('%s has lost the time, and the lock opens all the same', (_, text) => {
    readRtc(new VirtualClock());
    writeFileSync(clockFile(), text);
    expect(readRtc(new VirtualClock()).rtc.read().isLost).toBe(true);
  });

  it('with fields that are not known is read without them', () => {
    const { rtc } = readRtc(new VirtualClock());
    rtc.drift(7);
    const file = JSON.parse(readFileSync(clockFile(), 'utf8')) as object;
    writeFileSync(clockFile(), JSON.stringify({ ...file, temperature: 21 }));
    expect(readRtc(new VirtualClock()).store.load()).toMatchObject({ driftPpm: 7, isLost: false });
  });
});
