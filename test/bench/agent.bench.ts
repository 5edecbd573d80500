// An agent in range of 1,000 doors that show themselves every second, each due once by a delta: CPU of a sync beside scanning, time
// of an advert report, memory. The cloud is a process of its own; the locks' share is left out.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { bundle, CHILD_DEADLINE_MS } from './bundled-child.ts';
import type { Bench } from './figure.ts';

const DOORS = 1_000;
const CPU_PER_SYNC_MAX_MS = 5;
const REPORT_MAX_US = 30;
const MEMORY_MAX_MIB = 150;
/** As docs/doorlab-agent.service has them: without, memory fills with what is garbage already. */
const AS_IN_THE_UNIT = ['--max-semi-space-size=8', '--max-old-space-size=96'];

interface Measured {
  readonly cpuPerSyncMs: number;
  readonly reportUs: number;
  readonly knownReportUs: number;
  readonly peakMiB: number;
  readonly done: number;
}

export const bench: Bench = {
  name: 'agent',
  async run() {
    const [cloudFile, agentFile] = [await bundle('agent-cloud-child'), await bundle('agent-child')];
    const folder = mkdtempSync(join(tmpdir(), 'doorlab-agent-'));
    const cloud = spawn(process.execPath, [cloudFile, folder, String(DOORS)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      timeout: CHILD_DEADLINE_MS,
    });
    try {
      const [line] = (await once(createInterface(cloud.stdout), 'line')) as [string];
      const { url } = JSON.parse(line) as { url: string };
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [...AS_IN_THE_UNIT, agentFile, folder, url],
        {
          encoding: 'utf8',
          timeout: CHILD_DEADLINE_MS,
        },
      );
      if (status !== 0) throw new Error(`the agent ended with ${String(status)}: ${stderr}`);
      const measured = JSON.parse(stdout) as Measured;
      const figure = (name: string, value: number, unit: string, atMost: number) =>
        ({ name: `agent.${name}`, value, unit, kind: 'absolute', atMost }) as const;
      return [
        { name: 'agent.doors_synced', value: measured.done, unit: '', kind: 'ratio', atLeast: DOORS },
        figure('cpu_per_sync_ms', measured.cpuPerSyncMs, 'ms', CPU_PER_SYNC_MAX_MS),
        figure('report_us', measured.reportUs, 'µs', REPORT_MAX_US),
        figure('known_report_us', measured.knownReportUs, 'µs', REPORT_MAX_US),
        { ...figure('rss_mib', measured.peakMiB, 'MiB', MEMORY_MAX_MIB), kind: 'ratio' },
      ];
    } finally {
      cloud.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
