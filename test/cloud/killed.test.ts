// Processes of the cloud killed at random under load: what was acknowledged is there, and no version is missing or
// there twice. On PostgreSQL two of them serve, and one goes on while the other is gone.
import { expect, onTestFailed, test } from 'vitest';
import { systemClock } from '#protocol/node/system-clock.ts';
import { uniform } from '#protocol/ports/random.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { Cluster } from './cluster.ts';
import { Load } from './load.ts';
import { postgresForTests } from './postgres/databases.ts';

/** `npm run test:long` asks for 50. */
const KILLS = Number(process.env['DOORLAB_KILLS'] ?? 5);
const SEED = process.env['DOORLAB_SEED'] ?? String(process.pid);
const PROCESSES = postgresForTests() === undefined ? 1 : 2;
/** Changes acknowledged between two kills, at most. */
const CHANGES_MAX = 12;
/** A change takes about as long: a kill falls anywhere within one. */
const CHANGE_MS = 15;
const KILL_DEADLINE_MS = 60_000;

test(
  'after kills at random every acknowledged change is there, and the versions have no hole and no repeat',
  { timeout: KILLS * KILL_DEADLINE_MS },
  async () => {
    onTestFailed(() => void process.stderr.write(`again with DOORLAB_SEED=${SEED} DOORLAB_KILLS=${KILLS}\n`));
    const random = seededRandom(SEED);
    const cluster = await Cluster.start(PROCESSES);
    const load = await Load.start(cluster);
    for (let kill = 0; kill < KILLS; kill++) {
      await load.more(1 + uniform(random, CHANGES_MAX));
      await new Promise<void>((resolve) => systemClock.after(uniform(random, CHANGE_MS), resolve));
      const victim = uniform(random, PROCESSES);
      await cluster.kill(victim);
      await cluster.up(victim);
    }
    await load.more(1);
    await load.endAndCheck();
    expect(load.acknowledged.invited.size).toBeGreaterThanOrEqual(KILLS);
  },
);
