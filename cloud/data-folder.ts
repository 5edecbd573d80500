// The data folder: its owner's alone, with the database in it, migrated before anyone uses it.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { nowS, type Clock } from '#protocol/ports/clock.ts';
import { sqliteDialect } from './db/dialect/sqlite.ts';
import { migrate } from './db/migrate.ts';
import { Store } from './db/store.ts';

const DATABASE_FILE = 'door-os.sqlite';

/** Throws DatabaseTooNewError. */
export async function openDataFolder(dataFolder: string, clock: Clock): Promise<Store> {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const store = new Store(sqliteDialect(join(dataFolder, DATABASE_FILE), clock));
  try {
    await migrate(store, nowS(clock));
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}
