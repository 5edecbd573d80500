// Uploads as a client carries them through: preview, confirm, and the wait for the job.
import { utf8 } from '#protocol/bytes.ts';
import type { ImportStatus } from '#protocol/api/imports.ts';
import type { Client } from './cloud-fixture.ts';
import type { House } from './house.ts';

export const HEADER = 'first name,last name,email,phone,resident,keys,start,expiration';

export const fileOf = (...rows: string[]): string => [HEADER, ...rows].join('\n');

export const previewFile = (client: Client, house: Pick<House, 'propertyId'>, body: string | Uint8Array) =>
  client.call('previewImport', {
    params: { propertyId: house.propertyId },
    body: typeof body === 'string' ? utf8(body) : body,
  });

/** Until it runs no more. */
export async function importEnded(client: Client, importId: string): Promise<ImportStatus> {
  for (;;) {
    const status = await client.call('import', { params: { importId }, query: { waitS: '30' } });
    if (status.state !== 'running') return status;
  }
}

export async function importFile(
  client: Client,
  house: Pick<House, 'propertyId'>,
  body: string | Uint8Array,
  wish: object = {},
): Promise<ImportStatus> {
  const { id: importId } = await previewFile(client, house, body);
  await client.call('confirmImport', { params: { importId }, body: wish });
  return importEnded(client, importId);
}
