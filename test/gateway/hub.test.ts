// The hub's machine as a table: from which state, by which input, to which phase, asking for what.
import { describe, expect, test } from 'vitest';
import type { Hub, HubEffect, HubInput } from '#gateway/hub/hub-state.ts';
import { RETRY_FIRST_MS, RETRY_MOST_MS, SYNC_RETRY_MOST_MS } from '#gateway/hub/hub-limits.ts';
import { stepHub } from '#gateway/hub/hub.ts';
import * as of from './hub-states.ts';

type Row = [from: Hub, input: HubInput, to: Hub['phase']['name'], effects: HubEffect['type'][]];

describe('a hub', () => {
  const rows: Record<string, Row> = {
    'of a lock without an owner does nothing': [of.off, of.lockInput({ isActivated: false }), 'off', []],
    'signs in once its lock has an owner': [of.off, of.lockInput(), 'signing-in', ['sign-in']],
    'opens the channel with its token': [of.signingIn, of.signedIn, 'connecting', ['open-channel']],
    'that is not taken waits and tries again': [
      of.signingIn,
      of.notSignedIn,
      'waiting',
      ['close-channel', 'retry', 'status'],
    ],
    'without a token signs in after the wait': [of.waitingUnproven, of.retry, 'signing-in', ['sign-in']],
    'with a token opens the channel after the wait': [of.waiting, of.retry, 'connecting', ['open-channel']],
    'is connected by the hello': [of.connecting, of.hello(), 'connected', ['listen', 'send', 'status']],
    'syncs what the hello finds due': [
      of.connecting,
      of.hello('pending'),
      'connected',
      ['listen', 'send', 'status', 'sync'],
    ],
    'syncs a lock that has lost its table': [
      of.connecting,
      of.hello('degraded'),
      'connected',
      ['listen', 'send', 'status', 'sync'],
    ],
    'leaves another door’s hello alone': [
      of.connecting,
      of.hello('pending', of.otherDoorId),
      'connected',
      ['listen', 'send', 'status'],
    ],
    'syncs when the wanted version rises': [
      of.connected,
      of.target(3),
      'connected',
      ['listen', 'send', 'sync'],
    ],
    'leaves another door’s target alone': [
      of.connected,
      of.target(3, of.otherDoorId),
      'connected',
      ['listen', 'send'],
    ],
    'syncs when somebody asks for it': [of.connected, of.syncRequest(), 'connected', ['listen', 'sync']],
    'answers a ping': [of.connected, of.ping, 'connected', ['listen', 'send']],
    'comes again after the channel broke': [
      of.connected,
      of.closed(),
      'waiting',
      ['close-channel', 'retry', 'status'],
    ],
    'comes again where the cloud fell silent': [
      of.connected,
      of.silence,
      'waiting',
      ['close-channel', 'retry', 'status'],
    ],
    'does not begin a second sync beside the first': [
      of.syncing,
      of.target(4),
      'connected',
      ['listen', 'send'],
    ],
    'rests after a sync': [of.syncing, of.synced(), 'connected', ['rest']],
    'tries a failed sync again after a rest': [of.syncing, of.notSynced(), 'connected', ['rest']],
    'signs in anew where its token is no longer taken in a sync': [
      of.syncing,
      of.notSynced(true),
      'waiting',
      ['rest', 'close-channel', 'retry', 'status'],
    ],
    'lets go when its lock loses the owner': [
      of.connected,
      of.lockInput({ isActivated: false }),
      'off',
      ['close-channel', 'status'],
    ],
    'lets go when the power goes': [of.connected, of.noPower, 'off', ['close-channel', 'status']],
    'proves itself anew for another binding': [
      of.connected,
      of.lockInput({ ownershipEpoch: 2 }),
      'signing-in',
      ['close-channel', 'sign-in'],
    ],
    'carries new rows of the log': [of.connected, of.lockInput({ logPending: true }), 'connected', ['sync']],
  };
  test.each(Object.entries(rows))('%s', (_, [from, input, to, effects]) => {
    const step = stepHub(from, input);
    expect(step.hub.phase.name).toBe(to);
    expect(of.typesOf(step.effects)).toEqual(effects);
  });
});

describe('what a phase does not expect changes nothing', () => {
  const ignored: Record<string, [Hub, HubInput]> = {
    'a token that nobody asked for': [of.connected, of.signedIn],
    'a message before there is a channel': [of.signingIn, of.target(9)],
    'a message of a channel that was given up': [of.waiting, of.hello('pending')],
    'the end of a channel that was given up': [of.waiting, of.closed()],
    'a retry that was overtaken': [of.connected, of.retry],
    'silence while waiting': [of.waiting, of.silence],
    'the end of a sync that was none': [of.connected, of.synced()],
    'a failed sign-in that was overtaken': [of.connected, of.notSignedIn],
  };
  test.each(Object.entries(ignored))('%s', (_, [from, input]) => {
    expect(stepHub(from, input)).toEqual({ hub: from, effects: [] });
  });
});

