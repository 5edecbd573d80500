// A backup of the database while it is served: one moment of it, whatever is being written meanwhile. The keys of the
// cloud are no part of it.
import { mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sql } from 'kysely';
import { nowS, type Clock } from '#protocol/ports/clock.ts';
import { databaseUrlOf, openExisting } from '../data-folder.ts';
import { DatabaseFullError } from '../db/database-error.ts';
import { migrations } from '../db/migrate.ts';
import type { Store } from '../db/store.ts';
import { requireNewFile, writeBackup, type BackupHeader } from './backup-file.ts';
import { noteBackup } from './last-backup.ts';
import { dump } from './postgres-tools.ts';

export interface BackupWish {
  readonly dataFolder: string;
  readonly databaseUrl?: string | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Durable when it resolves. Throws BackupError, and what opening a database throws. */
export async function backUp(wish: BackupWish, file: string): Promise<BackupHeader & { digest: string }> {
  requireNewFile(file);
  const { clock, dataFolder, databaseUrl, signal } = wish;
  const store = await openExisting(dataFolder, clock, databaseUrl);
  // Beside the file, since it may be large; nobody else can enter it.
  const folder = mkdtempSync(join(dirname(file), '.doorlab-backup-'));
  try {
    const header: BackupHeader = {
      database: store.dialect.name,
      migration: migrations.at(-1)?.number ?? 0,
      madeAtS: nowS(clock),
    };
    const dumped = join(folder, 'dump');
    const url = databaseUrlOf(dataFolder, databaseUrl);
    if (url === undefined) await copyInto(store, dumped);
    else await dump(url, dumped, signal);
    const digest = await writeBackup(file, header, dumped);
    await noted(store, header.madeAtS);
    return { ...header, digest };
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await store.close();
  }
}

async function copyInto(store: Store, file: string): Promise<void> {
  try {
    await sql`vacuum into ${file}`.execute(store.untyped);
  } catch (error) {
    throw store.dialect.typed(error);
  }
}

/** Where the database has no room for the note, the backup is good all the same: that is when it is needed. */
async function noted(store: Store, madeAtS: number): Promise<void> {
  try {
    await store.write((trx) => noteBackup(trx, madeAtS));
  } catch (error) {
    if (!(error instanceof DatabaseFullError)) throw error;
  }
}
