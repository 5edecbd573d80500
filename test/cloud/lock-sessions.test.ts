// How a lock with a network of its own signs in, and how nobody else does.
import { expect, test } from 'vitest';
import { REFUSED_PROOFS_A_MINUTE } from '#cloud/http/lock-session-limit.ts';
import { decodeHex, encodeHex } from '#protocol/bytes.ts';
import type { LockSession } from '#protocol/api/live.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { signerOf, type Signer } from '#protocol/signed/cose.ts';
import { signLiveProof, type LiveProof } from '#protocol/signed/live-proof.ts';
import { TIME_NONCE_BYTES, verifyTime } from '#protocol/signed/time.ts';
import { aCloud, type Client } from './cloud-fixture.ts';
import { aHouse, invite } from './house.ts';
import { activate, doorSync, type PaperLock } from './paper-lock.ts';

async function aDoor() {
  const cloud = await aCloud();
  const house = await aHouse(cloud.manager);
  const doorId = house.door('Entrance');
  const lock = await activate(cloud.manager, doorId);
  return { cloud, house, doorId, lock, manager: cloud.manager, open: cloud.manager.withToken(undefined) };
}

const begin = (open: Client, lock: Pick<PaperLock, 'lockId'>) =>
  open.call('startLockSession', { body: { lockId: encodeHex(lock.lockId) } });

function proofOf(
  lock: PaperLock,
  { nonce }: LockSession,
  change: Partial<LiveProof> = {},
  signer: Signer = lock.identity,
): string {
  const proof: LiveProof = {
    format: 1,
    nonce: decodeHex(nonce)!,
    ownershipEpoch: lock.ownershipEpoch,
    bootCount: 1,
    ...change,
  };
  return encodeHex(signLiveProof(nodeEngine, signer, lock.lockId, proof));
}

async function signIn(open: Client, lock: PaperLock) {
  const session = await begin(open, lock);
  const params = { sessionId: session.sessionId };
  return await open.call('proveLock', { params, body: { proof: proofOf(lock, session) } });
}

const refusedProof = (open: Client, sessionId: string, proof: string) =>
  open.refused('proveLock', { params: { sessionId }, body: { proof } });

test('a lock signs in by its identity key, and its token syncs its own door and nothing else', async () => {
  const { manager, open, house, lock, doorId } = await aDoor();
  await activate(manager, house.door('4B'));
  await invite(manager, house);
  const signedIn = await signIn(open, lock);
  expect(signedIn).toMatchObject({ doorId, doorName: 'Entrance' });
  const own = open.withToken(signedIn.token);
  expect((await doorSync(own, doorId, lock)).result.outcome).toBe('applied');
  const { items } = await own.call('courierDoors');
  expect(items.map((door) => door.doorId)).toEqual([doorId]);
  const elsewhere = { params: { doorId: house.door('4B') } };
  for (const route of ['startDelivery', 'package'] as const) {
    expect([route, (await own.refused(route, elsewhere)).code]).toEqual([route, 'NOT_FOUND']);
  }
  expect((await own.refused('door', { params: { doorId } })).code).toBe('SCOPE_MISSING');
  expect((await own.refused('listProperties')).code).toBe('SCOPE_MISSING');
});

test('the token ends after a day, and at once when the same lock signs in anew', async () => {
  const { cloud, open, lock } = await aDoor();
  const first = open.withToken((await signIn(open, lock)).token);
  const second = await signIn(open, lock);
  expect((await first.refused('keySets')).code).toBe('NOT_SIGNED_IN');
  await open.withToken(second.token).call('keySets');
  cloud.clock.advanceS(86_400);
  expect((await open.withToken(second.token).refused('keySets')).code).toBe('NOT_SIGNED_IN');
});

test('a proof of another key, nonce, lock or ownership epoch is refused in the same words', async () => {
  const { open, lock, manager, house } = await aDoor();
  const other = await activate(manager, house.door('4B'));
  const forger = signerOf(nodeEngine, systemRandom.bytes(32));
  const attempts: ((session: LockSession) => string)[] = [
    (session) => proofOf(lock, session, {}, forger),
    (session) => proofOf(lock, session, { nonce: systemRandom.bytes(32) }),
    (session) => proofOf(other, session),
    (session) => proofOf(lock, session, { ownershipEpoch: lock.ownershipEpoch + 1 }),
    (session) => proofOf(lock, session, { ownershipEpoch: lock.ownershipEpoch - 1 }),
    (session) => proofOf(lock, session).slice(2),
    () => '00',
    // What the lock signed for something else.
    () => lock.receipt('00'.repeat(16)),
  ];
  const refusals = [];
  for (const attempt of attempts) {
    const session = await begin(open, lock);
    refusals.push(await refusedProof(open, session.sessionId, attempt(session)));
  }
  expect(refusals[0]?.code).toBe('LOCK_PROOF_REFUSED');
  for (const refusal of refusals) expect(refusal).toEqual(refusals[0]);
});

