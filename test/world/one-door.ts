// A DOOR OS, an air and one lock that stay up in this process while couriers come and go: a building's door with as
// many residents as a test wants to revoke one by one.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Person } from '#protocol/api/people.ts';
import { routes } from '#protocol/api/routes.ts';
import { portableEngine } from '#protocol/crypto/portable-engine.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import { silentLog } from '#protocol/ports/log.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { createToken } from '#cloud/bootstrap.ts';
import { activateDoor } from '#gateway/activate.ts';
import { openDemoCloud, type DemoCloud } from '#lab/demo/demo-cloud.ts';
import type { FlashTiming } from '#lock-sim/flash/nor-flash.ts';
import { DemoHouse, type HouseDoor } from '#lab/demo/demo-house.ts';

export const DOOR = 'Front';

const random = seededRandom('one door');

export interface Resident {
  readonly person: Person;
  readonly code: string;
}

export class OneDoor {
  readonly cloud: DemoCloud;
  readonly house: DemoHouse;
  readonly at: HouseDoor;
  readonly propertyId: string;
  readonly #folder: string;

  private constructor(folder: string, cloud: DemoCloud, house: DemoHouse, at: HouseDoor, propertyId: string) {
    this.#folder = folder;
    this.cloud = cloud;
    this.house = house;
    this.at = at;
    this.propertyId = propertyId;
  }

  /** Activated and synced, with that many residents; `bareDoors` open for them too and have no lock. */
  static async open(
    residents: number,
    bareDoors: readonly string[] = [],
    flashTiming?: FlashTiming,
    clocks: { readonly cloud?: Clock; readonly lock?: Clock } = {},
  ): Promise<OneDoor> {
    const folder = mkdtempSync(join(tmpdir(), 'doorlab-one-door-'));
    const parts = {
      folder,
      engine: nodeEngine,
      lockEngine: portableEngine,
      clock: systemClock,
      random,
      log: silentLog,
      signal: new AbortController().signal,
      ...(flashTiming === undefined ? {} : { flashTiming }),
    };
    const cloud = await openDemoCloud({ ...parts, clock: clocks.cloud ?? systemClock });
    const house = await DemoHouse.open({ ...parts, clock: clocks.lock ?? systemClock });
    const { id: propertyId } = await cloud.call(routes.createProperty, {
      body: {
        name: 'Elm House',
        zone: 'Europe/Berlin',
        doorcodeLength: 7,
        doors: [DOOR, ...bareDoors].map((name) => ({
          name,
          type: 'building-entrance' as const,
          internet: false,
        })),
        keys: [{ name: 'Residents', mayShare: false, doors: [DOOR, ...bareDoors].map((door) => ({ door })) }],
      },
    });
    const params = { propertyId };
    const { items } = await cloud.call(routes.listDoors, { params });
    const door = items.find(({ name }) => name === DOOR);
    if (door === undefined) throw new Error('the property has no door');
    const at = await house.fitLock(door);
    const self = new OneDoor(folder, cloud, house, at, propertyId);
    await self.importPeople(residents);
    at.lock.pressButton();
    const gateway = await house.gateway(cloud);
    await activateDoor(gateway, { doorId: door.id, doorName: DOOR }, at.label);
    await gateway.journal.close();
    return self;
  }

  /** Where the mails of its cloud are. */
  get cloudFolder(): string {
    return join(this.#folder, 'cloud');
  }

  async importPeople(count: number): Promise<void> {
    const rows = Array.from({ length: count }, (_, i) => `R${i},Resident,r${i}@example.com,,yes,Residents,,`);
    const csv = ['first name,last name,email,phone,resident,keys,start,expiration', ...rows].join('\n');
    const params = { propertyId: this.propertyId };
    const preview = await this.cloud.call(routes.previewImport, {
      params,
      body: new TextEncoder().encode(csv),
    });
    await this.cloud.call(routes.confirmImport, { params: { importId: preview.id }, body: {} });
  }

  async resident(number: number): Promise<Resident> {
    const { items } = await this.cloud.call(routes.listPeople, {
      params: { propertyId: this.propertyId },
      query: { search: `r${number}@example.com` },
    });
    const person = items.find(({ email }) => email === `r${number}@example.com`);
    if (person === undefined) throw new Error(`there is no resident ${number}`);
    const codes = await this.cloud.call(routes.personCodes, { params: { personId: person.id } });
    const atDoor = codes.items.find(({ doorId }) => doorId === this.at.door.id);
    return { person, code: atDoor?.code ?? '' };
  }

  async revoke({ person }: Resident): Promise<void> {
    await this.cloud.call(routes.revokeAllKeys, { params: { personId: person.id } });
  }

  opens(code: string): boolean {
    return this.at.lock.press(code)?.outcome === 'open';
  }

  /** As DOOR OS shows it, with the count of its open tasks. */
  async atCloud() {
    const { sync } = await this.cloud.call(routes.door, { params: { doorId: this.at.door.id } });
    const tasks = await this.cloud.call(routes.listSyncTasks, { query: { doorId: this.at.door.id } });
    return { state: sync.state, openTasks: tasks.items.length };
  }

  /** A data folder for a gateway, with a courier's token in it. */
  walker(parent: string, name: string, token = this.cloud.courier.token): string {
    const data = join(parent, name);
    mkdirSync(join(data, 'gateway'), { recursive: true });
    writeFileSync(join(data, 'gateway', 'token'), `${token}\n`, { mode: 0o600 });
    return data;
  }

  async managerToken(): Promise<string> {
    const bootstrap = {
      dataFolder: this.cloudFolder,
      engine: nodeEngine,
      clock: systemClock,
      random,
    };
    const { email } = this.cloud.login;
    return (await createToken(bootstrap, { email, label: 'test', scopes: ['manager'] })).token;
  }

  async close(): Promise<void> {
    await this.house.close();
    await this.cloud.running.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
