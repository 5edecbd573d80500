// What is said of a damaged journal: which damage, and where what there was is now.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { damageText } from '#cli/journal-damage.ts';
import { Journal } from '#gateway/journal.ts';
import { encodeLine } from '#gateway/journal-lines.ts';
import type { JournalEntry } from '#gateway/journal-state.ts';
import { temporaryFolder } from '#test/cloud/cloud-fixture.ts';

const posted = (id: string): JournalEntry => ({ type: 'receipt-posted', id });
const LINES = ['a', 'b', 'c'].map((id, at) => encodeLine(at + 1, posted(id)));
const TORN = '{"number":4,"ty';

async function told(text: string): Promise<{ said: string; kept: string }> {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'journal.jsonl'), text);
  const journal = await Journal.open(folder);
  const { damage } = journal;
  await journal.close();
  const kept = damage?.file === undefined ? '' : readFileSync(damage.file, 'utf8');
  return { said: damage === undefined ? '' : damageText(damage).replace(`${folder}/`, ''), kept };
}

const [first = '', second = '', third = ''] = LINES;
const FLIPPED = second.replace('"b"', '"x"');

test.each([
  [
    'cut off in its last line',
    first + second + TORN,
    'its last line was cut off. What there was of that line is in journal.damaged-1.',
    TORN,
  ],
  [
    'with a damaged line',
    first + FLIPPED + third,
    "1 line can't be read. The whole of it as it stood is in journal.damaged-1.",
    first + FLIPPED + third,
  ],
  [
    'with a damaged line, and cut off',
    first + FLIPPED + TORN,
    "1 line can't be read, its last line was cut off. The whole of it as it stood is in journal.damaged-1.",
    first + FLIPPED + TORN,
  ],
  ['without one of its lines', first + third, '1 line is gone.', ''],
])('of a journal %s', async (_, text, what, kept) => {
  expect(await told(text)).toEqual({ said: `The journal was damaged: ${what}`, kept });
});

test('nothing, where it is whole', async () => {
  expect((await told(LINES.join(''))).said).toBe('');
});
