// Fills the databases of lists.bench.ts: doors, each with an open task; with people, each has a door and two that all hold,
// and a tenth of them is revoked since.
import { join } from 'node:path';
import { openDataFolder } from '#cloud/data-folder.ts';
import type { Schema } from '#cloud/db/schema.ts';
import type { Store, Trx } from '#cloud/db/store.ts';
import { batchesOf } from '#cloud/domain/batches.ts';
import { newId } from '#cloud/domain/ids.ts';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import { systemClock as clock } from '#protocol/node/system-clock.ts';
import { systemRandom as random } from '#protocol/node/system-random.ts';
import { nowS } from '#protocol/ports/clock.ts';
import { encodeRow, NO_END, sortRows } from '#protocol/table/rows.ts';

export const atS = nowS(clock);
const ROWS_AT_ONCE = 500;
const COMMON_DOORS = 2;
const REVOKED_SHARE = 10;

export interface Place {
  readonly store: Store;
  readonly propertyId: string;
  readonly portfolioId: string;
}

async function insert<T extends keyof Schema>(trx: Trx, table: T, rows: readonly Schema[T][]): Promise<void> {
  for (const batch of batchesOf(rows, ROWS_AT_ONCE))
    await trx
      .insertInto(table as never)
      .values(batch)
      .execute();
}

async function aPlace(folder: string): Promise<Place> {
  const store = await openDataFolder(join(folder, 'data'), clock);
  const [portfolioId, propertyId] = [newId(random, 'portfolio'), newId(random, 'property')];
  await store.write(async (trx) => {
    await insert(trx, 'portfolios', [{ id: portfolioId, name: 'P', created_at_s: atS }]);
    const property = {
      id: propertyId,
      portfolio_id: portfolioId,
      name: 'Tower',
      zone: 'UTC',
      doorcode_length: 7,
    };
    const policy = { retention_days: 730, unsynced_alarm_s: 604_800, created_at_s: atS };
    await insert(trx, 'properties', [{ ...property, ...policy }]);
  });
  return { store, portfolioId, propertyId };
}

const lockIdOf = (i: number): string => String(i).padStart(32, '0');

async function fillDoors(trx: Trx, propertyId: string, count: number, target: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newId(random, 'door'));
  const doors = ids.map((id, i) => ({
    id,
    property_id: propertyId,
    name: `Door ${String(i).padStart(6, '0')}`,
    type: 'residence',
    internet: 0,
    target_version: target,
    daily_slots: 16,
    single_use_slots: 16,
    daily_epoch: 0,
    lockout_profile: 'exponential',
    unlock_s: 10,
    hold_open: null,
    created_at_s: atS,
  }));
  await insert(trx, 'doors', doors as Schema['doors'][]);
  const key = random.bytes(32);
  const keys = { identity_key: key, sealing_key: key, channel_key: key, credential_key: key };
  const rest = {
    daily_key: key,
    advertising_key: key,
    capacity_rows: 14_097,
    firmware: 1,
    activated_at_s: atS,
  };
  await insert(
    trx,
    'locks',
    ids.map((id, i) => ({ id: lockIdOf(i), door_id: id, ownership_epoch: i + 1, ...keys, ...rest })),
  );
  await insert(
    trx,
    'lock_states',
    ids.map((_, i) => ({
      lock_id: lockIdOf(i),
      ownership_epoch: i + 1,
      key_epoch: 1,
      table_version: 1,
      table_hash: key,
      table_state: 'active',
      boot: 1,
      log_sequence: 1,
      battery_percent: i % 100,
      firmware: 1,
      received_at_s: atS,
    })),
  );
  return ids;
}

const taskOf = (propertyId: string, doorId: string, i: number): Schema['sync_tasks'] => ({
  id: newId(random, 'task'),
  property_id: propertyId,
  door_id: doorId,
  lock_id: lockIdOf(i),
  ownership_epoch: i + 1,
  key_epoch: 1,
  table_version: 2,
  reason: 'access-revoked',
  since_s: atS - i,
  due_s: atS - i,
  closed_at_s: null,
  receipt_id: null,
});

