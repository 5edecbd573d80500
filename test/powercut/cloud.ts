// What the cloud says to a lock beside its sets, carried by a courier: time, log acknowledgement, the end of an
// ownership.
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { signLogAck } from '#protocol/signed/log-ack.ts';
import { encodeLogPull } from '#protocol/sync/log-messages.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { decodeTimeChallenge } from '#protocol/sync/time-messages.ts';
import { aDeactivation, aRelease, aTime } from '#test/builders/life.ts';
import type { BuiltKeySet } from '#test/builders/key-set.ts';
import { keySetOf, LOCK } from './tables.ts';
import type { World } from './world.ts';

const NOTHING = new Uint8Array(0);
const PULLED_BATCHES = 8;

/** The clock is set by the lock's own challenge. */
export function giveTime(world: World, utcS: number, keySet = keySetOf(1)): void {
  const courier = world.courier();
  courier.say(MESSAGE.timeRequest, NOTHING);
  world.wait(1);
  const challenge = courier.bodies(MESSAGE.timeChallenge).at(-1);
  if (challenge !== undefined) {
    const { nonce } = decodeTimeChallenge(challenge);
    courier.say(MESSAGE.time, aTime(nonce, utcS, { lock: LOCK, keySet }));
  }
  world.wait(1);
  courier.leave();
}

/** Pulls what there is and lets the lock drop it up to its newest row but so many. */
export function takeLog(world: World, options: { keepNewest?: number; keySet?: BuiltKeySet } = {}): void {
  const { keepNewest = 0, keySet = keySetOf(1) } = options;
  const courier = world.courier();
  courier.say(MESSAGE.logPull, encodeLogPull({ from: null, credit: PULLED_BATCHES }));
  world.wait();
  const row = world.bench.events().at(-1 - keepNewest);
  if (row !== undefined) {
    const ack = { format: 1, upToSequence: row.sequence, chain: row.chain } as const;
    courier.say(MESSAGE.logAck, signLogAck(nodeEngine, keySet.time, LOCK.lockId, ack));
  }
  world.wait(1);
  courier.leave();
}

export function deactivate(world: World, ownershipEpoch: number, keySet = keySetOf(1)): void {
  say(world, MESSAGE.deactivate, aDeactivation(ownershipEpoch, { lock: LOCK, keySet }));
}

/** By the root keys. */
export function release(world: World, ownershipEpoch: number, keySet = keySetOf(1)): void {
  say(world, MESSAGE.release, aRelease(ownershipEpoch, { lock: LOCK, keySet }));
}

function say(world: World, type: number, body: Uint8Array): void {
  const courier = world.courier();
  courier.say(type, body);
  world.wait(1);
  courier.leave();
}
