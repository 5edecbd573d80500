// What a courier's journal still owes the cloud.
import { expect } from 'vitest';
import { Journal } from '#gateway/journal.ts';

/** Receipts that wait in that folder, whose journal is whole and held by nobody. */
export async function heldIn(folder: string): Promise<number> {
  const journal = await Journal.open(folder);
  await journal.close();
  expect(journal.damage).toBeUndefined();
  return journal.state.held.size;
}
