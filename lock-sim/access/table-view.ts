// The table in force as decisions see it: the head decoded once for as long as the table lasts, the rows a chunk at
// a time.
import { eachRow, headOfChunk, rowsOfChunk } from '#protocol/table/chunks.ts';
import { decodeHead, type Head } from '#protocol/table/head.ts';
import { decodeRow } from '#protocol/table/rows.ts';
import { WireError } from '#protocol/wire-error.ts';
import type { ActiveTable } from '../storage/active-table.ts';
import type { Attempt, TableView } from './decision.ts';

export const tableView = (table: ActiveTable): TableView => ({
  tableVersion: table.record.triple.tableVersion,
  head: readHead(table),
  findChunk: (verifier) => table.findChunk(verifier),
  openChunk: (index) => table.openChunk(index),
});

/** What a credential of that id would be looked up by. Opens chunk after chunk: for explaining, not for doors. */
export function attemptOfCredential(table: ActiveTable, credentialId: number): Attempt | undefined {
  for (let index = 1; index < table.record.chunkCount; index++) {
    const plaintext = table.openChunk(index);
    if (plaintext === undefined) continue;
    for (const bytes of eachRow(rowsOfChunk(plaintext))) {
      const { credentialId: id, kind, verifier } = decodeRow(bytes);
      if (id === credentialId) return { kind, verifier };
    }
  }
  return undefined;
}

/** Undefined where flash has lost it since the table was checked. */
function readHead(table: ActiveTable): Head | undefined {
  const plaintext = table.openChunk(0);
  if (plaintext === undefined) return undefined;
  try {
    return decodeHead(headOfChunk(plaintext));
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}