async function fillExposure(trx: Trx, propertyId: string, people: number, doors: number): Promise<void> {
  const doorIds = await fillDoors(trx, propertyId, doors, 2);
  const personIds = Array.from({ length: people }, () => newId(random, 'person'));
  const accountIds = personIds.map(() => newId(random, 'account'));
  const account = { state: 'pending' as const, password_hash: null, created_at_s: atS, activated_at_s: null };
  await insert(
    trx,
    'accounts',
    accountIds.map((id, i) => ({ id, email: `p${i}@example.com`, ...account })),
  );
  await insert(
    trx,
    'people',
    personIds.map((id, i) => ({
      id,
      property_id: propertyId,
      account_id: accountIds[i] ?? '',
      first_name: 'P',
      last_name: String(i),
      sort_name: `${i} p`,
      search: `${i} p`,
      phone: null,
      credential: 'app',
      single_use: null,
      resident: 0,
      may_share: 0,
      created_at_s: atS,
      deleted_at_s: null,
    })),
  );
  const retired: Schema['retired_credentials'][] = [];
  const current: Schema['credentials'][] = [];
  const changes: Schema['access_changes'][] = [];
  const rowsAt = new Map<number, Uint8Array[]>();
  let number = 0;
  for (const [i, personId] of personIds.entries()) {
    const own = COMMON_DOORS + (i % (doors - COMMON_DOORS));
    for (const door of [0, 1, own]) {
      number++;
      const doorId = doorIds[door] ?? '';
      const value = String(number).padStart(7, '0');
      const row = encodeRow({
        verifier: engine
          .sha256(Uint8Array.of(number & 0xff, (number >> 8) & 0xff, number >> 16))
          .subarray(0, 16),
        credentialId: number,
        kind: 'doorcode',
        isGuest: false,
        schedule: 0,
        startS: 0,
        endS: NO_END,
      });
      const rows = rowsAt.get(door);
      if (rows === undefined) rowsAt.set(door, [row]);
      else rows.push(row);
      const same = { number, kind: 'doorcode' as const, person_id: personId, door_id: doorId, value };
      if (i % REVOKED_SHARE !== 0) current.push({ ...same, created_at_s: atS });
      else {
        retired.push({ ...same, gone_version: 2, retired_at_s: atS });
        changes.push({ door_id: doorId, person_id: personId, table_version: 2 });
      }
    }
  }
  await insert(trx, 'credentials', current);
  await insert(trx, 'retired_credentials', retired);
  await insert(trx, 'access_changes', changes);
  for (const [door, rows] of rowsAt) {
    const table = { ownership_epoch: door + 1, key_epoch: 1, table_version: 1, head: new Uint8Array(0) };
    const bytes = Buffer.concat(sortRows(rows));
    const made = {
      lock_id: lockIdOf(door),
      ...table,
      rows: bytes,
      table_hash: random.bytes(32),
      created_at_s: atS,
    };
    await insert(trx, 'lock_tables', [made as Schema['lock_tables']]);
  }
  const touched = [...new Set(changes.map((change) => doorIds.indexOf(change.door_id)))];
  await insert(
    trx,
    'sync_tasks',
    touched.map((door) => taskOf(propertyId, doorIds[door] ?? '', door)),
  );
}

/** `people` 0: doors and tasks alone. */
export async function fillDatabase(
  folder: string,
  doors: number,
  people: number,
): Promise<Omit<Place, 'store'>> {
  const place = await aPlace(folder);
  await place.store.write(async (trx) => {
    if (people > 0) return fillExposure(trx, place.propertyId, people, doors);
    const ids = await fillDoors(trx, place.propertyId, doors, 2);
    await insert(
      trx,
      'sync_tasks',
      ids.map((id, i) => taskOf(place.propertyId, id, i)),
    );
  });
  await place.store.close();
  return { propertyId: place.propertyId, portfolioId: place.portfolioId };
}
