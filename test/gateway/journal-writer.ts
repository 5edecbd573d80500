// A process that fills a journal until it is killed: each line on its output is an entry whose promise settled. It
// goes on only once the line is out: a stream would keep lines that a slow reader leaves no room for, and die with them.
import { writeSync } from 'node:fs';
import { Journal } from '#gateway/journal.ts';
import type { JournalEntry } from '#gateway/journal-state.ts';

const [, , folder = '', from = '0'] = process.argv;
const journal = await Journal.open(folder);

const handles = Array.from({ length: 12 }, (_, i) => ({
  uuid: String(i).repeat(32).slice(0, 32),
  startHandle: i + 1,
  endHandle: i + 2,
  characteristics: [],
}));

for (let number = Number(from); ; number++) {
  const held: JournalEntry = {
    type: 'receipt-held',
    id: `r${number}`,
    doorId: `d${number % 3}`,
    lockId: '00',
    receipt: 'ab'.repeat(200),
    atS: number,
  };
  await journal.append(held);
  // History: makes the file grow beyond what it stands for, so that it is written anew on the way.
  await journal.append({
    type: 'handles-learned',
    lockId: '01',
    gattVersion: number % 250,
    gattTable: { services: handles },
  });
  // Even ones at once, odd ones 22 later: what is held stays little.
  const taken = number % 2 === 0 ? number : number - 22;
  await journal.append({ type: 'receipt-posted', id: `r${taken}` });
  writeSync(1, `${number}\n`);
}
