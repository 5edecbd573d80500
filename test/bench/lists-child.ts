// The processes of lists.bench.ts. `fill FOLDER DOORS PEOPLE`: doors, each with an open task; with people, each has a door and
// two that all hold, and a tenth of them is revoked since. `tasks FOLDER`, `exposure FOLDER`: what a page costs, and all.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDataFolder } from '#cloud/data-folder.ts';
import { doorReport } from '#cloud/domain/sync/door-report.ts';
import { propertyExposure } from '#cloud/domain/sync/exposure.ts';
import { listSyncTasks } from '#cloud/domain/sync/sync-tasks.ts';
import type { Work } from '#cloud/domain/work.ts';
import { systemClock as clock } from '#protocol/node/system-clock.ts';

import { atS, fillDatabase, type Place } from './lists-filling.ts';

const REPEATS = 15;
/** Of a whole list, in time of the processor: the best counts. */
const TURNS = 3;
const PAGE = 100;

/** As a portfolio manager's request has it. */
const reading = <T>({ store, portfolioId }: Place, run: (work: Work) => Promise<T>): Promise<T> =>
  store.read((trx) =>
    run({
      trx,
      nowS: atS + 1,
      rights: { kind: 'portfolio' },
      permission: 'people',
      portfolioId,
      keyEpoch: 1,
      trace: {},
    } as unknown as Work),
  );

async function timed(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < REPEATS; n++) {
    const startedMs = performance.now();
    await run();
    times.push(performance.now() - startedMs);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(REPEATS / 2)] ?? Infinity;
}

async function allPages(
  page: (after: string | undefined) => Promise<{ items: unknown[]; next: string | null }>,
) {
  let count = 0;
  let allMs = Infinity;
  for (let turn = 0; turn < TURNS; turn++) {
    const before = process.cpuUsage();
    count = 0;
    for (let after: string | null | undefined; after !== null;) {
      const { items, next } = await page(after);
      count += items.length;
      after = next;
    }
    const { user, system } = process.cpuUsage(before);
    allMs = Math.min(allMs, (user + system) / 1_000);
  }
  return { count, allMs };
}

async function tasks(place: Place) {
  const list = (after?: string) =>
    reading(place, (work) => listSyncTasks(work, { limit: PAGE, after, closed: false }));
  const report = (needed: boolean) => () =>
    reading(place, (work) => doorReport(work, { limit: PAGE, needed }));
  const pageMs = await timed(() => list());
  const neededMs = await timed(report(true));
  const reportMs = await timed(report(false));
  const { count, allMs } = await allPages(list);
  return { count, allMs, pageMs, neededMs, reportMs, mib: process.memoryUsage.rss() / 1_048_576 };
}

async function exposure(place: Place) {
  const list = (after?: string) =>
    reading(place, (work) => propertyExposure(work, place.propertyId, { limit: PAGE, after }));
  const pageMs = await timed(() => list());
  const { count, allMs } = await allPages(list);
  return { count, allMs, pageMs, mib: process.memoryUsage.rss() / 1_048_576 };
}

async function opened(): Promise<Place> {
  const ids = JSON.parse(readFileSync(placeFile, 'utf8')) as Omit<Place, 'store'>;
  return { ...ids, store: await openDataFolder(join(folder, 'data'), clock) };
}

const [mode, folder = '.', doors = '1000', people = '0'] = process.argv.slice(2);
const placeFile = join(folder, 'place.json');
if (mode === 'fill') {
  writeFileSync(placeFile, JSON.stringify(await fillDatabase(folder, Number(doors), Number(people))));
}
const measured =
  mode === 'fill' ? {} : mode === 'tasks' ? await tasks(await opened()) : await exposure(await opened());
process.stdout.write(JSON.stringify(measured));
