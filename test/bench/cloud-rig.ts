// A cloud's database of a wished size, written row by row without the domain: doors with locks, and people who hold one
// Key of all of them, each with a doorcode a door.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { createAccount } from '#cloud/bootstrap.ts';
import { openDataFolder } from '#cloud/data-folder.ts';
import { Desk, type Asking } from '#cloud/desk.ts';
import { LateSite } from '#cloud/accounts/site.ts';
import { KeyRing } from '#cloud/keys/key-ring.ts';
import { keygen } from '#cloud/keys/keygen.ts';
import { Feed } from '#cloud/live/feed.ts';
import { adoptKeySet } from '#cloud/locks/key-epoch.ts';
import { newId } from '#cloud/domain/ids.ts';
import { encodeHex } from '#protocol/bytes.ts';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import { systemClock as clock } from '#protocol/node/system-clock.ts';
import { systemRandom as random } from '#protocol/node/system-random.ts';
import { silentLog as log } from '#protocol/ports/log.ts';

const parts = { engine, clock, random };
const MANAGER = { email: 'manager@example.com', password: 'correct horse battery' };
const CODES = 9_000_000;

export interface CloudRig {
  readonly desk: Desk;
  readonly asking: Asking;
  readonly doorIds: readonly string[];
  readonly personIds: readonly string[];
  stop(): Promise<void>;
}

export interface RigFolders {
  readonly dataFolder: string;
  readonly keysFolder: string;
}

export async function aCloudRig(folder: string, size: { doors: number; people: number }): Promise<CloudRig> {
  const { dataFolder, keysFolder } = foldersIn(folder);
  mkdirSync(folder, { recursive: true });
  keygen(keysFolder, parts);
  const { accountId, portfolioId } = await createAccount({ dataFolder, ...parts }, MANAGER);
  const { doorIds, personIds } = fill(join(dataFolder, 'door-os.sqlite'), portfolioId, size);
  const store = await openDataFolder(dataFolder, clock);
  const keyRing = new KeyRing({ keysFolder, engine, clock, log });
  await adoptKeySet({ store, clock, random }, keyRing.newest);
  const feed = await Feed.start({ store, clock, log, wakeUps: store.dialect.wakeUps });
  const desk = new Desk({
    store,
    ...parts,
    log,
    keyRing,
    feed,
    site: new LateSite(undefined),
  });
  const caller = {
    kind: 'bearer',
    tokenId: 'token',
    accountId,
    portfolioId,
    doorId: null,
    scopes: ['manager'],
  };
  return {
    desk,
    asking: { caller: caller as unknown as Asking['caller'], permission: 'carry' },
    doorIds,
    personIds,
    async stop() {
      await feed.stop();
      await store.close();
    },
  };
}

export const foldersIn = (folder: string): RigFolders => ({
  dataFolder: join(folder, 'data'),
  keysFolder: join(folder, 'keys'),
});

function fill(file: string, portfolioId: string, { doors, people }: { doors: number; people: number }) {
  const db = new Database(file);
  const nowS = Math.floor(clock.nowMs() / 1000);
  const into = (table: string, columns: string) =>
    db.prepare(
      `insert into ${table} (${columns}) values (${columns
        .split(',')
        .map(() => '?')
        .join(',')})`,
    );
  const propertyId = newId(random, 'property');
  const keyId = newId(random, 'key');
  const doorIds = Array.from({ length: doors }, () => newId(random, 'door'));
  const personIds = Array.from({ length: people }, () => newId(random, 'person'));
  db.exec('begin');
  into(
    'properties',
    'id,portfolio_id,name,zone,doorcode_length,retention_days,unsynced_alarm_s,created_at_s',
  ).run([propertyId, portfolioId, 'Tower', 'America/New_York', 7, 730, 604_800, nowS]);
  into('access_keys', 'id,property_id,name,may_share,created_at_s').run([keyId, propertyId, 'All', 0, nowS]);
  const door = into(
    'doors',
    'id,property_id,name,type,internet,target_version,daily_slots,single_use_slots,daily_epoch,lockout_profile,unlock_s,created_at_s',
  );
  const keyDoor = into('key_doors', 'key_id,door_id,provide_doorcodes');
  const lock = into(
    'locks',
    'id,door_id,identity_key,sealing_key,channel_key,ownership_epoch,credential_key,daily_key,advertising_key,capacity_rows,firmware,activated_at_s',
  );
  for (const [i, doorId] of doorIds.entries()) {
    door.run([doorId, propertyId, `Door ${i}`, 'residence', 0, 1, 16, 16, 0, 'exponential', 10, nowS]);
    keyDoor.run([keyId, doorId, 1]);
    const secret = (): Buffer => Buffer.from(random.bytes(32));
    const sealing = Buffer.from(engine.x25519PublicKey(random.bytes(32)));
    const id = encodeHex(random.bytes(16));
    lock.run([id, doorId, secret(), sealing, secret(), i + 1, secret(), secret(), secret(), 14_097, 1, nowS]);
  }
  const account = into('accounts', 'id,email,state,created_at_s');
  const person = into(
    'people',
    'id,property_id,account_id,first_name,last_name,sort_name,search,credential,resident,may_share,created_at_s',
  );
  const grant = into('grants', 'id,person_id,key_id,starts_at_s,created_at_s');
  const credential = into('credentials', 'number,kind,person_id,door_id,value,created_at_s');
  const holder = into('credential_holders', 'number,kind,person_id,door_id');
  let number = 0;
  for (const [i, personId] of personIds.entries()) {
    const accountId = newId(random, 'account');
    const name = `p${i}`;
    account.run([accountId, `${name}@example.com`, 'pending', nowS]);
    person.run([personId, propertyId, accountId, 'P', name, name, name, 'app', 0, 0, nowS]);
    grant.run([newId(random, 'grant'), personId, keyId, nowS, nowS]);
    for (const doorId of doorIds) {
      number++;
      const code = String(1_000_000 + ((i * 4_999) % CODES));
      credential.run([number, 'doorcode', personId, doorId, code, nowS]);
      holder.run([number, 'doorcode', personId, doorId]);
    }
  }
  into('counters', 'name,value').run(['credential', number]);
  db.exec('commit');
  db.close();
  return { doorIds, personIds };
}
