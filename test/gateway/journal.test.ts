// The journal: what was promised is there after whatever happens to the process or the file.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open as openFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { COMPACT_ABOVE_BYTES, Journal } from '#gateway/journal.ts';
import { encodeLine, readLines } from '#gateway/journal-lines.ts';
import { applyEntry, emptyJournalState, entriesOf, type JournalEntry } from '#gateway/journal-state.ts';
import { aFolder } from './temporary-folder.ts';

const held = (number: number): JournalEntry => ({
  type: 'receipt-held',
  id: `r${number}`,
  doorId: 'd1',
  lockId: '0a',
  receipt: 'ff00',
  atS: number,
});
const posted = (number: number): JournalEntry => ({ type: 'receipt-posted', id: `r${number}` });
const begun: JournalEntry = {
  type: 'delivery-begun',
  doorId: 'd1',
  lockId: '0a',
  target: { ownershipEpoch: 1, keyEpoch: 1, tableVersion: 2 },
  atS: 5,
};
const learned = (lock: number): JournalEntry => ({
  type: 'handles-learned',
  lockId: lock.toString(16).padStart(4, '0'),
  gattVersion: 1,
  gattTable: { services: [] },
});

const open = async (folder: string): Promise<Journal> => {
  const journal = await Journal.open(folder);
  onTestFinished(() => journal.close());
  return journal;
};
const fileIn = (folder: string): string => join(folder, 'journal.jsonl');

describe('what was appended', () => {
  test('is there when it is opened again', async () => {
    const folder = aFolder();
    const first = await open(folder);
    for (const entry of [held(1), held(2), begun, posted(1), learned(7)]) await first.append(entry);
    await first.close();
    const { state, damage } = await open(folder);
    expect([...state.held.keys()]).toEqual(['r2']);
    expect([...state.begun.keys()]).toEqual(['d1']);
    expect(state.handles.get('0007')).toEqual({ gattVersion: 1, gattTable: { services: [] } });
    expect(damage).toBeUndefined();
  });

  test('at the same time goes in one after another', async () => {
    const folder = aFolder();
    const journal = await open(folder);
    await Promise.all(Array.from({ length: 50 }, (_, i) => journal.append(held(i))));
    await journal.close();
    expect([...(await open(folder)).state.held.keys()]).toEqual(
      Array.from({ length: 50 }, (_, i) => `r${i}`),
    );
  });

  test('while a write goes on is written together, and on the disk by one call', async () => {
    const folder = aFolder();
    const journal = await open(folder);
    const probe = await openFile(fileIn(folder));
    const handles = Object.getPrototypeOf(probe) as FileHandle;
    await probe.close();
    const synced = vi.spyOn(handles, 'datasync');
    const wrote = vi.spyOn(handles, 'appendFile');
    onTestFinished(() => void vi.restoreAllMocks());
    await Promise.all(Array.from({ length: 50 }, (_, i) => journal.append(held(i))));
    expect([wrote.mock.calls.length, synced.mock.calls.length]).toEqual([1, 1]);
    // The cloud says it again where it is lost.
    await journal.append(posted(1));
    expect([wrote.mock.calls.length, synced.mock.calls.length]).toEqual([2, 1]);
  });

  test('after the end is refused: another process may hold the file', async () => {
    const folder = aFolder();
    const journal = await open(folder);
    const before = [journal.append(held(1)), journal.close()];
    await expect(journal.append(held(2))).rejects.toMatchObject({ code: 'JOURNAL_NOT_WRITTEN' });
    await Promise.all(before);
    const next = await open(folder);
    await expect(journal.append(held(3))).rejects.toMatchObject({ code: 'JOURNAL_NOT_WRITTEN' });
    expect([...next.state.held.keys()]).toEqual(['r1']);
  });

  test('is for the eyes of its owner alone', async () => {
    const folder = join(aFolder(), 'made');
    await (await open(folder)).append(held(1));
    expect(statSync(folder).mode & 0o077).toBe(0);
    expect(statSync(fileIn(folder)).mode & 0o077).toBe(0);
  });

  test('is written anew when most of the file is history, and says the same', async () => {
    const folder = aFolder();
    const journal = await open(folder);
    let largest = 0;
    for (let i = 0; i < 300; i++) {
      await journal.append({ ...held(i), receipt: 'ab'.repeat(1000) } as JournalEntry);
      if (i % 100 !== 0) await journal.append(posted(i));
      largest = Math.max(largest, statSync(fileIn(folder)).size);
    }
    expect(largest).toBeLessThan(COMPACT_ABOVE_BYTES + 3_000);
    expect(statSync(fileIn(folder)).size).toBeLessThan(COMPACT_ABOVE_BYTES);
    await journal.close();
    const again = await open(folder);
    expect(again.damage).toBeUndefined();
    expect(again.state.held.size).toBe(3);
  });
});

