// The story of the demo, step by step, each with what must hold: a revoked code opens until the Door Sync is done,
// a power cut changes nothing, the receipt closes the task. A step that does not hold throws DemoError.
import { readFile } from 'node:fs/promises';
import { IMPORT_WAIT_MAX_S, type ImportStatus } from '#protocol/api/imports.ts';
import { routes } from '#protocol/api/routes.ts';
import { activateDoor } from '#gateway/activate.ts';
import { syncDoors, type SyncEvent } from '#gateway/sync-doors.ts';
import { errorOfReport, type SyncReport } from '#gateway/sync-report.ts';
import { chooseResident, type Chosen } from './chosen-resident.ts';
import { expectThat } from './demo-error.ts';
import { openDemoCloud, type DemoCloud, type PropertyDefinition } from './demo-cloud.ts';
import { DemoHouse, type HouseDoor } from './demo-house.ts';
import type { DemoParts } from './demo-parts.ts';

/** Where a step says how far it is. */
export interface StepProgress {
  at(done: number, total: number, unit: string): void;
  note(text: string): void;
}

export interface StoryStep {
  readonly title: string;
  readonly run: (progress: StepProgress) => Promise<void>;
}

/** Durable operations of a sync after which its power is cut: within the second chunk. */
const CUT_AT_OPERATION = 34;
const TORN_BYTES = 100;

export class Demo {
  readonly #parts: DemoParts;
  readonly #peopleFile: string;
  readonly #propertyFile: string;
  #cloud: DemoCloud | undefined;
  #house: DemoHouse | undefined;
  /** Of the people file, each with its line and the reason. */
  readonly rowsLeftOut: ImportStatus['errors'][number][] = [];
  #propertyId = '';
  #resident: Chosen | undefined;

  constructor(parts: DemoParts, files: { readonly people: string; readonly property: string }) {
    this.#parts = parts;
    this.#peopleFile = files.people;
    this.#propertyFile = files.property;
  }

