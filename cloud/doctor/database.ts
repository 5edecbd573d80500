// The database as the doctor sees it: takes it as it is, migrates nothing, and leaves nothing in it.
import { existsSync } from 'node:fs';
import { equalBytes } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { withDeadline } from '#protocol/ports/deadline.ts';
import { nowS, type Clock } from '#protocol/ports/clock.ts';
import { keySetHash } from '#protocol/signed/key-set.ts';
import { lastBackupAtS } from '../backup/last-backup.ts';
import { databaseFileOf, databaseUrlOf, openStore } from '../data-folder.ts';
import { DatabaseUnfitError } from '../db/database-error.ts';
import { migrationState, RESTORING_TABLE } from '../db/migrate.ts';
import type { Schema } from '../db/schema.ts';
import type { Store } from '../db/store.ts';
import { readKeySets } from '../keys/key-folder.ts';
import { cloudCheck, type CloudCheck } from './check.ts';
import { judgeClock, lastTimeSeen } from './clock.ts';

/** Each question to the database. */
const ASK_DEADLINE_MS = 5_000;
const DAY_S = 86_400;
const BACKUP_OLD_DAYS = 7;

export interface DatabaseWish {
  readonly dataFolder: string;
  readonly databaseUrl: string | undefined;
  readonly keysFolder: string;
  readonly clock: Clock;
  readonly engine: CryptoEngine;
}

/** Never rejects but by defects. */
export async function checkDatabase(wish: DatabaseWish): Promise<CloudCheck[]> {
  const { dataFolder, clock } = wish;
  const url = databaseUrlOf(dataFolder, wish.databaseUrl);
  if (url === undefined && !existsSync(databaseFileOf(dataFolder))) {
    return [
      cloudCheck('database', 'ok', `${databaseFileOf(dataFolder)} will be made when the cloud first serves`),
      judgeClock(nowS(clock), 0),
    ];
  }
  let store: Store;
  try {
    store = openStore(dataFolder, clock, url);
  } catch (error) {
    return [unreachable(error), judgeClock(nowS(clock), 0)];
  }
  try {
    return await examine(store, wish, url ?? databaseFileOf(dataFolder));
  } finally {
    await store.close();
  }
}

async function examine(store: Store, wish: DatabaseWish, place: string): Promise<CloudCheck[]> {
  const { clock } = wish;
  const name = store.dialect.name === 'sqlite' ? place : 'the PostgreSQL database';
  const ask = <T>(work: Promise<T>): Promise<T> =>
    withDeadline(
      clock,
      ASK_DEADLINE_MS,
      work,
      () => new Error(`no answer within ${ASK_DEADLINE_MS / 1000} s`),
    );
  try {
    await ask(store.dialect.requireFit(store.untyped));
    const tables = await ask(store.dialect.tables(store.untyped));
    if (tables.includes(RESTORING_TABLE)) {
      return [
        cloudCheck(
          'database',
          'fail',
          `a backup was being put back into ${name}, and that was cut off`,
          'Empty it, and run doorlab cloud restore FILE again.',
        ),
      ];
    }
    if (!tables.includes('migrations')) {
      return [
        cloudCheck('database', 'ok', `${name} is empty, and set up when the cloud first serves`),
        judgeClock(nowS(clock), 0),
      ];
    }
    const { version, newest } = await ask(store.read(migrationState));
    const versionCheck = judgeVersion(version, newest);
    if (versionCheck.status !== 'ok') return [cloudCheck('database', 'ok', `${name} answers`), versionCheck];
    const { lastS, backupAtS, keySets } = await ask(
      store.read(async (trx) => ({
        lastS: await lastTimeSeen(trx),
        backupAtS: await lastBackupAtS(trx),
        keySets: await trx.selectFrom('key_sets').selectAll().orderBy('number').execute(),
      })),
    );
    return [
      await checkWriting(store, name, ask),
      versionCheck,
      judgeKeySets(wish, keySets),
      judgeBackup(nowS(clock), backupAtS),
      judgeClock(nowS(clock), lastS),
    ];
  } catch (error) {
    return [unreachable(error), judgeClock(nowS(clock), 0)];
  }
}

