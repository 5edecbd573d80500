// Run bundled by import.bench.ts. `FOLDER ROWS DOORS`: the CPU of a file of so many people into a property whose doors all
// have locks; each person gets the Key of a door of their own and that of the entrance.
import { importBatch } from '#cloud/people-csv/import-batch.ts';
import { fileContext, fileEntries, NO_DEFAULTS } from '#cloud/people-csv/file-rows.ts';
import { IMPORT_BATCH_ROWS } from '#cloud/people-csv/import-runner.ts';
import { batchesOf } from '#cloud/domain/batches.ts';
import { newId } from '#cloud/domain/ids.ts';
import { systemRandom as random } from '#protocol/node/system-random.ts';
import { aCloudRig } from './cloud-rig.ts';

const [folder = '.', rows = '1000', doors = '200'] = process.argv.slice(2);

const rig = await aCloudRig(folder, { doors: Number(doors), people: 0 });
const asking = { ...rig.asking, permission: 'people' } as const;
const propertyId = await rig.desk.write(asking, async ({ trx, nowS }) => {
  const { id } = await trx.selectFrom('properties').select('id').executeTakeFirstOrThrow();
  for (const [i, doorId] of rig.doorIds.entries()) {
    const keyId = newId(random, 'key');
    await trx
      .insertInto('access_keys')
      .values({
        id: keyId,
        property_id: id,
        name: `Key ${i}`,
        may_share: 0,
        created_at_s: nowS,
        deleted_at_s: null,
      })
      .execute();
    await trx
      .insertInto('key_doors')
      .values({ key_id: keyId, door_id: doorId, provide_doorcodes: 1, schedule: null })
      .execute();
  }
  return id;
});
const lines = Array.from(
  { length: Number(rows) },
  (_, i) => `p${i}@example.com,P,Q${i},"Key 0;Key ${1 + (i % (Number(doors) - 1))}"`,
);
const bytes = new TextEncoder().encode(['email,first_name,last_name,keys', ...lines].join('\n'));
const context = await rig.desk.read(asking, (work) => fileContext(work, propertyId, 'America/New_York'));
const entries = await fileEntries(bytes, context, [], () => Promise.resolve());
const before = process.cpuUsage();
let invited = 0;
for (const batch of batchesOf(entries, IMPORT_BATCH_ROWS)) {
  const outcomes = await rig.desk.write(asking, (work) => importBatch(work, propertyId, batch, NO_DEFAULTS));
  invited += outcomes.filter((outcome) => 'action' in outcome && outcome.action === 'invite').length;
}
const { user, system } = process.cpuUsage(before);
process.stdout.write(`${JSON.stringify({ invited, cpuMs: (user + system) / 1_000 })}\n`);
await rig.stop();
