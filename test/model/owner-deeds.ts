// What the cloud says to a lock beside its sets: whose it is, what time it is, and what it has of its log.
import { encodeLogPull } from '#protocol/sync/log-messages.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { decodeTimeChallenge } from '#protocol/sync/time-messages.ts';
import { aDeactivation, aRelease, aTime } from '#test/builders/life.ts';
import { activate as activateByHand } from '#test/lock-sim/owner-hand.ts';
import type { HandCourier } from '#test/lock-sim/hand-courier.ts';
import type { Action } from './actions.ts';
import { checkReceipt } from './agree.ts';
import { keySet, LOCK } from './cloud.ts';
import { same } from './disagreement.ts';
import { LogStory } from './log-story.ts';
import { hear } from './plain/clock.ts';
import { activate, deactivate, refuse, release, reset, takeKeySet } from './plain/owner.ts';
import type { Outcome } from './plain/state.ts';
import { announce, converse, now, take, type World } from './world.ts';

type OwnerAction = Extract<Action, { do: 'rotate' | 'deactivate' | 'release' | 'reset' | 'activate' }>;

/** Whose the lock is, after this. */
export function ownerDeed(world: World, action: OwnerAction): readonly string[] {
  const { real } = world;
  const { lock } = real.bench;
  switch (action.do) {
    case 'rotate': {
      const number = (world.model.keySet ?? 1) + action.stepsOn;
      const { bytes } = keySet(number, action.isThiefs ? 'thief' : 'owner');
      const outcome = takeKeySet(world.model, { number, isOwners: !action.isThiefs }, now(world));
      announce(world, outcome);
      const { said, courier } = converse(world, (at) => at.say(MESSAGE.keySet, bytes));
      if (outcome.says === 'taken')
        same('the answer to a key set', [said, courier.bodies(MESSAGE.keySetAnswer).length], [undefined, 1]);
      else same('the answer to a key set', said, outcome.says);
      if (outcome.rows.length > 0) world.story.rotateTo(number);
      return take(world, outcome);
    }
    case 'deactivate': {
      const epoch = world.model.floor.ownershipEpoch + action.epochsOn;
      const number = world.model.keySet ?? 1;
      const by = keySet(number, action.isThiefs ? 'thief' : 'owner');
      const outcome = deactivate(world.model, epoch, action.isThiefs ? undefined : number);
      return answered(world, outcome, (at) =>
        at.say(MESSAGE.deactivate, aDeactivation(epoch, { lock: LOCK, keySet: by })),
      );
    }
    case 'release': {
      const epoch = world.model.floor.ownershipEpoch + action.epochsOn;
      const by = keySet(world.model.keySet ?? 1, action.isThiefs ? 'thief' : 'owner');
      const outcome = release(world.model, epoch, !action.isThiefs);
      return answered(world, outcome, (at) =>
        at.say(MESSAGE.release, aRelease(epoch, { lock: LOCK, keySet: by })),
      );
    }
    case 'reset': {
      const outcome = reset(world.model);
      announce(world, outcome);
      same('a reset', lock.reset(), outcome.says);
      return take(world, outcome);
    }
    case 'activate': {
      const number = (world.model.keySet ?? 1) + action.stepsOn;
      const by = keySet(number, action.isThiefs ? 'thief' : 'owner');
      const ownershipEpoch = world.model.floor.ownershipEpoch + action.epochsOn;
      if (ownershipEpoch === 0) return [];
      const isNewOwner = world.model.keySet === undefined;
      // A thief is as good as anybody at a lock that nobody owns; the sequences go on with one owner.
      if (isNewOwner && action.isThiefs) return [];
      const outcome = activate(
        world.model,
        { keySet: number, isOwners: !action.isThiefs, ownershipEpoch },
        now(world),
      );
      const rows = answered(world, outcome, (at) => activateByHand(real.bench, by, ownershipEpoch, at));
      if (isNewOwner && outcome.says === 'receipt') world.story = new LogStory(number);
      else if (rows.some((row) => row.startsWith('keySetAdopted'))) world.story.rotateTo(number);
      return rows;
    }
  }
}

const ISSUED_AT_S = 1_700_000_000;