describe('a disk that takes no more', () => {
  test('rejects the entry, and the journal stands as before', async () => {
    const folder = aFolder();
    const journal = await Journal.open(folder);
    await journal.append(held(1));
    await journal.close();
    // Appending after the file was closed under it is how this machine can refuse a write for certain.
    await expect(journal.append(held(2))).rejects.toMatchObject({ code: 'JOURNAL_NOT_WRITTEN' });
    expect([...journal.state.held.keys()]).toEqual(['r1']);
    expect([...(await open(folder)).state.held.keys()]).toEqual(['r1']);
  });

  /** The next append writes half a line, then the disk is full; and can the file be cut back to where it was? */
  async function fullAtHalf(file: string, cutsBack: boolean): Promise<void> {
    const handle = await openFile(file);
    const prototype = Object.getPrototypeOf(handle) as FileHandle;
    await handle.close();
    const full = Object.assign(new Error('full'), { code: 'ENOSPC' });
    vi.spyOn(prototype, 'appendFile').mockImplementationOnce(async function (this: FileHandle, data) {
      await this.write((data as Buffer).subarray(0, 20));
      throw full;
    });
    if (!cutsBack) vi.spyOn(prototype, 'truncate').mockRejectedValueOnce(full);
    onTestFinished(() => void vi.restoreAllMocks());
  }

  test('in the middle of a line is cut back, and the next entry stands by itself', async () => {
    const folder = aFolder();
    const journal = await open(folder);
    await journal.append(held(1));
    await fullAtHalf(fileIn(folder), true);
    await expect(journal.append(held(2))).rejects.toMatchObject({ code: 'JOURNAL_NOT_WRITTEN' });
    await journal.append(held(3));
    await journal.close();
    const again = await open(folder);
    expect(again.damage).toBeUndefined();
    expect([...again.state.held.keys()]).toEqual(['r1', 'r3']);
  });

  test('and can not be cut back promises nothing more until the journal is opened anew', async () => {
    const folder = aFolder();
    const journal = await open(folder);
    await journal.append(held(1));
    await fullAtHalf(fileIn(folder), false);
    await expect(journal.append(held(2))).rejects.toMatchObject({ code: 'JOURNAL_NOT_WRITTEN' });
    await expect(journal.append(held(3))).rejects.toMatchObject({ code: 'JOURNAL_NOT_WRITTEN' });
    expect([...journal.state.held.keys()]).toEqual(['r1']);
    await journal.close();
    const again = await open(folder);
    expect(again.damage).toMatchObject({ lines: 0, tornBytes: 20 });
    await again.append(held(4));
    expect([...again.state.held.keys()]).toEqual(['r1', 'r4']);
  });

  test('a folder that can not be made is told', async () => {
    const file = join(aFolder(), 'file');
    writeFileSync(file, '');
    await expect(Journal.open(join(file, 'journal'))).rejects.toMatchObject({ code: 'JOURNAL_UNREADABLE' });
  });
});

