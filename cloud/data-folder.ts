// The data folder: its owner's alone, whatever it was before, with the database in it or the name of one, migrated
// before anyone uses it.
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DoorlabError } from '#protocol/errors.ts';
import { nowS, type Clock } from '#protocol/ports/clock.ts';
import { postgresDialect } from './db/dialect/postgres.ts';
import { DatabaseMissingError } from './db/database-error.ts';
import { sqliteDialect } from './db/dialect/sqlite.ts';
import { migrate } from './db/migrate.ts';
import { Store } from './db/store.ts';

const DATABASE_FILE = 'door-os.sqlite';
/** One line, for who would rather keep a URL with its password in a file than in the environment. */
const URL_FILE = 'database.url';
/** As SQLite names what belongs to a database file. */
const SIDE_FILES = ['-wal', '-shm'];

export class DataFolderError extends DoorlabError {
  readonly code = 'DATA_FOLDER_TOO_OPEN';
}

/**
 * The database of a cloud: the PostgreSQL one that `databaseUrl` or else the file database.url in the folder names,
 * otherwise SQLite in the folder. Throws DataFolderError, DatabaseTooNewError, DatabaseUrlError,
 * DatabaseUnavailableError.
 */
export async function openDataFolder(dataFolder: string, clock: Clock, databaseUrl?: string): Promise<Store> {
  const store = openStore(dataFolder, clock, databaseUrl);
  try {
    await migrate(store, nowS(clock));
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** For what serves no new cloud: a database that is not there is then another one, which was not named. */
export async function openExisting(dataFolder: string, clock: Clock, databaseUrl?: string): Promise<Store> {
  const file = databaseFileOf(dataFolder);
  if (databaseUrlOf(dataFolder, databaseUrl) === undefined && !existsSync(file)) {
    throw new DatabaseMissingError(`there is no database ${file}`, {
      next: 'Name the one that is served: by --data FOLDER, or by DATABASE_URL where it is PostgreSQL.',
    });
  }
  return await openDataFolder(dataFolder, clock, databaseUrl);
}

/** As openDataFolder, but takes the database as it is: empty, old or newer. */
export function openStore(dataFolder: string, clock: Clock, databaseUrl?: string): Store {
  closeDataFolder(dataFolder);
  const url = databaseUrlOf(dataFolder, databaseUrl);
  return new Store(
    url === undefined ? sqliteDialect(databaseFileOf(dataFolder), clock) : postgresDialect(url, clock),
  );
}

export const databaseFileOf = (dataFolder: string): string => join(dataFolder, DATABASE_FILE);

/** Undefined where the database is SQLite's. */
export function databaseUrlOf(dataFolder: string, databaseUrl?: string): string | undefined {
  if (databaseUrl !== undefined && databaseUrl !== '') return databaseUrl;
  const file = join(dataFolder, URL_FILE);
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, 'utf8').trim();
  return text === '' ? undefined : text;
}

function closeDataFolder(dataFolder: string): void {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  closeToOthers(dataFolder, 0o700);
  const names = [URL_FILE, DATABASE_FILE, ...SIDE_FILES.map((end) => DATABASE_FILE + end)];
  for (const name of names) closeToOthers(join(dataFolder, name), 0o600);
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