export function judgeVersion(version: number, newest: number): CloudCheck {
  const id = 'database-version';
  if (version === newest) return cloudCheck(id, 'ok', `at migration ${version}, as this program`);
  return version < newest
    ? cloudCheck(
        id,
        'fail',
        `at migration ${version}, this program is at ${newest}`,
        'doorlab cloud backup FILE, then doorlab cloud migrate',
      )
    : cloudCheck(
        id,
        'fail',
        `at migration ${version}, this program knows ${newest}`,
        'Install the program that migrated it, or a newer one.',
      );
}

/** Backups that are made by other means are not known here. */
export function judgeBackup(nowS: number, atS: number | undefined): CloudCheck {
  const remedy = 'doorlab cloud backup FILE, each day, to another machine';
  if (atS === undefined) return cloudCheck('backup', 'unknown', 'doorlab has made none yet', remedy);
  const days = Math.max(0, Math.floor((nowS - atS) / DAY_S));
  return days > BACKUP_OLD_DAYS
    ? cloudCheck('backup', 'warn', `the last is ${days} days old`, remedy)
    : cloudCheck('backup', 'ok', `the last is ${days} days old`);
}

class TakenBack extends Error {}

/** Writes a row and takes it back. */
async function checkWriting(
  store: Store,
  name: string,
  ask: <T>(work: Promise<T>) => Promise<T>,
): Promise<CloudCheck> {
  try {
    await ask(
      store.write(async (trx) => {
        await trx.insertInto('counters').values({ name: 'doctor', value: 0 }).execute();
        throw new TakenBack();
      }),
    );
  } catch (error) {
    if (!(error instanceof TakenBack)) {
      const detail = `${name} can't be written: ${messageOf(error)}`;
      return cloudCheck(
        'database',
        'fail',
        detail,
        'Give it room and to the user who serves the cloud; another program may hold it.',
      );
    }
  }
  return cloudCheck('database', 'ok', `${name} answers and can be written`);
}

/** Keys that do not go with the database would have every lock refuse what is signed. */
function judgeKeySets(
  { keysFolder, engine }: DatabaseWish,
  keySets: readonly Schema['key_sets'][],
): CloudCheck {
  const id = 'database-keys';
  const epoch = keySets.at(-1)?.number;
  if (epoch === undefined) return cloudCheck(id, 'ok', 'no key set was in force yet');
  let hashes: Uint8Array[];
  try {
    hashes = readKeySets(keysFolder).map((bytes) => keySetHash(engine, bytes));
  } catch {
    return cloudCheck(id, 'unknown', `key set ${epoch} was in force; the keys folder can't be read`);
  }
  const foreign = keySets.find(({ number, hash }) => {
    const own = hashes[number - 1];
    return own !== undefined && !equalBytes(own, hash);
  });
  if (foreign !== undefined) {
    return cloudCheck(
      id,
      'fail',
      `key set ${foreign.number} of ${keysFolder} is another than this database was served with`,
      'Name the keys folder that belongs to it with --keys.',
    );
  }
  return hashes.length < epoch
    ? cloudCheck(
        id,
        'fail',
        `key set ${epoch} is in force, ${keysFolder} ends at ${hashes.length}`,
        `Copy the missing key sets and keys into ${keysFolder} from where the rotation was finished.`,
      )
    : cloudCheck(id, 'ok', `key set ${epoch} is in force`);
}

const unreachable = (error: unknown): CloudCheck =>
  error instanceof DatabaseUnfitError
    ? cloudCheck('database', 'fail', error.message, error.next)
    : cloudCheck(
        'database',
        'fail',
        `it does not answer: ${messageOf(error)}`,
        'Start it, or correct DATABASE_URL and the data folder.',
      );

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
