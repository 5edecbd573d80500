// The keys of phones: nobody’s are refused, another one’s open nothing, and none comes back.
import { expect, test } from 'vitest';
import { decodeHex, encodeHex } from '#protocol/bytes.ts';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import { appOf } from './callers.ts';
import { aHost } from './host.ts';
import { invite } from './house.ts';
import { activate, doorSync } from './paper-lock.ts';

const keyOf = (number: number): string => encodeHex(engine.x25519PublicKey(new Uint8Array(32).fill(number)));
const wish = (publicKey: string) => ({ body: { publicKey, label: 'Phone' } });
const little = (value: bigint): string =>
  encodeHex(Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn)));

const P = 2n ** 255n - 19n;
const HIGH = 2n ** 255n;
const ORDER_8 = [
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
];

test('small order: a key with which every secret agrees on nothing is refused, however it is written', async () => {
  const { app } = await aHost();
  const points = [0n, 1n, P - 1n, P, P + 1n].flatMap((u) => [u, u + HIGH]).map(little);
  for (const publicKey of [...points, ...ORDER_8]) {
    const refused = await app.refused('appPhone', wish(publicKey));
    expect([publicKey, refused.code, refused.errors?.[0]?.path]).toEqual([
      publicKey,
      'INPUT_INVALID',
      'publicKey',
    ]);
  }
  expect((await app.call('appMe')).phone).toBeNull();
  await app.call('appPhone', wish(keyOf(1)));
});

test('somebody’s public key registered first by a stranger opens nothing for either, and a new one is the way on', async () => {
  const { cloud, manager, house, app } = await aHost();
  await invite(manager, house, { email: 'mallory@example.com', keys: ['Front'] });
  const mallory = await appOf(cloud, 'mallory@example.com');
  const doorId = house.door('4B');
  const lock = await activate(manager, doorId);
  await mallory.call('appPhone', wish(keyOf(1)));
  const refused = await app.refused('appPhone', wish(keyOf(1)));
  expect(refused.code).toBe('PHONE_IN_USE');
  expect(refused.next).toContain('make a new key');
  await app.call('appPhone', wish(keyOf(2)));
  await doorSync(manager, doorId, lock);
  const rows = (number: number) => lock.rowsOfPhone(decodeHex(keyOf(number))!).length;
  expect([rows(1), rows(2)]).toEqual([0, 1]);
});

test('a key that was revoked comes back for nobody, its owner included', async () => {
  const { cloud, manager, house, app } = await aHost();
  await invite(manager, house, { email: 'mallory@example.com', keys: ['Front'] });
  const mallory = await appOf(cloud, 'mallory@example.com');
  await app.call('appPhone', wish(keyOf(1)));
  await app.call('removeAppPhone');
  for (const client of [app, mallory])
    expect((await client.refused('appPhone', wish(keyOf(1)))).code).toBe('PHONE_IN_USE');
});
