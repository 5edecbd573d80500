// Binding a lock to a door, cut off at every point where it may be, and run again.
import { expect, test } from 'vitest';
import { encodeHex } from '#protocol/bytes.ts';
import { formatLabel } from '#protocol/label.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { verifyReceipt } from '#protocol/signed/receipt.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { RadioError } from '#radio/ports/errors.ts';
import { activateDoor, type Activated, type ActivateOptions } from '#gateway/activate.ts';
import { aLock } from '#test/builders/lock.ts';
import { aReceipt } from '#test/builders/receipt.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { cloudGone } from './fake-cloud.ts';
import { aGateway, type GatewayScene, type SceneLock } from './gateway-scene.ts';

const built = aLock({ name: 'new' });
const label = formatLabel(nodeEngine, built.labelHash);

interface Scene extends GatewayScene, SceneLock {
  activate(options?: ActivateOptions): Promise<Activated>;
}

async function aScene(): Promise<Scene> {
  const gateway = await aGateway();
  const { doorId, doorName } = gateway.cloud.add('4B');
  gateway.cloud.expects = { lock: built, set: aSignedSet({ lock: built, rows: 20 }) };
  const placed = await gateway.addUnowned(built);
  return {
    ...gateway,
    ...placed,
    activate: (options) => gateway.settle(activateDoor(gateway.parts, { doorId, doorName }, label, options)),
  };
}

test('the lock with the label is bound to the door and gets its first set', async () => {
  const { activate, lock, cloud } = await aScene();
  const steps: string[] = [];
  const outcome = await activate({ onStep: (step) => steps.push(step) });
  expect(outcome).toMatchObject({ wasGranted: false, firstSync: { result: 'applied' } });
  expect(lock.isActivated).toBe(true);
  expect(lock.active?.triple.tableVersion).toBe(1);
  expect(cloud.doorList[0]?.applied?.tableVersion).toBe(1);
  expect(steps).toEqual(['found', 'greeted', 'key-set-taken', 'statement-signed', 'granted', 'activated']);
});

test('without a first sync the lock is bound and has no table', async () => {
  const { activate, lock } = await aScene();
  expect(await activate({ firstSync: false })).toMatchObject({ firstSync: undefined });
  expect(lock.isActivated).toBe(true);
  expect(lock.active).toBeUndefined();
});

test('a closed window is refused with what to do, and nothing is bound', async () => {
  const { activate, lock, cloud } = await aScene();
  lock.windowOpen = false;
  await expect(activate()).rejects.toMatchObject({
    code: 'LOCK_REFUSED',
    refusal: 'WINDOW_CLOSED',
    next: expect.stringContaining('button') as string,
  });
  expect(cloud.calls).not.toContain('finishActivation');
});

test('a mistyped label is told before anything is asked', async () => {
  const { parts, cloud, settle } = await aScene();
  const mistyped = label.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
  const door = { doorId: cloud.doorList[0]!.doorId, doorName: '4B' };
  await expect(settle(activateDoor(parts, door, mistyped))).rejects.toMatchObject({ code: 'BAD_LABEL' });
  expect(cloud.calls).toEqual([]);
});

test('the label of a lock that is elsewhere finds none', async () => {
  const { parts, cloud, settle } = await aScene();
  const other = formatLabel(nodeEngine, aLock({ name: 'elsewhere' }).labelHash);
  const door = { doorId: cloud.doorList[0]!.doorId, doorName: '4B' };
  await expect(settle(activateDoor(parts, door, other))).rejects.toMatchObject({ code: 'DOOR_NOT_FOUND' });
});

test('a lock that is bound and has no table yet gets its first set by running it again', async () => {
  const { activate, lock, cloud } = await aScene();
  expect((await activate({ firstSync: false })).proven).toMatchObject({ outcome: 'behind' });
  const outcome = await activate();
  expect(outcome).toMatchObject({ wasGranted: true, firstSync: { result: 'applied' } });
  expect(lock.active?.triple.tableVersion).toBe(1);
  expect(cloud.calls.filter((method) => method === 'startActivation')).toHaveLength(1);
});

test('the lock with the label is meant, even where the lock that the door has is here as well', async () => {
  const { activate, addDoor, cloud, settle, parts, addUnowned } = await aScene();
  await activate({ firstSync: false });
  await addDoor('4C');
  const second = aLock({ name: 'second' });
  await addUnowned(second);
  const door = { doorId: cloud.doorList[0]!.doorId, doorName: '4B' };
  const otherLabel = formatLabel(nodeEngine, second.labelHash);
  await expect(settle(activateDoor(parts, door, otherLabel))).rejects.toMatchObject({
    code: 'DOOR_HAS_LOCK',
  });
});

