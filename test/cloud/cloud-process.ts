// A cloud in a process of its own, to be killed: prints its address once it serves.
import { startCloud } from '#cloud/serve.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { silentLog } from '#protocol/ports/log.ts';

const [dataFolder = '', keysFolder = '', smtpUrl = ''] = process.argv.slice(2);
const { url } = await startCloud({
  dataFolder,
  keysFolder,
  host: '127.0.0.1',
  port: 0,
  clock: systemClock,
  random: systemRandom,
  engine: nodeEngine,
  log: silentLog,
  ...(smtpUrl === '' ? {} : { mail: { smtpUrl, from: 'DOOR OS <doors@example.com>' } }),
});
process.stdout.write(`${url}\n`);
