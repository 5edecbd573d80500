// The journal's file: one JSON object a line, numbered from 1, its last field a check over all that stands before
// it. Reading is total: what is good is told from what is damaged, and no byte is passed over without a word.
import { createHash } from 'node:crypto';
import { JournalEntry } from './journal-state.ts';

const CHECKED = /^(\{.*),"check":"([0-9a-f]{16})"\}$/s;
const CHECK_CHARACTERS = 16;

/** With the line's end. */
export function encodeLine(number: number, entry: JournalEntry): string {
  const open = JSON.stringify({ number, ...entry }).slice(0, -1);
  return `${open},"check":"${checkOf(open)}"}\n`;
}

export interface ReadLines {
  readonly entries: readonly JournalEntry[];
  /** Of the last good line; 0 where there is none. */
  readonly lastNumber: number;
  /** Lines that are not what was written, as they stand. */
  readonly damaged: readonly string[];
  /** What stands behind the last line's end: a line that was being written as the process or the power went. */
  readonly torn: string;
  /** Lines of which nothing is left at all, by their numbers. */
  readonly missing: number;
}

export function readLines(text: string): ReadLines {
  const lines = text.split('\n');
  const torn = lines.pop() ?? '';
  const entries: JournalEntry[] = [];
  const damaged: string[] = [];
  let lastNumber = 0;
  let missing = 0;
  let damagedSince = 0;
  for (const line of lines) {
    const good = decodeLine(line);
    if (good === undefined || good.number <= lastNumber) {
      damaged.push(line);
      damagedSince++;
      continue;
    }
    missing += Math.max(0, good.number - lastNumber - 1 - damagedSince);
    damagedSince = 0;
    lastNumber = good.number;
    entries.push(good.entry);
  }
  return { entries, lastNumber: lastNumber + damagedSince, damaged, torn, missing };
}

function decodeLine(line: string): { number: number; entry: JournalEntry } | undefined {
  const [, open = '', check = ''] = CHECKED.exec(line) ?? [];
  if (open === '' || checkOf(open) !== check) return undefined;
  const fields = fieldsOf(`${open}}`);
  if (fields === undefined) return undefined;
  const { number, ...rest } = fields;
  const entry = JournalEntry.safeParse(rest);
  // What a later version wrote is kept as it stands, like a damaged line: this one can't act on it.
  if (typeof number !== 'number' || !entry.success) return undefined;
  return { number, entry: entry.data };
}

/** The check is no secret: who can write the file can make one that holds over anything. */
function fieldsOf(text: string): { number?: unknown } | undefined {
  try {
    return JSON.parse(text) as { number?: unknown };
  } catch {
    return undefined;
  }
}

const checkOf = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, CHECK_CHARACTERS);
