// An app unlock at a real lock over the in-memory radio, and at locks that do what no lock does.
import { describe, expect, it } from 'vitest';
import { concat } from '#protocol/bytes.ts';
import { CHANNEL_MESSAGE } from '#protocol/channel/channel-messages.ts';
import { CHANNEL_HANDSHAKES_MAX } from '#protocol/limits.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { portableEngine } from '#protocol/crypto/portable-engine.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { CHANNEL, lockServices } from '#protocol/sync/gatt.ts';
import { commandLock, REASON_SENTENCES, type AppCommandOutcome } from '#gateway/courier/app-unlock.ts';
import { CHANNEL_MEETINGS_MAX } from '#gateway/courier/courier-limits.ts';
import { deliver } from '#gateway/courier/delivery.ts';
import { PhoneChannel } from '#gateway/courier/phone-channel.ts';
import type { ChannelJob } from '#gateway/courier/phone-channel.ts';
import { openMemoryRadio } from '#radio/memory/memory-radio.ts';
import type { PeripheralHandler, PeripheralLink } from '#radio/ports/peripheral.ts';
import type { GattTable } from '#radio/ports/gatt.ts';
import { aLock } from '../builders/lock.ts';
import { aRunningLock } from '../builders/running-lock.ts';
import { aSignedSet } from '../builders/signed-set.ts';
import { anAppRow, phoneSecret } from '../lock-sim/hand-phone.ts';
import { settle } from './settle.ts';

const built = aLock();
const job: ChannelJob = {
  engine: portableEngine,
  lockId: built.lockId,
  ownershipEpoch: 1,
  channelKey: built.channelKey,
  phoneSecret: phoneSecret('own'),
};

async function aScene() {
  const clock = new VirtualClock();
  const radio = openMemoryRadio({ clock, link: { intervalMs: 30 } });
  const peripheral = await radio.peripheral();
  const central = await radio.central();
  const random = seededRandom('phone');
  const options = {
    clock,
    random,
    signal: new AbortController().signal,
    connect: (how: object) => central.connect(peripheral.peripheralId, how),
  };
  const command = (
    kind: 'unlock' | 'status' = 'unlock',
    over: Partial<ChannelJob> = {},
    more: { gattTable?: GattTable; signal?: AbortSignal; onSaid?: () => void } = {},
  ): Promise<AppCommandOutcome> =>
    settle(clock, commandLock({ ...job, ...over }, kind, { ...options, ...more }));
  return { clock, radio, peripheral, central, random, options, command };
}

/** Activated, with a table that knows the phone "own". */
async function aDoor() {
  const scene = await aScene();
  const { clock, peripheral, options, random } = scene;
  const { lock } = await settle(clock, aRunningLock({ peripheral, clock, lock: built }));
  const set = aSignedSet({ lock: built, rows: [anAppRow(built, 'own', 1)] });
  const ports = { engine: nodeEngine, clock, random };
  const { advertisingKey } = built.secrets;
  const task = { lockId: built.lockId, advertisingKey, cloudNonce: random.bytes(16), package: set };
  const how = { connect: options.connect, keySetsAfter: () => Promise.resolve([]) };
  expect((await settle(clock, deliver(ports, task, how))).result).toBe('applied');
  return { ...scene, lock };
}

/** A peripheral that answers as the test says, wherever a lock would. */
async function anImpostor(write: (link: PeripheralLink, value: Uint8Array) => void) {
  const scene = await aScene();
  const nothing = (): void => undefined;
  const handler: PeripheralHandler = {
    onConnect: nothing,
    onDisconnect: nothing,
    onSubscribe: nothing,
    onUnsubscribe: nothing,
    onRead: () => 0x0e,
    onWrite(link, characteristic, value) {
      if (characteristic === CHANNEL) write(link, value);
      return 0;
    },
  };
  await scene.peripheral.open(lockServices, handler);
  await scene.peripheral.advertise({ serviceUuids: [] });
  return scene;
}