const UNKNOWN_NONCE = new Uint8Array(16).fill(0xee);

export function time(world: World, { nonce, offS }: Extract<Action, { do: 'time' }>): readonly string[] {
  const { real, model } = world;
  const courier = real.greeted(model.life === 'activated');
  const number = model.keySet;
  courier.say(MESSAGE.timeRequest, new Uint8Array(0));
  if (number === undefined) {
    same('a request for the time', courier.refusals, ['NOT_ACTIVATED']);
    courier.leave();
    return [];
  }
  const drawn = courier.bodies(MESSAGE.timeChallenge).map(decodeTimeChallenge)[0]?.nonce;
  if (drawn === undefined) return [];
  const waitMs = nonce === 'late' ? 9_000 : 1_500;
  // A connection stays up while something comes: a late answer keeps it busy with requests of the log.
  for (let n = 0; n < (nonce === 'late' ? 4 : 1); n++) {
    real.bench.clock.advance(waitMs);
    if (nonce === 'late') courier.say(MESSAGE.logPull, encodeLogPull({ from: null, credit: 1 }));
  }
  const ageMs = nonce === 'right' ? 1_500 : undefined;
  const sent =
    nonce === 'wrong' ? UNKNOWN_NONCE : nonce === 'used' ? (world.usedNonce ?? UNKNOWN_NONCE) : drawn;
  if (nonce === 'right') world.usedNonce = drawn;
  if (!courier.link.connected) {
    courier.leave();
    return [];
  }
  const utcS = Math.floor(real.trueMs / 1_000) + offS;
  const heard = hear(model.clock, { utcS, ageMs, keySet: number, keySetIssuedAtS: ISSUED_AT_S }, real.trueMs);
  if (heard !== 'TIME_BEFORE_FLOOR') world.may = [{ ...model, clock: heard }];
  courier.say(MESSAGE.time, aTime(sent, utcS, { lock: LOCK, keySet: keySet(number) }));
  const refusal = courier.refusals.at(-1);
  same('the answer to the time', refusal, heard === 'TIME_BEFORE_FLOOR' ? heard : undefined);
  if (heard !== 'TIME_BEFORE_FLOOR') {
    same('the answers to the time', courier.bodies(MESSAGE.timeAnswer).length, 1);
    world.model = { ...model, clock: heard };
  }
  courier.leave();
  return [];
}

export function pullLog(world: World, { ack }: Extract<Action, { do: 'pull log' }>): readonly string[] {
  const { real, model, story } = world;
  const courier = real.greeted(model.life === 'activated');
  if (model.keySet === undefined) {
    courier.say(MESSAGE.logPull, encodeLogPull({ from: null, credit: 1 }));
    same('a pull', courier.refusals, ['NOT_ACTIVATED']);
    courier.leave();
    return [];
  }
  const before = story.head;
  story.pull(courier);
  same('rows that are lost without a word', story.unexplained, []);
  const { head } = story;
  let outcome: Outcome<string> = { lock: model, says: '', rows: [] };
  if (ack === 'right' && head !== undefined)
    same('what is acknowledged', story.acknowledge(courier, head), head.sequence);
  if (ack === 'old' && before !== undefined) {
    const said = story.acknowledge(courier, before);
    same('an old acknowledgement is answered', said !== undefined && said >= before.sequence, true);
  }
  if (ack === 'another chain' && head !== undefined) {
    const other = { sequence: head.sequence + 1, chain: head.chain };
    outcome = refuse(model, 'LOG_MISMATCH', now(world));
    announce(world, outcome);
    same('an acknowledgement of another log', story.acknowledge(courier, other), undefined);
    same('its refusal', courier.refusals.at(-1), 'LOG_MISMATCH');
  }
  courier.leave();
  return take(world, outcome);
}

function answered(
  world: World,
  outcome: Outcome<string>,
  talk: (courier: HandCourier) => void,
): readonly string[] {
  announce(world, outcome);
  const { courier, said } = converse(world, talk);
  same('the answer', said, outcome.says);
  const rows = take(world, outcome);
  const receipt = courier.receipts.at(-1);
  if (receipt !== undefined) checkReceipt(world, receipt);
  return rows;
}
