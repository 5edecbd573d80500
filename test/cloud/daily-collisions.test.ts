// Daily doorcodes whose digits are somebody’s doorcode: they are given to nobody, and come back once the lock has proven that
// it has no such doorcode any more.
import { expect, test } from 'vitest';
import { codesOfEpoch, dailyCodesNear, dailyDoorOf } from '#cloud/domain/codes/daily-codes.ts';
import { drawDoorcodes } from '#cloud/domain/codes/doorcodes.ts';
import type { Work } from '#cloud/domain/work.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import type { Random } from '#protocol/ports/random.ts';
import { withStore } from './callers.ts';
import type { TestCloud } from './cloud-fixture.ts';
import { aDailyDoor as aDoor, dailyOf, inviteDaily, today } from './daily-door.ts';
import { codesOf, invite } from './house.ts';

/** Somebody’s doorcode as no draw would have it. */
const setDoorcode = (cloud: TestCloud, personId: string, value: string): Promise<unknown> =>
  withStore(cloud, (store) =>
    store.write((trx) =>
      trx.updateTable('credentials').set({ value }).where('person_id', '=', personId).execute(),
    ),
  );

test('digits that are somebody’s doorcode are nobody’s daily code that day, until the lock has proven them gone', async () => {
  const { cloud, manager, house, lock, sync } = await aDoor();
  const dee = await inviteDaily(manager, house, 'd@example.com');
  const { code, untilS } = await dailyOf(manager, dee.id);
  const ada = await invite(manager, house, { keys: ['Front'] });
  await setDoorcode(cloud, ada.id, code!);
  await sync();
  const taken = { code: null, atLock: 'not-today', untilS };
  expect(await dailyOf(manager, dee.id)).toMatchObject(taken);
  expect(lock.rowsOf(code!)).toHaveLength(1);
  await manager.call('deletePerson', { params: { personId: ada.id } });
  expect(await dailyOf(manager, dee.id)).toMatchObject(taken);
  await sync();
  expect(lock.rowsOf(code!)).toEqual([]);
  expect(await dailyOf(manager, dee.id)).toMatchObject({ code, atLock: 'live' });
});

/** What the domain takes of a transaction to reckon codes. */
const reckon = <T>(cloud: TestCloud, random: Random, run: (work: Work) => Promise<T>): Promise<T> =>
  withStore(cloud, (store) =>
    store.read((trx) =>
      run({ trx, random, engine: nodeEngine, nowS: Math.floor(cloud.clock.nowMs() / 1000) } as Work),
    ),
  );

test('a slot with a code of the coming year that is somebody’s doorcode is passed over', async () => {
  const { cloud, manager, house, doorId, lock } = await aDoor();
  const ada = await invite(manager, house, { keys: ['Front'] });
  const inHalfAYear = today(cloud) + 180;
  const first = await reckon(cloud, NEVER, async (work) => {
    const door = await dailyDoorOf(work, doorId);
    return codesOfEpoch(work, door, door.daily_epoch)!(0, inHalfAYear);
  });
  await setDoorcode(cloud, ada.id, first);
  const dee = await inviteDaily(manager, house, 'd@example.com');
  expect(lock.dailySlot((await dailyOf(manager, dee.id)).code!, today(cloud))).toBe(1);
});

const NEVER: Random = {
  bytes: () => {
    throw new Error('nothing is drawn');
  },
  fork: () => NEVER,
};

test('no doorcode is drawn that is somebody’s daily code of these days', async () => {
  const { cloud, manager, house, doorId } = await aDoor();
  const dee = await inviteDaily(manager, house, 'd@example.com');
  const { code } = await dailyOf(manager, dee.id);
  const ada = await invite(manager, house, { keys: ['Front'] });
  expect((await codesOf(manager, ada.id))['Entrance']).not.toBe(code);
  const near = await reckon(cloud, NEVER, (work) => dailyCodesNear(work, [doorId]));
  const tabu = [...near.get(doorId)!];
  expect(tabu).toHaveLength(3);
  expect(tabu).toContain(code);
  const free = '1234567';
  const drawn = await reckon(cloud, drawing(...tabu, free), async (work) =>
    (await drawDoorcodes(work, [{ personId: ada.id, doorId }])).take(doorId),
  );
  expect(drawn).toBe(free);
});

/** Draws these codes in turn. */
function drawing(...codes: readonly string[]): Random {
  let at = 0;
  return {
    fork: () => NEVER,
    bytes: (length) => {
      const bytes = new Uint8Array(length);
      let rest = Number(codes[at++]);
      for (let i = length - 1; i >= 0; i--) {
        bytes[i] = rest % 256;
        rest = Math.floor(rest / 256);
      }
      return bytes;
    },
  };
}