/** Once the phone has subscribed. */
const soon = (link: PeripheralLink, clock: VirtualClock, value: Uint8Array): void => {
  clock.after(200, () => link.notify(CHANNEL, value));
};

describe('an app unlock', () => {
  it('opens the door, and gives the handles for the next time', async () => {
    const { command, lock } = await aDoor();
    const first = await command();
    expect(first).toMatchObject({ result: 'answered', answer: { outcome: 'done', reason: 'OPENED' } });
    expect(lock.hands.state()?.bolt).toBe('unlocked');
    const status = await command('status', {}, { gattTable: first.gattTable! });
    expect(status).toMatchObject({ result: 'answered', answer: { outcome: 'done', state: { firmware: 1 } } });
  });

  it('of a phone that the lock does not know is answered, and opens nothing', async () => {
    const { command, lock } = await aDoor();
    const end = await command('unlock', { phoneSecret: phoneSecret('stranger') });
    expect(end).toMatchObject({
      result: 'answered',
      answer: { outcome: 'refused', reason: 'UNKNOWN_CREDENTIAL', state: null },
    });
    expect(lock.hands.state()?.bolt).toBe('locked');
    expect(REASON_SENTENCES.UNKNOWN_CREDENTIAL).toContain('needs a sync');
  });

  it('of a lock that was exchanged or activated anew is refused, with what to do', async () => {
    const { command } = await aDoor();
    for (const over of [{ ownershipEpoch: 2 }, { channelKey: aLock({ name: 'back' }).channelKey }]) {
      const end = await command('unlock', over);
      expect(end).toMatchObject({ result: 'refused', error: { code: 'HANDSHAKE_FAILED' } });
      expect(end.result === 'refused' && end.error.next).toContain('fetch the doors again');
    }
  });

  it('with handles that went stale meets the lock once more without them', async () => {
    const { command } = await aDoor();
    const { gattTable } = await command();
    const moved = JSON.parse(JSON.stringify(gattTable), (key, value: unknown) =>
      typeof value === 'number' && key.endsWith('Handle') ? value + 2 : value,
    ) as GattTable;
    expect(await command('unlock', {}, { gattTable: moved })).toMatchObject({
      result: 'answered',
      answer: { outcome: 'done' },
    });
  });

  it('behind a storm of handshakes waits its turn on its own connection', async () => {
    const { command } = await aDoor();
    for (let n = 0; n < CHANNEL_HANDSHAKES_MAX; n++)
      expect((await command('unlock', { ownershipEpoch: 9 })).result).toBe('refused');
    expect(await command()).toMatchObject({ result: 'answered', answer: { outcome: 'done' } });
  });

  it('several commands go over one channel, and none once it was closed', async () => {
    const { clock, options, lock } = await aDoor();
    const link = await settle(clock, options.connect({}));
    const channel = await settle(clock, PhoneChannel.open(link, job, options));
    for (let number = 1; number <= 3; number++)
      expect(await settle(clock, channel.command('status'))).toMatchObject({ number, outcome: 'done' });
    channel.close();
    await expect(channel.command('unlock')).rejects.toMatchObject({ failure: { result: 'link-lost' } });
    expect(lock.hands.state()?.bolt).toBe('locked');
  });
});