describe('syncs', () => {
  test('what was wanted during one is done after it, at once', () => {
    const busy = of.after(of.lockInput(), of.signedIn, of.hello('pending'), of.target(5));
    expect(of.typesOf(stepHub(busy, of.synced(2)).effects)).toEqual(['sync']);
  });

  test('a target that the receipt has reached already begins none', () => {
    const done = of.after(of.lockInput(), of.signedIn, of.hello('pending'), of.synced(5));
    expect(of.typesOf(stepHub(done, of.target(5)).effects)).toEqual(['listen', 'send']);
    expect(of.typesOf(stepHub(done, of.target(6)).effects)).toContain('sync');
  });

  test('new rows of a busy door wait for the rest to be over; a change does not', () => {
    const resting = of.after(of.lockInput(), of.signedIn, of.hello('pending'), of.synced());
    const wanted = stepHub(resting, of.lockInput({ logPending: true }));
    expect(wanted.effects).toEqual([]);
    expect(of.typesOf(stepHub(wanted.hub, of.rested).effects)).toEqual(['sync']);
    expect(of.typesOf(stepHub(wanted.hub, of.target(9)).effects)).toContain('sync');
  });

  test('a cloud that takes no log is not asked for each row, and asked again after the next hello', () => {
    const inputs = [of.lockInput(), of.signedIn, of.hello('pending'), of.synced(2, false), of.rested];
    const without = of.after(...inputs);
    const row = stepHub(without, of.lockInput({ logPending: true }));
    expect(row.effects).toEqual([]);
    const again = of.after(...inputs, of.lockInput({ logPending: true }), of.closed(), of.retry);
    expect(of.typesOf(stepHub(again, of.hello()).effects)).toContain('sync');
  });

  test('one that failed for want of the cloud is tried at once when it is back', () => {
    const failed = of.after(of.lockInput(), of.signedIn, of.hello('pending'), of.closed(), of.notSynced());
    const back = stepHub(stepHub(failed, of.retry).hub, of.hello('pending'));
    expect(of.typesOf(back.effects)).toContain('sync');
  });

  test('one that runs is let run when the channel breaks, and its end counts', () => {
    const broken = of.after(of.lockInput(), of.signedIn, of.hello('pending'), of.closed());
    expect(broken.sync.isRunning).toBe(true);
    expect(stepHub(broken, of.synced(4)).hub.sync.applied).toEqual(of.version(4));
  });
});

describe('waits', () => {
  const failTimes = (times: number): HubEffect | undefined => {
    let hub = of.after(of.lockInput());
    let last: HubEffect | undefined;
    for (let i = 0; i < times; i++) {
      const step = stepHub(hub, of.notSignedIn);
      last = step.effects.find(({ type }) => type === 'retry');
      hub = stepHub(step.hub, of.retry).hub;
    }
    return last;
  };

  test('double with each failure in a row, up to a most, and are drawn from a range', () => {
    expect(failTimes(1)).toEqual({ type: 'retry', leastMs: RETRY_FIRST_MS / 2, mostMs: RETRY_FIRST_MS });
    expect(failTimes(3)).toEqual({ type: 'retry', leastMs: 2 * RETRY_FIRST_MS, mostMs: 4 * RETRY_FIRST_MS });
    expect(failTimes(40)).toEqual({ type: 'retry', leastMs: RETRY_MOST_MS / 2, mostMs: RETRY_MOST_MS });
  });

  test('begin anew with the first hello', () => {
    const back = of.after(of.lockInput(), of.notSignedIn, of.retry, of.signedIn, of.hello(), of.closed());
    expect(back.failures).toBe(1);
  });

  test('of a sync that fails for ever have a most as well', () => {
    let hub = of.syncing;
    let rest: HubEffect | undefined;
    for (let i = 0; i < 40; i++) {
      const step = stepHub(hub, of.notSynced());
      rest = step.effects.find(({ type }) => type === 'rest');
      hub = stepHub(step.hub, of.rested).hub;
    }
    expect(rest).toMatchObject({ mostMs: SYNC_RETRY_MOST_MS });
  });

  test('a token that ends the moment it is used does not make it spin', () => {
    let hub = of.after(of.lockInput());
    const mosts: number[] = [];
    for (let i = 0; i < 5; i++) {
      const step = stepHub(stepHub(hub, of.signedIn).hub, of.closed(true));
      for (const effect of step.effects) if (effect.type === 'retry') mosts.push(effect.mostMs);
      expect(step.hub.phase).toEqual({ name: 'waiting', token: undefined });
      hub = stepHub(step.hub, of.retry).hub;
    }
    expect(mosts).toEqual([500, 1_000, 2_000, 4_000, 8_000]);
  });
});

test('it says what a person wants to know: connected, reconnecting, no owner, no power', () => {
  const statuses = (from: Hub, input: HubInput) => of.statusesOf(stepHub(from, input).effects);
  expect(statuses(of.connecting, of.hello())).toEqual(['connected']);
  expect(statuses(of.connected, of.hello())).toEqual([]);
  expect(statuses(of.connected, of.closed())).toEqual(['reconnecting']);
  expect(statuses(of.connected, of.lockInput({ isActivated: false }))).toEqual(['no-owner']);
  expect(statuses(of.connected, of.noPower)).toEqual(['no-power']);
});