test('a lock that is to leave is not taken for one that an earlier run gave secrets', async () => {
  const { activate, lock, cloud } = await aScene();
  await activate({ firstSync: false });
  await cloud.askDeactivation(cloud.doorList[0]!.doorId);
  await expect(activate()).rejects.toMatchObject({ code: 'DOOR_NOT_FOUND' });
  expect(lock.isActivated).toBe(true);
});

test('a door whose lock has proven itself is refused by the cloud', async () => {
  const { activate } = await aScene();
  await activate();
  await expect(activate()).rejects.toMatchObject({ code: 'DOOR_HAS_LOCK' });
});

test.each(['startActivation', 'finishActivation', 'postReceipt', 'startDelivery', 'package'])(
  'cut off before the cloud hears of %s, it is run again and comes to its end',
  async (method) => {
    const { activate, lock, cloud } = await aScene();
    cloud.before = (called) => {
      if (called === method) throw cloudGone();
    };
    await activate().catch(() => {});
    cloud.before = () => {};
    const outcome = await activate();
    expect(outcome.firstSync?.result).toMatch(/applied|already-current|nothing-to-do/);
    expect(lock.active?.triple.tableVersion).toBe(1);
    expect(cloud.doorList[0]?.applied?.tableVersion).toBe(1);
  },
);

test.each(['startActivation', 'finishActivation'])(
  'cut off as the answer to %s is on its way, it is run again and comes to its end',
  async (method) => {
    const { activate, lock, cloud } = await aScene();
    cloud.after = (called) => {
      if (called === method) throw cloudGone();
    };
    await expect(activate()).rejects.toMatchObject({ code: 'CLOUD_UNREACHABLE' });
    expect(lock.isActivated).toBe(false);
    cloud.after = () => {};
    expect((await activate()).firstSync?.result).toBe('applied');
  },
);

test('a run that ends as the lock takes its secrets is ended by the next, without binding it anew', async () => {
  const { activate, lock, cloud, radio, peripheral } = await aScene();
  // The receipt never arrives: the lock took the grant, and then link and gateway were gone.
  const show = lock.onChanged;
  const abort = new AbortController();
  lock.onChanged = () => {
    show();
    radio.dropLink(peripheral.peripheralId);
    abort.abort();
  };
  await expect(activate({ signal: abort.signal })).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect(lock.isActivated).toBe(true);
  lock.onChanged = show;
  cloud.calls.length = 0;
  const outcome = await activate();
  expect(outcome).toMatchObject({ wasGranted: true, firstSync: { result: 'applied' } });
  expect(cloud.calls).not.toContain('finishActivation');
});

test('a link that drops at any step is met again', async () => {
  for (const at of ['greeted', 'key-set-taken', 'statement-signed', 'granted'] as const) {
    const { activate, lock, radio, peripheral } = await aScene();
    let dropped = false;
    const outcome = await activate({
      onStep: (step) => {
        if (step !== at || dropped) return;
        dropped = true;
        radio.dropLink(peripheral.peripheralId);
      },
    });
    expect(dropped).toBe(true);
    expect(outcome.firstSync?.result).toBe('applied');
    expect(lock.active?.triple.tableVersion).toBe(1);
  }
});

test('a receipt replayed from another connection proves nothing, and the cloud never sees it', async () => {
  const { activate, lock, cloud } = await aScene();
  const hear = lock.hear.bind(lock);
  const replayed: string[] = [];
  lock.hear = (message) => {
    const said = hear(message);
    if (message.type !== MESSAGE.grant) return said;
    const { body } = said[0]!;
    const receipt = verifyReceipt(nodeEngine, body, built.lockId, built.identity.publicKey);
    const { bytes } = aReceipt({ ...receipt, lock: built, courierNonce: new Uint8Array(16) });
    replayed.push(encodeHex(bytes));
    return [{ type: MESSAGE.receipt, body: bytes }];
  };
  // The lock took its secrets: that it did is proven by the next session, with a receipt of its own.
  expect(await activate()).toMatchObject({ wasGranted: true, firstSync: { result: 'applied' } });
  expect(replayed).toHaveLength(1);
  expect(cloud.receipts.map(({ receipt }) => receipt)).not.toContain(replayed[0]);
});

test('a meeting that the lock’s attributes spoil is made again', async () => {
  const { activate, lock, parts } = await aScene();
  const connect = parts.central.connect.bind(parts.central);
  let spoiled = 0;
  parts.central.connect = (peripheralId, options) =>
    spoiled++ === 0
      ? Promise.reject(new RadioError('ATT_ERROR', 'an answer to the discovery'))
      : connect(peripheralId, options);
  expect(await activate()).toMatchObject({ firstSync: { result: 'applied' } });
  expect(lock.isActivated).toBe(true);
});