describe('damage', () => {
  const text = [held(1), held(2), posted(1), held(3)].map((entry, i) => encodeLine(i + 1, entry)).join('');

  test('a file cut off at any byte loses only the line that was being written', () => {
    for (let length = 0; length <= text.length; length++) {
      const { entries, damaged, missing, torn } = readLines(text.slice(0, length));
      const whole = text.slice(0, length).split('\n').length - 1;
      expect(entries).toHaveLength(whole);
      expect(damaged).toEqual([]);
      expect(missing).toBe(0);
      expect(torn).toBe(text.slice(0, length).split('\n').at(-1));
    }
  });

  test('a flipped bit anywhere is noticed, and the other lines hold', () => {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at++) {
      for (const mask of [1, 0x10]) {
        const flipped = Buffer.from(bytes);
        flipped[at]! ^= mask;
        const read = readLines(flipped.toString('utf8'));
        const isNoticed = read.damaged.length > 0 || read.torn !== '' || read.missing > 0;
        expect(isNoticed, `byte ${at}`).toBe(true);
        expect(read.entries.length).toBeGreaterThanOrEqual(2);
      }
    }
  });

  test('a line that is gone altogether is counted', () => {
    const lines = text.split('\n');
    lines.splice(1, 1);
    expect(readLines(lines.join('\n'))).toMatchObject({ missing: 1, damaged: [] });
  });

  test('a damaged middle is set aside whole, reported, and the rest goes on', async () => {
    const folder = aFolder();
    const lines = text.split('\n');
    lines[1] = lines[1]!.replace('r2', 'rX');
    writeFileSync(fileIn(folder), lines.join('\n'));
    const journal = await open(folder);
    expect(journal.damage).toMatchObject({ lines: 1, missing: 0, tornBytes: 0 });
    expect(readFileSync(journal.damage!.file!, 'utf8')).toBe(lines.join('\n'));
    expect([...journal.state.held.keys()]).toEqual(['r3']);
    await journal.append(held(9));
    await journal.close();
    const again = await open(folder);
    expect(again.damage).toBeUndefined();
    expect([...again.state.held.keys()]).toEqual(['r3', 'r9']);
  });

  test('a torn last line is set aside, and the next entry does not stand behind it', async () => {
    const folder = aFolder();
    writeFileSync(fileIn(folder), `${text}{"number":5,"type":"rec`);
    const journal = await open(folder);
    expect(journal.damage).toMatchObject({ lines: 0, tornBytes: 23 });
    expect(readFileSync(journal.damage!.file!, 'utf8')).toBe('{"number":5,"type":"rec');
    await journal.append(held(9));
    await journal.close();
    expect([...(await open(folder)).state.held.keys()]).toEqual(['r2', 'r3', 'r9']);
  });

  test('an entry of a later version is set aside too, never dropped', async () => {
    const folder = aFolder();
    const later = encodeLine(5, { type: 'time-travelled' } as unknown as JournalEntry);
    writeFileSync(fileIn(folder), text + later);
    const { damage } = await open(folder);
    expect(damage?.lines).toBe(1);
    expect(readFileSync(damage!.file!, 'utf8')).toContain('time-travelled');
  });

  test('whatever bytes stand in the file, it opens', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const folder = aFolder();
        writeFileSync(fileIn(folder), bytes);
        const journal = await Journal.open(folder);
        await journal.append(held(1));
        expect([...journal.state.held.keys()]).toEqual(['r1']);
        await journal.close();
        rmSync(folder, { recursive: true });
      }),
      { numRuns: 50 },
    );
  });
});

test('the fewest entries of a state give that state', () => {
  const entry = fc.oneof(
    fc.nat(5).map(held),
    fc.nat(5).map(posted),
    fc.nat(5).map((n): JournalEntry => ({ type: 'receipt-refused', id: `r${n}`, code: 'NOT_FOUND' })),
    fc.constant(begun),
    fc.constant<JournalEntry>({ type: 'delivery-ended', doorId: 'd1', result: 'applied' }),
    fc.nat(5).map(learned),
  );
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 40 }), (entries) => {
      const state = entries.reduce(applyEntry, emptyJournalState);
      expect(entriesOf(state).reduce(applyEntry, emptyJournalState)).toEqual(state);
    }),
  );
});

describe('a journal that is held', () => {
  test('is refused to another in the same process, and free once it is closed', async () => {
    const folder = aFolder();
    const first = await open(folder);
    await expect(Journal.open(folder)).rejects.toMatchObject({ code: 'JOURNAL_BUSY' });
    await first.close();
    await (await open(folder)).append(held(1));
  });

  test.each([
    ['of no meaning', 'hello'],
    ['of a process number that is used again', JSON.stringify({ pid: 1, began: 'long ago' })],
    ['empty', ''],
  ])('a lock file %s keeps nobody out', async (_, content) => {
    const folder = aFolder();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'journal.lock'), content);
    await (await open(folder)).append(held(1));
  });
});
