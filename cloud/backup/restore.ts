// Putting a backup back, into a database that is empty: checked whole before anything is changed, filled in one step
// that is done or not, and then moved on past everything that locks and people may have seen since it was made.
import { existsSync, renameSync, rmSync } from 'node:fs';
import { nowS, type Clock } from '#protocol/ports/clock.ts';
import type { Random } from '#protocol/ports/random.ts';
import { syncFolder } from '#protocol/node/durable-file.ts';
import { databaseFileOf, databaseUrlOf, openStore } from '../data-folder.ts';
import { sqliteDialect } from '../db/dialect/sqlite.ts';
import { migrate, migrations, RESTORING_TABLE, unfinished } from '../db/migrate.ts';
import { Store } from '../db/store.ts';
import { moveOn, type MovedOn } from './move-on.ts';
import { BackupError } from './backup-error.ts';
import { extractDump, openBackup, type BackupHeader, type OpenBackup } from './backup-file.ts';
import { restore } from './postgres-tools.ts';

export interface RestoreWish {
  readonly dataFolder: string;
  readonly databaseUrl?: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** Throws BackupError, and what opening a database throws. */
export async function restoreBackup(wish: RestoreWish, file: string): Promise<BackupHeader & MovedOn> {
  const backup = await openBackup(file);
  const url = databaseUrlOf(wish.dataFolder, wish.databaseUrl);
  requireFitting(backup.header, url === undefined ? 'sqlite' : 'postgres');
  const moved =
    url === undefined
      ? await restoreSqlite(wish, file, backup)
      : await restorePostgres(wish, file, backup, url);
  return { ...backup.header, ...moved };
}

function requireFitting({ database, migration }: BackupHeader, target: BackupHeader['database']): void {
  if (database !== target) {
    throw new BackupError(
      'BACKUP_UNFIT',
      `the backup is of ${NAMES[database]}, this cloud runs on ${NAMES[target]}`,
      {
        next:
          database === 'sqlite'
            ? 'Restore it without DATABASE_URL and without database.url in the data folder.'
            : 'Name an empty PostgreSQL database in DATABASE_URL.',
      },
    );
  }
  const newest = migrations.at(-1)?.number ?? 0;
  if (migration > newest) {
    throw new BackupError(
      'BACKUP_UNFIT',
      `the backup is at migration ${migration}, this program knows ${newest}`,
      {
        next: 'Restore it with the program that made it, or a newer one.',
      },
    );
  }
}

const NAMES = { sqlite: 'SQLite', postgres: 'PostgreSQL' } as const;

const notEmpty = (what: string): BackupError =>
  new BackupError('RESTORE_NOT_EMPTY', `${what} holds something, and is not overwritten`, {
    next: 'Restore into an empty one; keep what is there until you know that you need it no more.',
  });

/** The file gets its name as the last step: until then the data folder has no database. */
async function restoreSqlite(wish: RestoreWish, file: string, backup: OpenBackup): Promise<MovedOn> {
  const { clock, dataFolder, random } = wish;
  const target = databaseFileOf(dataFolder);
  await openStore(dataFolder, clock).close();
  if (existsSync(target)) throw notEmpty(target);
  const draft = `${target}.restoring`;
  for (const end of ['', '-wal', '-shm']) rmSync(draft + end, { force: true });
  try {
    await extractDump(file, backup.offset, draft);
    const store = new Store(sqliteDialect(draft, clock));
    try {
      await migrate(store, nowS(clock));
      const moved = await store.write((trx) => moveOn(trx, random, nowS(clock)));
      await store.close();
      renameSync(draft, target);
      syncFolder(dataFolder);
      return moved;
    } finally {
      await store.close();
    }
  } finally {
    for (const end of ['', '-wal', '-shm']) rmSync(draft + end, { force: true });
  }
}

/** A table says that it is being filled: what was cut off in between is never served. */
async function restorePostgres(
  wish: RestoreWish,
  file: string,
  backup: OpenBackup,
  url: string,
): Promise<MovedOn> {
  const { clock, dataFolder, random, signal } = wish;
  const store = openStore(dataFolder, clock, wish.databaseUrl);
  const dump = `${databaseFileOf(dataFolder)}.restoring`;
  try {
    await store.write(async (trx) => {
      const tables = await store.dialect.tables(trx);
      if (tables.includes(RESTORING_TABLE)) throw unfinished();
      if (tables.length > 0) throw notEmpty('the database');
      await trx.schema.createTable(RESTORING_TABLE).addColumn('since_s', 'bigint').execute();
    });
    try {
      await extractDump(file, backup.offset, dump);
      await restore(url, dump, signal);
    } catch (error) {
      await store.write((trx) => trx.schema.dropTable(RESTORING_TABLE).execute());
      throw error;
    }
    await migrate(store, nowS(clock), migrations, { isRestoring: true });
    return await store.write(async (trx) => {
      const moved = await moveOn(trx, random, nowS(clock));
      await trx.schema.dropTable(RESTORING_TABLE).execute();
      return moved;
    });
  } finally {
    rmSync(dump, { force: true });
    await store.close();
  }
}
