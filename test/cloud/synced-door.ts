// A door of the house with a lock that has its first table: what tests of what gets into tables begin with.
import { aCloud } from './cloud-fixture.ts';
import { aHouse } from './house.ts';
import { activate, doorSync } from './paper-lock.ts';

export async function aSyncedDoor(doorName = 'Entrance') {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const doorId = house.door(doorName);
  const lock = await activate(manager, doorId);
  const sync = (): Promise<unknown> => doorSync(manager, doorId, lock);
  await sync();
  return { cloud, manager, house, doorId, lock, sync };
}
