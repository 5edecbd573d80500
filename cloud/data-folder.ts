// The data folder: its owner's alone, whatever it was before, with the database in it, migrated before anyone uses it.
import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DoorlabError } from '#protocol/errors.ts';
import { nowS, type Clock } from '#protocol/ports/clock.ts';
import { sqliteDialect } from './db/dialect/sqlite.ts';
import { migrate } from './db/migrate.ts';
import { Store } from './db/store.ts';

const DATABASE_FILE = 'door-os.sqlite';
/** As SQLite names what belongs to a database file. */
const SIDE_FILES = ['-wal', '-shm'];

export class DataFolderError extends DoorlabError {
  readonly code = 'DATA_FOLDER_TOO_OPEN';
}

/** Throws DataFolderError, DatabaseTooNewError. */
export async function openDataFolder(dataFolder: string, clock: Clock): Promise<Store> {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  closeToOthers(dataFolder, 0o700);
  const database = join(dataFolder, DATABASE_FILE);
  for (const file of [database, ...SIDE_FILES.map((end) => database + end)]) closeToOthers(file, 0o600);
  const store = new Store(sqliteDialect(database, clock));
  try {
    await migrate(store, nowS(clock));
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** The database holds doorcodes as they are. Windows has no such bits: there every file seems open. */
function closeToOthers(path: string, mode: number): void {
  if (process.platform === 'win32' || !existsSync(path)) return;
  if ((statSync(path).mode & 0o077) === 0) return;
  try {
    chmodSync(path, mode);
  } catch (error) {
    throw new DataFolderError(`${path} can be used by others, and that can't be changed`, {
      cause: error,
      next: `Have its owner run: chmod ${mode.toString(8)} ${path}`,
    });
  }
}
