// The tables that a door's lock may have, whole: rows with the head that says what their schedules mean.
import { decodeHead, type Head } from '#protocol/table/head.ts';
import { tablesAtLock } from './rows-at-lock.ts';
import type { Work } from '../work.ts';

export interface WholeTable {
  readonly rows: Uint8Array;
  /** Undefined where nothing is kept of it. */
  readonly head: Head | undefined;
}

/** The one that was proven, and any made since; none where the door has no lock. */
export async function tablesWithHeads(work: Work, doorId: string): Promise<WholeTable[]> {
  const rows = (await tablesAtLock(work, doorId, 'rows')) ?? [];
  const heads = (await tablesAtLock(work, doorId, 'head')) ?? [];
  return rows.map(({ bytes }, at) => {
    const head = heads[at]?.bytes ?? new Uint8Array(0);
    return { rows: bytes, head: head.length === 0 ? undefined : decodeHead(head) };
  });
}
