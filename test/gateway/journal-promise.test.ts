// When an entry of the journal counts as written: not before the disk has said that it has it.
import { readFileSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Journal } from '#gateway/journal.ts';
import type { JournalEntry } from '#gateway/journal-state.ts';
import { aFolder } from './temporary-folder.ts';

const held: JournalEntry = {
  type: 'receipt-held',
  id: 'r1',
  doorId: 'd1',
  lockId: '0a',
  receipt: 'ff00',
  atS: 1,
};

async function aJournal() {
  const folder = aFolder();
  const file = join(folder, 'journal.jsonl');
  const journal = await Journal.open(folder);
  onTestFinished(() => journal.close());
  const handle = await open(file);
  await handle.close();
  onTestFinished(() => void vi.restoreAllMocks());
  /** What stands behind every open file, so that a test can watch the disk. */
  const files = Object.getPrototypeOf(handle) as FileHandle;
  return { folder, file, journal, files };
}

test('an entry is promised only once the disk has said that it has it', async () => {
  const { file, journal, files } = await aJournal();
  const order: string[] = [];
  const datasync = files.datasync;
  vi.spyOn(files, 'datasync').mockImplementation(async function (this: FileHandle) {
    order.push(`asked for with ${readFileSync(file, 'utf8').split('\n').length - 1} lines`);
    // A turn later: a promise that does not wait for the disk would settle before.
    await new Promise((resolve) => setImmediate(resolve));
    await datasync.call(this);
    order.push('on the disk');
  });
  await journal.append(held);
  order.push('promised');
  expect(order).toEqual(['asked for with 1 lines', 'on the disk', 'promised']);
});

test('an entry that the disk did not take for certain is not promised', async () => {
  const { folder, journal, files } = await aJournal();
  vi.spyOn(files, 'datasync').mockRejectedValueOnce(Object.assign(new Error('I/O'), { code: 'EIO' }));
  await expect(journal.append(held)).rejects.toMatchObject({ code: 'JOURNAL_NOT_WRITTEN' });
  expect(journal.state.held.size).toBe(0);
  await journal.close();
  const again = await Journal.open(folder);
  onTestFinished(() => again.close());
  expect(again.state.held.size).toBe(0);
});

test('what the cloud will never take outlasts a power cut, as the receipt does; that it was taken need not', async () => {
  const { journal, files } = await aJournal();
  const asked = vi.spyOn(files, 'datasync');
  const syncsOf = async (entry: JournalEntry): Promise<number> => {
    asked.mockClear();
    await journal.append(entry);
    return asked.mock.calls.length;
  };
  expect(await syncsOf(held)).toBe(1);
  expect(await syncsOf({ type: 'receipt-refused', id: 'r1', code: 'RECEIPT_STALE_NONCE' })).toBe(1);
  expect(await syncsOf({ type: 'receipt-posted', id: 'r1' })).toBe(0);
});
