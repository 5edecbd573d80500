// An agent's ears: closed they hear nothing and leave nothing behind, and a silent scan is none that heard.
import { describe, expect, test, vi } from 'vitest';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import type { Central } from '#radio/ports/central.ts';
import type { AdvertReport } from '#radio/ports/gatt.ts';
import * as limits from '#gateway/agent/agent-limits.ts';
import { DoorRecognition } from '#gateway/agent/door-recognition.ts';
import { Listening } from '#gateway/agent/listening.ts';
import { Presence } from '#gateway/agent/presence.ts';
import { turn } from '#test/builders/virtual-time.ts';

const report: AdvertReport = { peripheralId: 'p', rssi: -50, connectable: true, serviceUuids: [] };

function someEars() {
  const clock = new VirtualClock();
  const presence = new Presence(clock, new DoorRecognition({ engine: nodeEngine, clock }));
  const scans: ((report: AdvertReport) => void)[] = [];
  const told: string[] = [];
  const central: Central = {
    scan: ({ onReport }) => {
      scans.push(onReport);
      return Promise.resolve({ stop: () => Promise.resolve() });
    },
    connect: () => Promise.reject(new Error('nobody')),
    close: () => Promise.resolve(),
  };
  const listening = new Listening({ central, close: () => central.close() }, clock, presence, {
    onNews: () => told.push('news'),
    onGone: () => told.push('gone'),
    onSilence: () => told.push('silence'),
    onHeard: () => told.push('heard'),
  });
  return { clock, presence, scans, told, listening };
}

describe('ears', () => {
  test('that are closed hear nothing, begin no scan, and leave no timer', async () => {
    const { clock, scans, told, listening } = someEars();
    await listening.listen();
    const begins = listening.listen();
    await listening.close();
    await expect(begins).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(listening.listen()).rejects.toMatchObject({ code: 'CLOSED' });
    scans[0]!(report);
    expect([told, clock.nextDueMs()]).toEqual([[], undefined]);
  });

  test('that look for a door give up at once when they are closed', async () => {
    const { clock, listening, scans } = someEars();
    const met = listening.connect('4A', true, { deadlineMs: 60_000 });
    await vi.waitFor(() => expect(scans.length).toBe(1));
    await turn();
    await listening.close();
    await expect(met).rejects.toMatchObject({ code: 'CONNECT_TIMEOUT' });
    expect(clock.nextDueMs()).toBeUndefined();
  });

  test('in a scan that is silent from the first moment have heard nobody', async () => {
    const { clock, listening, presence, told } = someEars();
    await listening.listen();
    clock.advance(limits.SCAN_SILENCE_MS + limits.SWEEP_MS);
    expect([presence.heardAtMs, told]).toEqual([undefined, ['silence']]);
  });
});
