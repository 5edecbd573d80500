// A lock taken off its door from where it is fitted: whoever brings the statement, and where nobody can.
import { describe, expect, test } from 'vitest';
import { deactivateDoor } from '#gateway/deactivate.ts';
import { syncDoors } from '#gateway/sync-doors.ts';
import { aGateway } from './gateway-scene.ts';

async function aScene() {
  const scene = await aGateway();
  const { doorId, lock, peripheral } = await scene.addDoor('4B');
  await scene.settle(syncDoors(scene.parts, ['4B']));
  const deactivate = () => scene.settle(deactivateDoor(scene.parts, { doorId, doorName: '4B' }));
  return { ...scene, doorId, lock, peripheral, deactivate };
}

describe('a lock that is taken off its door', () => {
  test('leaves by this courier', async () => {
    const { deactivate, lock } = await aScene();
    expect(await deactivate()).toMatchObject({ outcome: { result: 'left' } });
    expect(lock.isActivated).toBe(false);
  });

  test.each(['courierDoors', 'deactivation'])(
    'has left by another courier who was faster than this one’s %s',
    async (call) => {
      const { deactivate, cloud } = await aScene();
      cloud.before = (method) => {
        if (method === call) cloud.doorList[0]!.lock = undefined;
      };
      expect(await deactivate()).toEqual({ outcome: undefined });
    },
  );

  test('and is not in range stays to leave, and a person is told what to do', async () => {
    const { deactivate, cloud, doorId, peripheral } = await aScene();
    await peripheral.close();
    await expect(deactivate()).rejects.toMatchObject({
      code: 'DOOR_NOT_FOUND',
      message: expect.stringContaining('is to leave') as string,
      next: expect.stringContaining('--lost') as string,
    });
    expect(cloud.leaving.has(doorId)).toBe(true);
  });
});
