// The bench socket: hands on a lock in another process. What is no request is answered in words, and a dark lock
// says that it is dark.
import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { controlPath } from '#lock-sim/control/control-error.ts';
import type { HandAct } from '#lock-sim/control/messages.ts';
import { aControlRig, one, type ControlRig } from './control-rig.ts';
import type { Bench } from './lock-bench.ts';

let rig: ControlRig;
let bench: Bench;
let ask: ControlRig['ask'];
beforeEach(async () => {
  rig = await aControlRig();
  ({ bench, ask } = rig);
});
afterEach(() => rig.close());

/** Replies to the lines, as they come; ends with the socket or with as many replies as lines. */
function raw(text: string, replies: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(controlPath(rig.folder));
    const heard: string[] = [];
    const lines = createInterface({ input: socket });
    lines.on('error', () => undefined);
    lines.on('line', (line) => {
      heard.push(line);
      if (heard.length === replies) socket.end();
    });
    socket.on('close', () => resolve(heard));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') reject(error);
    });
    socket.write(text);
  });
}

describe('the bench socket', () => {
  it('presses keys, reads the battery, reports and dumps', async () => {
    await expect(ask({ do: 'press', digits: one.codes[0]! })).resolves.toMatchObject({
      decided: { outcome: 'open', tableVersion: 1 },
    });
    await ask({ do: 'battery', percent: 7 });
    await ask({ do: 'button' });
    await expect(ask({ do: 'report' })).resolves.toMatchObject({
      report: { powered: true, version: '1.1.1', batteryPercent: 7, activationWindowOpen: true },
    });
    const { dump } = await ask({ do: 'dump' });
    expect(dump.regions.map(({ name }) => name)).toContain('slot B commit');
    expect(Buffer.from(dump.image, 'base64')).toHaveLength(bench.layout.sectors * 4096);
  });

  it('answers each line that is no request, and goes on', async () => {
    const lines = [
      '{',
      '[]',
      '{"do":"fly"}',
      '{"do":"press","digits":"12a"}',
      '{"do":"report","x":1}',
      '{"do":"button"}',
    ];
    const replies = await raw(`${lines.join('\n')}\n`, lines.length);
    expect(replies.map((reply) => Object.keys(JSON.parse(reply) as object)[0])).toEqual([
      ...Array.from({ length: 5 }, () => 'failed'),
      'done',
    ]);
    expect(replies[0]).toContain('CONTROL_REFUSED');
  });

  it('ends a line that never ends, and serves the next hand', async () => {
    expect(await raw('x'.repeat(100_000), 1)).toEqual([]);
    await expect(ask({ do: 'button' })).resolves.toEqual({ done: true });
  });

  it('says of a lock without power that it has none, until the power is back', async () => {
    await ask({ do: 'cut-power' });
    await expect(ask({ do: 'press', digits: '1' })).rejects.toMatchObject({
      code: 'LOCK_DARK',
      message: 'The lock has no power.',
    });
    await expect(ask({ do: 'cut-power' })).rejects.toMatchObject({ code: 'LOCK_DARK' });
    await expect(ask({ do: 'report' })).resolves.toMatchObject({ report: { powered: false } });
    await ask({ do: 'restore-power' });
    await expect(ask({ do: 'press', digits: one.codes[0]! })).resolves.toMatchObject({
      decided: { outcome: 'open' },
    });
  });

  it('cuts at an operation to come, torn, and brings the power back by itself once', async () => {
    await ask({ do: 'cut-power', atOperation: 0, tornAfterBytes: 5, restoreAfterMs: 1_000 });
    expect(bench.lock.isPowered).toBe(true);
    await expect(ask({ do: 'press', digits: one.codes[0]! })).rejects.toMatchObject({
      code: 'LOCK_DARK',
    });
    bench.clock.advance(999);
    expect(bench.lock.isPowered).toBe(false);
    bench.clock.advance(1);
    expect(bench.lock.report()).toMatchObject({ powered: true, boots: 2, version: '1.1.1' });
    bench.lock.cutPower();
    bench.clock.advance(10_000);
    expect(bench.lock.isPowered).toBe(false);
  });

  it('brings back no power once it is closed', async () => {
    await ask({ do: 'cut-power', restoreAfterMs: 1_000 });
    await rig.close();
    bench.clock.advance(2_000);
    expect(bench.lock.isPowered).toBe(false);
    await expect(ask({ do: 'report' })).rejects.toMatchObject({ code: 'LOCK_NOT_RUNNING' });
  });

  it('never answers with what it was sent: it may be a code', async () => {
    const [reply] = await raw('{"do":"press","digits":"1234567 "}\n', 1);
    expect(reply).toContain('digits');
    expect(reply).not.toContain('1234567');
  });

  it('shows all that a decision was made from, and nothing that could be presented again', async () => {
    const { decided } = await ask({ do: 'press', digits: one.codes[0]! });
    expect(decided).toMatchObject({
      outcome: 'open',
      reason: 'OPENED',
      credential: { kind: 'doorcode' },
      tableVersion: 1,
      row: { kind: 'doorcode', isGuest: false },
      schedule: { number: 0, windows: [] },
      clock: { trust: 'trusted' },
      lockout: { failures: 0, remainingS: 0 },
    });
    expect(Object.keys(decided.row ?? {})).not.toContain('verifier');
  });

  it('explains without a trace: no row, no count, no flash operation', async () => {
    const before = [bench.events().length, bench.lock.flashOperations];
    const asked = [
      { kind: 'code', digits: one.codes[0]! },
      { kind: 'code', digits: '0000000' },
      { kind: 'card', card: '04a1' },
    ] as const;
    for (const presented of asked) await ask({ do: 'explain', presented, atS: 1_800_000_000 });
    expect([bench.events().length, bench.lock.flashOperations]).toEqual(before);
    await expect(ask({ do: 'explain', presented: asked[0] })).resolves.toMatchObject({
      decided: { outcome: 'open', reason: 'OPENED' },
    });
    await expect(ask({ do: 'explain', presented: asked[2] })).resolves.toMatchObject({
      decided: { outcome: 'refused', reason: 'UNKNOWN_CREDENTIAL', credential: { kind: 'keycard' } },
    });
    expect(bench.lock.hands.state()?.opensFromOutside).toBe(false);
  });

  it('takes keys one by one, and digits on a sleeping keypad are nothing', async () => {
    await expect(ask({ do: 'press-key', key: '1' })).resolves.toMatchObject({ door: { keypad: 'asleep' } });
    await ask({ do: 'hand', hand: { act: 'touch' } });
    for (const key of one.codes[0]!) {
      await expect(ask({ do: 'press-key', key: key as '1' })).resolves.toMatchObject({
        door: { keypad: 'awake' },
      });
    }
    await expect(ask({ do: 'press-key', key: 'check' })).resolves.toMatchObject({
      decided: { outcome: 'open' },
    });
    await ask({ do: 'hand', hand: { act: 'touch' } });
    await ask({ do: 'press-key', key: '1' });
    bench.clock.advance(5_001);
    expect((await ask({ do: 'press-key', key: 'check' })).decided).toBeUndefined();
  });

  it('moves the metal with power and without', async () => {
    const door = async (hand: HandAct) => (await ask({ do: 'hand', hand })).door;
    expect(await door({ act: 'privacy', is: 'thrown' })).toMatchObject({ body: { privacy: 'thrown' } });
    expect(await door({ act: 'exit' })).toMatchObject({ body: { privacy: 'released' } });
    expect(await door({ act: 'thumbturn', side: 'inside', to: 'lock' })).toMatchObject({
      body: { privacy: 'thrown' },
    });
    expect(await door({ act: 'key' })).toMatchObject({ body: { privacy: 'released' } });
    await ask({ do: 'cut-power' });
    expect(await door({ act: 'door', is: 'open' })).toMatchObject({
      powered: false,
      body: { door: 'open' },
    });
    await expect(ask({ do: 'hand', hand: { act: 'touch' } })).rejects.toMatchObject({ code: 'LOCK_DARK' });
    await ask({ do: 'jam', isJammed: true });
    expect(await door({ act: 'door', is: 'closed' })).toMatchObject({ isJammed: true });
  });

  it('says of a lock that has power and can keep no row that this is why it did nothing', async () => {
    rig.flash.isFull = true;
    for (const digits of [one.codes[0]!, '0000000'] as const) {
      await expect(ask({ do: 'press', digits })).rejects.toMatchObject({
        code: 'LOCK_STORAGE_FAILED',
        message: expect.stringMatching(/has power.*no space left/) as string,
        next: 'Make room.',
      });
    }
    await expect(ask({ do: 'tamper' })).rejects.toMatchObject({ code: 'LOCK_STORAGE_FAILED' });
    expect(bench.lock.isPowered).toBe(true);
    rig.flash.isFull = false;
    await expect(ask({ do: 'press', digits: one.codes[0]! })).resolves.toMatchObject({
      decided: { outcome: 'open' },
    });
  });

  it('says of an empty battery that it is empty', async () => {
    await ask({ do: 'battery', percent: 0 });
    await expect(ask({ do: 'press', digits: one.codes[0]! })).rejects.toMatchObject({
      code: 'LOCK_BATTERY_EMPTY',
    });
    await expect(ask({ do: 'tap', card: '04' })).rejects.toMatchObject({ code: 'LOCK_BATTERY_EMPTY' });
  });

  it('reads the log a page at a time, with a row for the cover', async () => {
    await ask({ do: 'tamper' });
    for (let i = 0; i < 210; i++) bench.lock.pressButton();
    const all = await ask({ do: 'log', from: 1 });
    expect(all.rows.map(({ sequence }) => sequence)).toEqual(bench.events().map(({ sequence }) => sequence));
    const { rows, lastSequence } = await ask({ do: 'log', from: all.lastSequence });
    expect([rows.length, lastSequence]).toEqual([1, all.lastSequence]);
    expect((await ask({ do: 'log', from: lastSequence + 1 })).rows).toEqual([]);
  });

  it('shows the clock beside true time, sets it, lets it drift and lose the time', async () => {
    const before = (await ask({ do: 'clock' })).clock;
    expect(before).toMatchObject({ driftPpm: 0, lock: { trust: 'trusted' } });
    expect(before.trueMs).toBe(bench.clock.nowMs());
    expect((await ask({ do: 'clock-drift', ppm: 500 })).clock.driftPpm).toBe(500);
    bench.clock.advance(10_000_000);
    const { lock } = (await ask({ do: 'clock' })).clock;
    expect(lock!.nowS - Math.floor(bench.clock.nowMs() / 1_000)).toBe(5);
    expect((await ask({ do: 'clock-set', utcMs: 4_000_000_000_000 })).clock.lock?.trust).toBe('lost');
    await ask({ do: 'cut-power' });
    expect((await ask({ do: 'clock' })).clock.lock).toBeUndefined();
    await ask({ do: 'restore-power' });
    expect((await ask({ do: 'clock-lose' })).clock.lock?.trust).toBe('lost');
  });

  it('resets: no code opens any more, and a second time there is nothing to wipe', async () => {
    await expect(ask({ do: 'reset' })).resolves.toEqual({ isWiped: true });
    await expect(ask({ do: 'press', digits: one.codes[0]! })).resolves.toMatchObject({
      decided: { outcome: 'refused', reason: 'NO_TABLE' },
    });
    await expect(ask({ do: 'reset' })).resolves.toEqual({ isWiped: false });
  });
});