test('a nonce serves one try, right or wrong, and for a minute', async () => {
  const { cloud, open, lock } = await aDoor();
  const spent = await begin(open, lock);
  await refusedProof(open, spent.sessionId, '00');
  expect((await refusedProof(open, spent.sessionId, proofOf(lock, spent))).code).toBe('LOCK_PROOF_REFUSED');
  const used = await begin(open, lock);
  const proof = proofOf(lock, used);
  await open.call('proveLock', { params: { sessionId: used.sessionId }, body: { proof } });
  expect((await refusedProof(open, used.sessionId, proof)).code).toBe('LOCK_PROOF_REFUSED');
  const late = await begin(open, lock);
  cloud.clock.advanceS(60);
  expect((await refusedProof(open, late.sessionId, proofOf(lock, late))).code).toBe('LOCK_PROOF_REFUSED');
});

test('twenty proofs of one nonce at once get one token', async () => {
  const { open, lock } = await aDoor();
  const session = await begin(open, lock);
  const wish = { params: { sessionId: session.sessionId }, body: { proof: proofOf(lock, session) } };
  const statuses = await Promise.all(
    Array.from({ length: 20 }, async () => (await open.fetch('proveLock', wish)).status),
  );
  expect(statuses.filter((status) => status === 201)).toHaveLength(1);
  expect(new Set(statuses)).toEqual(new Set([201, 401]));
});

test('asking with an unknown lock id looks like asking with a known one', async () => {
  const { open, lock } = await aDoor();
  const unknown = await open.fetch('startLockSession', { body: { lockId: '00'.repeat(16) } });
  const known = await open.fetch('startLockSession', { body: { lockId: encodeHex(lock.lockId) } });
  const shapeOf = async (response: Response) => {
    const text = (await response.text())
      .replace(/session_[a-z2-7]{26}/, 'ID')
      .replace(/"[0-9a-f]{64}"/, 'NONCE');
    return [response.status, text.replace(/\d{10}/, 'TIME')];
  };
  expect(await shapeOf(unknown)).toEqual(await shapeOf(known));
  for (const lockId of ['', '00', 'zz'.repeat(16), '00'.repeat(17), 7, null]) {
    expect((await open.refused('startLockSession', { body: { lockId } })).code).toBe('INPUT_INVALID');
  }
});

test('guessing proofs from one address ends', async () => {
  const { open } = await aDoor();
  const params = { sessionId: `session_${'a'.repeat(26)}` };
  const codes: string[] = [];
  for (let i = 0; i <= REFUSED_PROOFS_A_MINUTE; i++) {
    codes.push((await open.refused('proveLock', { params, body: {} })).code);
  }
  expect(codes.at(-2)).toBe('INPUT_INVALID');
  expect(codes.at(-1)).toBe('TOO_MANY_ATTEMPTS');
});

test('signed time is for the very lock and challenge', async () => {
  const { cloud, manager, lock, doorId } = await aDoor();
  const challenge = encodeHex(systemRandom.bytes(TIME_NONCE_BYTES));
  cloud.clock.advanceS(1_000_000);
  const { statement } = await manager.call('signTime', { params: { doorId }, body: { challenge } });
  const time = verifyTime(nodeEngine, decodeHex(statement)!, lock.lockId, lock.keySet!.timeKey);
  expect(encodeHex(time.nonce)).toBe(challenge);
  expect(Math.abs(time.utcS * 1000 - cloud.clock.nowMs())).toBeLessThan(60_000);
  for (const wrong of ['', '00', `${challenge}00`, 'zz'.repeat(16)]) {
    const problem = await manager.refused('signTime', { params: { doorId }, body: { challenge: wrong } });
    expect(problem.code).toBe('INPUT_INVALID');
  }
  const params = { doorId: (await aHouse(manager, { name: 'Second' })).door('4B') };
  expect((await manager.refused('signTime', { params, body: { challenge } })).code).toBe('DOOR_WITHOUT_LOCK');
});
