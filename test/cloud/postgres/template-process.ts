// Fills the database that DATABASE_URL names for tests to copy: migrated, with the manager. Its keys go into the folder.
import { join } from 'node:path';
import { createAccount } from '#cloud/bootstrap.ts';
import { keygen } from '#cloud/keys/keygen.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { MANAGER } from './manager.ts';

const folder = process.argv[2] ?? '';
const databaseUrl = process.env['DATABASE_URL'];
const parts = { engine: nodeEngine, clock: systemClock, random: systemRandom };
keygen(join(folder, 'keys'), parts);
await createAccount({ dataFolder: join(folder, 'data'), databaseUrl, ...parts }, MANAGER);
