// The cloud's half of time and event log at a door. A cloud that does not offer it, or refuses, ends nothing.
import type { Log } from '#protocol/ports/log.ts';
import { bytesOf, type Cloud } from './cloud-client.ts';
import { CloudError } from './cloud-error.ts';
import { CLOUD_CALL_AT_LOCK_DEADLINE_MS } from './cloud-limits.ts';
import type { Given, UpkeepCloud, UpkeepReport } from './courier/upkeep.ts';

export function upkeepOf(cloud: Cloud, doorId: string, signal: AbortSignal | undefined): UpkeepCloud {
  const options = { signal, deadlineMs: CLOUD_CALL_AT_LOCK_DEADLINE_MS };
  return {
    signTime: (nonce) => given(() => cloud.signTime(doorId, nonce, options)),
    takeLogBatch: (batch) =>
      given(async () => {
        const { ack, next } = await cloud.postLogBatch(doorId, batch, options);
        return { ack: ack === null ? undefined : bytesOf(ack), next };
      }),
  };
}

async function given<T>(ask: () => Promise<T>): Promise<Given<T>> {
  try {
    return { given: await ask() };
  } catch (error) {
    if (error instanceof CloudError) return { withheld: error.code };
    throw error;
  }
}

export function noteUpkeep(log: Log, doorId: string, upkeep: UpkeepReport | undefined): void {
  for (const part of ['time', 'log'] as const) {
    const end = upkeep?.[part];
    if (end === undefined || end.result === 'done') continue;
    const why = 'code' in end ? { why: end.code } : 'detail' in end ? { why: end.detail } : {};
    log.info('upkeep.not-done', { doorId, part, result: end.result, ...why });
  }
}