describe('an app unlock that comes to nothing ends with what happened', () => {
  it('where nobody is there, and where it was called off', async () => {
    const { command } = await aScene();
    expect(await command()).toMatchObject({ result: 'unreachable' });
    const signal = AbortSignal.abort();
    expect(await command('unlock', {}, { signal })).toMatchObject({ result: 'cancelled' });
  });

  it('where it was called off on the link: once it was said, the lock may have opened', async () => {
    for (const [at, bolt] of [
      [1, 'locked'],
      [2, 'unlocked'],
    ] as const) {
      const { command, lock } = await aDoor();
      const { channel } = lock.firmware!;
      const write = channel.write.bind(channel);
      const off = new AbortController();
      let seen = 0;
      channel.write = (link, value) => {
        if (++seen === at) off.abort();
        write(link, value);
      };
      let said = 0;
      const end = await command('unlock', {}, { signal: off.signal, onSaid: () => said++ });
      expect([end.result, said, lock.hands.state()?.bolt]).toEqual(['cancelled', at - 1, bolt]);
    }
  });

  it('where the lock is silent, from the first message on or behind the handshake', async () => {
    const silent = await anImpostor(() => undefined);
    expect(await silent.command()).toMatchObject({ result: 'timed-out', awaited: 'handshake' });
    const { command, lock } = await aDoor();
    lock.firmware!.channel.write = () => undefined;
    expect(await command()).toMatchObject({ result: 'timed-out', awaited: 'handshake' });
  });

  it('where the link drops behind the command; before it the lock is met again', async () => {
    for (const [at, result] of [
      [1, 'answered'],
      [2, 'link-lost'],
    ] as const) {
      const { command, radio, peripheral, lock } = await aDoor();
      const { channel } = lock.firmware!;
      const write = channel.write.bind(channel);
      let seen = 0;
      channel.write = (link, value) => {
        if (++seen === at) radio.dropLink(peripheral.peripheralId);
        else write(link, value);
      };
      expect(await command()).toMatchObject({ result });
      expect(lock.hands.state()?.bolt).toBe(result === 'answered' ? 'unlocked' : 'locked');
      expect(await command()).toMatchObject({ result: 'answered' });
    }
  });

  it('where the link drops at the first message each time, after so many meetings', async () => {
    const { command, radio, peripheral, lock } = await aDoor();
    let seen = 0;
    lock.firmware!.channel.write = () => {
      seen++;
      radio.dropLink(peripheral.peripheralId);
    };
    expect(await command()).toMatchObject({ result: 'link-lost' });
    expect(seen).toBe(CHANNEL_MEETINGS_MAX);
  });

  it('where an impostor answers: nothing of it is believed', async () => {
    const answers: readonly [string, Uint8Array][] = [
      ['BAD_SEAL', concat(Uint8Array.of(CHANNEL_MESSAGE.opened | 0x80, 0, 9), new Uint8Array(47))],
      ['OUT_OF_RANGE', concat(Uint8Array.of(CHANNEL_MESSAGE.opened | 0x80, 0), new Uint8Array(48))],
      ['TRUNCATED', Uint8Array.of(CHANNEL_MESSAGE.opened | 0x80, 0, 9)],
      ['UNKNOWN_MESSAGE', Uint8Array.of(99 | 0x80, 0, 9)],
      ['OUT_OF_SEQUENCE', Uint8Array.of(CHANNEL_MESSAGE.opened | 0x80, 7)],
      ['TRUNCATED', Uint8Array.of(1)],
    ];
    for (const [code, value] of answers) {
      const scene = await anImpostor((link) => soon(link, scene.clock, value));
      expect(await scene.command()).toMatchObject({ result: 'garbled', code });
    }
  });

  it('where an answer is repeated or kept from an earlier channel', async () => {
    const { clock, options, lock } = await aDoor();
    const atLock = lock.firmware!.channel;
    const write = atLock.write.bind(atLock);
    let said: Uint8Array | undefined;
    let isOpen = false;
    atLock.write = (link, value) => {
      const notify = link.notify.bind(link);
      const between = (characteristic: string, bytes: Uint8Array): boolean => {
        if (!isOpen) return notify(characteristic, bytes);
        // The second time the answer of the first, under the fragment number of the second.
        const sent = said === undefined ? bytes : concat(bytes.slice(0, 2), said.slice(2));
        said ??= bytes;
        return notify(characteristic, sent);
      };
      write(link, value);
      link.notify = between;
    };
    const link = await settle(clock, options.connect({}));
    const channel = await settle(clock, PhoneChannel.open(link, job, options));
    isOpen = true;
    expect((await settle(clock, channel.command('status'))).outcome).toBe('done');
    const second = settle(clock, channel.command('unlock'));
    await expect(second).rejects.toMatchObject({ failure: { result: 'garbled', code: 'BAD_SEAL' } });
    await expect(channel.command('status')).rejects.toMatchObject({ failure: { result: 'garbled' } });
  });
});
