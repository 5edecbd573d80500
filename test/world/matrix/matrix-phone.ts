// The scenario of an app unlock: what a phone says on the channel. The lock opens at most once a command that reached it,
// and a phone whose command was answered knows that it did.
import { expect } from 'vitest';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { formatTriple } from '#protocol/triple.ts';
import { commandLock } from '#gateway/courier/app-unlock.ts';
import { GatewayError } from '#gateway/gateway-error.ts';
import { syncDoors } from '#gateway/sync-doors.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import { aLock } from '#test/builders/lock.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { anAppRow, phoneSecret } from '../../lock-sim/hand-phone.ts';
import type { Scenario } from './scenario.ts';

const built = aLock();
const before = aLock({ name: 'before' });
const set = aSignedSet({ lock: built, keySet: aKeySet(), rows: [anAppRow(built, 'own', 1)] });

/** `isStale`: the phone has the channel key of the lock that was at the door before, and is told so. */
const unlockingBy = (name: string, isStale: boolean): Scenario => ({
  name,
  activated: true,
  async begin(world) {
    world.cloud.fake.add('4A', built, set);
    const courier = await world.courier();
    await world.settle(syncDoors(courier.parts, ['4A']));
    await world.settle(courier.close());
    const openings = (): number =>
      [...(world.lock.firmware?.storage.events.read(1) ?? [])].filter(({ type }) => type === 'opened').length;
    const job = {
      engine: nodeEngine,
      lockId: built.lockId,
      ownershipEpoch: 1,
      channelKey: built.channelKey,
      phoneSecret: phoneSecret('own'),
    };
    let runs = 0;
    let answers = 0;
    return {
      versions: [formatTriple(set.triple)],
      async run({ parts }) {
        runs++;
        const { signal } = new AbortController();
        const { clock, random, central } = parts;
        const connect = central.connect.bind(central, world.peripheralId);
        const options = { clock, random, signal, connect };
        if (isStale) {
          const stale = await commandLock({ ...job, channelKey: before.channelKey }, 'unlock', options);
          if (stale.result !== 'refused') throw notAnswered(stale.result);
        }
        const outcome = await commandLock(job, 'unlock', options);
        if (outcome.result !== 'answered') throw notAnswered(outcome.result);
        expect(outcome.answer.outcome).toBe('done');
        answers++;
      },
      isDone: () => answers > 0,
      check() {
        expect(openings()).toBeGreaterThanOrEqual(answers);
        expect(openings(), 'once a command at most').toBeLessThanOrEqual(runs);
      },
    };
  },
});

const notAnswered = (result: string): GatewayError =>
  new GatewayError('LINK_LOST', `not answered: ${result}`, { next: 'Look at the door.' });

export const UNLOCKING: readonly Scenario[] = [
  unlockingBy('app unlock', false),
  unlockingBy('app unlock with the keys of another lock', true),
];
