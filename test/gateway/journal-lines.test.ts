// Lines of the journal that somebody made up: its check is no secret.
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { encodeLine, readLines } from '#gateway/journal-lines.ts';

test('a line that is none, under a check that holds, is damaged like any other', () => {
  const good = { type: 'receipt-posted', id: 'r1' } as const;
  const check = createHash('sha256').update('{no').digest('hex').slice(0, 16);
  const made = `{no,"check":"${check}"}`;
  const read = readLines(`${encodeLine(1, good)}${made}\n`);
  expect([read.entries, read.damaged]).toEqual([[good], [made]]);
});