  get cloud(): DemoCloud {
    return made(this.#cloud);
  }

  get house(): DemoHouse {
    return made(this.#house);
  }

  steps(): readonly StoryStep[] {
    return [
      step('Start the cloud, with keys of its own', (p) => this.#startCloud(p)),
      step('Put up the property with its doors and Keys', (p) => this.#makeProperty(p)),
      step('Power on a lock at every door, on the real bleno', (p) => this.#fitLocks(p)),
      step('Activate the locks by button, label and signatures', (p) => this.#activate(p)),
      step('Import people from a CSV', (p) => this.#importPeople(p)),
      step('Door Sync at every door, by the real noble', (p) => this.#syncAll(p)),
      step('A resident opens, a wrong code does not', (p) => this.#firstOpening(p)),
      step('Revoke the resident, whose code opens until the sync', (p) => this.#revoke(p)),
      step('Cut the power in the middle of the sync', (p) => this.#cutSync(p)),
      step('The old table is in force after the reboot', (p) => this.#oldTable(p)),
      step('Resume the sync from what was received', (p) => this.#resumeSync(p)),
      step('The old code is refused, the neighbour opens', (p) => this.#newTable(p)),
      step('The receipt has closed the task', (p) => this.#taskClosed(p)),
    ];
  }

  async close(): Promise<void> {
    await this.#house?.close();
    await this.#cloud?.running.stop();
  }

  async #startCloud(progress: StepProgress): Promise<void> {
    this.#cloud = await openDemoCloud(this.#parts);
    progress.note(this.#cloud.running.url);
  }

  async #makeProperty(progress: StepProgress): Promise<void> {
    const definition = JSON.parse(await readFile(this.#propertyFile, 'utf8')) as PropertyDefinition;
    const property = await this.cloud.call(routes.createProperty, { body: definition });
    this.#propertyId = property.id;
    const keys = await this.cloud.call(routes.listKeys, { params: { propertyId: property.id } });
    progress.note(`${property.name}: ${(await this.#listDoors()).length} doors, ${keys.items.length} Keys`);
  }

  async #fitLocks(progress: StepProgress): Promise<void> {
    this.#house = await DemoHouse.open(this.#parts);
    const doors = await this.#listDoors();
    for (const [i, door] of doors.entries()) {
      await this.house.fitLock(door);
      progress.at(i + 1, doors.length, 'locks');
    }
    progress.note(`${doors.length} locks on the air`);
  }

  async #activate(progress: StepProgress): Promise<void> {
    const gateway = await this.house.gateway(this.cloud);
    const { doors } = this.house;
    for (const [i, { door, lock, label }] of doors.entries()) {
      progress.note(door.name);
      lock.pressButton();
      await activateDoor(gateway, { doorId: door.id, doorName: door.name }, label, {
        signal: this.#parts.signal,
      });
      expectThat(lock.report().activated === true, `The lock of ${door.name} is not activated.`);
      progress.at(i + 1, doors.length, 'locks');
    }
    progress.note(`${doors.length} locks bound to their doors`);
  }

  async #importPeople(progress: StepProgress): Promise<void> {
    const csv = await readFile(this.#peopleFile);
    const params = { propertyId: this.#propertyId };
    const preview = await this.cloud.call(routes.previewImport, { params, body: csv });
    const result = await this.#carryOut(preview.id, progress);
    this.rowsLeftOut.push(...result.errors);
    const again = await this.cloud.call(routes.previewImport, { params, body: csv });
    expectThat(
      again.invites === 0 && again.additions === 0,
      'The same file a second time would change something.',
    );
    progress.note(
      `${result.invites} invited, ${result.skipped} rows left out, ${result.doorsToSync.length} doors to sync`,
    );
    this.#resident = await chooseResident(this.cloud, this.#propertyId, this.house.doors);
  }

  async #carryOut(importId: string, progress: StepProgress): Promise<ImportStatus> {
    let status = await this.cloud.call(routes.confirmImport, { params: { importId }, body: {} });
    while (status.state === 'running') {
      progress.at(status.rowsDone, status.rowsTotal, 'rows');
      const query = { waitS: String(IMPORT_WAIT_MAX_S), rowsDone: String(status.rowsDone) };
      status = await this.cloud.call(routes.import, { params: { importId }, query });
    }
    expectThat(status.state === 'done', `The import stopped: ${status.failure ?? 'cancelled'}.`);
    return status;
  }

  async #syncAll(progress: StepProgress): Promise<void> {
    const ids = this.house.doors.map(({ door }) => door.id);
    let done = 0;
    const report = await this.#sync(ids, (event) => {
      if (event.type === 'met') progress.note(event.door.doorName);
      if (event.type === 'ended') progress.at(++done, ids.length, 'doors');
    });
    const error = errorOfReport(report);
    if (error !== undefined) throw error;
    progress.note(`${ids.length} doors are up to date`);
  }

  async #firstOpening(progress: StepProgress): Promise<void> {
    const { at, code, person } = made(this.#resident);
    this.#expectPress(at, code.code, 'open');
    this.#expectPress(at, wrongCode(code.code), 'refused');
    progress.note(`${person.firstName} ${person.lastName} at ${at.door.name}`);
    return Promise.resolve();
  }

  async #revoke(progress: StepProgress): Promise<void> {
    const { at, code, person } = made(this.#resident);
    const { doorsToSync } = await this.cloud.call(routes.revokeAllKeys, { params: { personId: person.id } });
    expectThat(doorsToSync.includes(at.door.id), `${at.door.name} is not listed for a Door Sync.`);
    const door = await this.#door(at);
    expectThat(door.sync.state === 'pending', `${at.door.name} does not wait for a Door Sync.`);
    this.#expectPress(at, code.code, 'open');
    progress.note(`it still opens ${at.door.name}; ${doorsToSync.length} doors need a sync`);
  }

  async #cutSync(progress: StepProgress): Promise<void> {
    const { at } = made(this.#resident);
    const before = at.lock.report().version;
    const courierLeaves = new AbortController();
    at.lock.onPowerLost = () => courierLeaves.abort();
    at.lock.planCut(CUT_AT_OPERATION, { kind: 'prefix', bytes: TORN_BYTES });
    const report = await this.#sync([at.door.id], bytesOf(progress), courierLeaves.signal);
    at.lock.onPowerLost = () => undefined;
    expectThat(!at.lock.isPowered, 'The power was not cut.');
    expectThat(errorOfReport(report) !== undefined, 'The sync says that it was done.');
    progress.note(`dark at flash operation ${CUT_AT_OPERATION}, ${before ?? 'no'} table in force`);
  }

  async #oldTable(progress: StepProgress): Promise<void> {
    const { at, code } = made(this.#resident);
    expectThat(at.lock.restorePower(), 'The lock did not boot.');
    const door = await this.#door(at);
    expectThat(door.sync.state === 'pending', 'The task was closed without a receipt.');
    this.#expectPress(at, code.code, 'open');
    progress.note(
      `table ${at.lock.report().version ?? 'none'} in force, boot ${at.lock.report().boots ?? 0}`,
    );
  }

  async #resumeSync(progress: StepProgress): Promise<void> {
    const { at } = made(this.#resident);
    let firstBytes: number | undefined;
    const show = bytesOf(progress);
    const report = await this.#sync([at.door.id], (event) => {
      if (event.type === 'progress') firstBytes ??= event.bytes;
      show(event);
    });
    const error = errorOfReport(report);
    if (error !== undefined) throw error;
    expectThat((firstBytes ?? 0) > 0, 'The sync began anew where it could have gone on.');
    progress.note(`went on from ${firstBytes ?? 0} bytes, table ${at.lock.report().version ?? 'none'}`);
  }

  #newTable(progress: StepProgress): Promise<void> {
    const { at, code, neighbourCode } = made(this.#resident);
    this.#expectPress(at, code.code, 'refused');
    this.#expectPress(at, neighbourCode, 'open');
    progress.note(at.door.name);
    return Promise.resolve();
  }

  async #taskClosed(progress: StepProgress): Promise<void> {
    const { at } = made(this.#resident);
    const { sync } = await this.#door(at);
    expectThat(sync.state === 'up-to-date', `${at.door.name} is ${sync.state}, not up to date.`);
    const open = await this.cloud.call(routes.listSyncTasks, { query: { doorId: at.door.id } });
    expectThat(open.items.length === 0, 'A task of the door is still open.');
    progress.note(`${at.door.name} is up to date`);
  }

  async #sync(
    doorIds: readonly string[],
    onEvent: (event: SyncEvent) => void,
    leave?: AbortSignal,
  ): Promise<SyncReport> {
    const { signal } = this.#parts;
    const gateway = await this.house.gateway(this.cloud);
    return syncDoors(gateway, doorIds, {
      signal: leave === undefined ? signal : AbortSignal.any([signal, leave]),
      onEvent,
      // A delta of a few rows is gone with the power: the story is of what a lock keeps.
      wholeSets: true,
    });
  }

  #expectPress({ door, lock }: HouseDoor, digits: string, outcome: 'open' | 'refused'): void {
    const decision = lock.press(digits);
    expectThat(decision !== undefined, `The lock of ${door.name} has no power.`);
    expectThat(decision.outcome === outcome, `${door.name}: expected ${outcome}, and: ${decision.sentence}`);
  }

  #door({ door }: HouseDoor) {
    return this.cloud.call(routes.door, { params: { doorId: door.id } });
  }

  async #listDoors() {
    const page = await this.cloud.call(routes.listDoors, {
      params: { propertyId: this.#propertyId },
      query: { limit: 200 },
    });
    return page.items;
  }
}

const step = (title: string, run: StoryStep['run']): StoryStep => ({ title, run });

const bytesOf =
  (progress: StepProgress) =>
  (event: SyncEvent): void => {
    if (event.type === 'progress') progress.at(event.bytes, event.totalBytes, 'bytes');
  };

/** Another number of the same length. */
const wrongCode = (code: string): string => `${code.slice(0, -1)}${(Number(code.slice(-1)) + 1) % 10}`;

/** A step before made it. */
function made<T>(value: T | undefined): T {
  expectThat(value !== undefined, 'A step before this one did not make what it needs.');
  return value;
}
