// The house and the manager who looks at its People tab.
import { aCloud, type Client } from './cloud-fixture.ts';
import { aHouse, type House } from './house.ts';

export async function aManagedHouse() {
  const cloud = await aCloud();
  const house = await aHouse(cloud.manager);
  return { cloud, manager: cloud.manager, house };
}

/** The addresses, in the order of the list. */
export const listed = async (
  client: Client,
  house: House,
  query: Record<string, string> = {},
): Promise<string[]> => {
  const page = await client.call('listPeople', { params: { propertyId: house.propertyId }, query });
  return page.items.map(({ email }) => email);
};
