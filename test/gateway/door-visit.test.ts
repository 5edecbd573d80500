// A visit whose radio fails under it: it ends no earlier than what was begun with its receipt.
import { expect, test } from 'vitest';
import { deferred } from '#protocol/ports/deferred.ts';
import { RadioError } from '#radio/ports/errors.ts';
import { syncDoors } from '#gateway/sync-doors.ts';
import { turn } from '#test/builders/virtual-time.ts';
import { aGateway } from './gateway-scene.ts';

test('a radio that fails behind the receipt does not end the visit while the cloud is told of it', async () => {
  const { parts, addDoor, cloud, settle } = await aGateway();
  await addDoor('4A');
  const { central, journal } = parts;
  const failing = deferred();
  const connect = central.connect.bind(central);
  central.connect = async (...how) => {
    const link = await connect(...how);
    link.disconnect = () => {
      failing.resolve();
      return Promise.reject(new RadioError('CLOSED', 'the adapter is gone'));
    };
    return link;
  };
  const answer = deferred();
  const post = cloud.postReceipt.bind(cloud);
  cloud.postReceipt = async (...receipt) => {
    await answer.promise;
    return post(...receipt);
  };
  let isOver = false;
  const visits = syncDoors(parts, ['4A']).finally(() => (isOver = true));
  visits.catch(() => undefined);
  await settle(failing.promise);
  for (let i = 0; i < 20; i++) await turn();
  // Whoever is told that it is over closes the journal.
  expect([isOver, journal.state.held.size]).toEqual([false, 1]);
  answer.resolve();
  await expect(settle(visits)).rejects.toMatchObject({ code: 'CLOSED' });
  expect([cloud.receipts.length, journal.state.held.size]).toEqual([1, 0]);
});
