// A house whose locks have written logs: what the tests of activity begin with.
import type { ActivityRow } from '#protocol/api/activity.ts';
import { dateOfDay, localDayOf } from '#cloud/domain/local-day.ts';
import { aCloud, type Client, type TestCloud } from './cloud-fixture.ts';
import { aHouse, codesOf } from './house.ts';
import { activate, doorSync, type PaperLock } from './paper-lock.ts';
import { PaperLog } from './paper-log.ts';

export const HOUR_S = 3_600;

export async function aHouseWithLogs() {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const nowS = Math.floor(cloud.clock.nowMs() / 1000);
  const at = async (door: string) => {
    const doorId = house.door(door);
    const lock = await activate(manager, doorId);
    return { doorId, lock, log: new PaperLog(lock, nowS - HOUR_S) };
  };
  return { cloud, manager, house, nowS, unit: await at('4B'), entrance: await at('Entrance') };
}

/** The number that the lock's table has for a person's doorcode. */
export async function numberOf(
  manager: Client,
  personId: string,
  doorId: string,
  door: string,
  lock: PaperLock,
) {
  await doorSync(manager, doorId, lock);
  const code = (await codesOf(manager, personId))[door]!;
  return lock.rowsOf(code)[0]!.credentialId;
}

export const seenBy = async (client: Client, query: Record<string, string> = {}) =>
  (await client.call('activity', { query })).items;
export const sentences = (items: readonly ActivityRow[]) => items.map(({ sentence }) => sentence);

export const dayIn = (zone: string, cloud: TestCloud, laterS = 0): string =>
  dateOfDay(localDayOf(zone, Math.floor(cloud.clock.nowMs() / 1000) + laterS));

export const resident = (manager: Client, house: Awaited<ReturnType<typeof aHouse>>, email: string) =>
  manager.call('invitePerson', {
    params: { propertyId: house.propertyId },
    body: { email, firstName: 'Rosa', lastName: 'Resident', resident: true, keyIds: [house.key('Unit')] },
  });
