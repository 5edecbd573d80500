// Meetings with one lock: which failures in a row end them, and what a signal that comes late takes away.
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { encodeRefusal, MESSAGE, OF_NO_MESSAGE } from '#protocol/sync/messages.ts';
import type { CentralLink } from '#radio/ports/central.ts';
import { RadioError } from '#radio/ports/errors.ts';
import { FRUITLESS_CONNECTIONS_MAX, UNMET_CONNECTIONS_MAX } from '#gateway/courier/courier-limits.ts';
import { Meetings, type MeetingPlan } from '#gateway/courier/meetings.ts';
import { syncDoors } from '#gateway/sync-doors.ts';
import { aGateway } from './gateway-scene.ts';
import { settle } from './settle.ts';

const LINK = { disconnect: async () => undefined } as CentralLink;

/** `attempts`: whether each of them meets the lock; the last one that does ends it well, all others come further. */
function meet(attempts: readonly boolean[]) {
  const clock = new VirtualClock();
  let tried = 0;
  const connect = async (): Promise<CentralLink> => {
    if (attempts[tried++] === true) return LINK;
    throw new RadioError('CONNECT_TIMEOUT', 'nobody there');
  };
  const meetings = new Meetings({ clock, connect, signal: new AbortController().signal });
  const last = attempts.lastIndexOf(true) + 1;
  const plan: MeetingPlan<'met', 'done' | 'not yet'> = {
    over: async () => 'met',
    judge: () =>
      tried === last ? { go: 'end', end: 'done' } : { go: 'again', last: 'not yet', hasMoved: true },
    isProof: () => false,
  };
  return settle(clock, meetings.run(plan));
}

describe('a lock that is not met', () => {
  test('again and again is given up', async () => {
    const unmet = Array.from({ length: UNMET_CONNECTIONS_MAX }, () => false);
    expect(await meet([...unmet, true])).toMatchObject({ result: 'unreachable' });
    expect(await meet([true, ...unmet, true])).toMatchObject({ result: 'link-lost' });
  });

  test('now and then is met on: a meeting in between makes up for it', async () => {
    const now = Array.from({ length: UNMET_CONNECTIONS_MAX - 1 }, () => false);
    expect(await meet([...now, true, ...now, true, ...now, true])).toBe('done');
  });
});

describe('a signal that comes while the lock is met', () => {
  test.each([
    ['its proof is kept', true, 'proof'],
    ['what proves nothing is dropped', false, { result: 'cancelled' }],
  ])('%s', async (_, isProof, end) => {
    const abort = new AbortController();
    const clock = new VirtualClock();
    const meetings = new Meetings({ clock, connect: async () => LINK, signal: abort.signal });
    const plan: MeetingPlan<string, string> = {
      over: async () => {
        abort.abort();
        return 'proof';
      },
      judge: (result) => ({ go: 'end', end: result }),
      isProof: () => isProof,
    };
    expect(await settle(clock, meetings.run(plan))).toEqual(end);
  });

  test('behind the receipt leaves a Door Sync done, and the cloud told', async () => {
    const { parts, addDoor, cloud, settle: settled } = await aGateway();
    await addDoor('4A');
    const abort = new AbortController();
    cloud.keepsUp = true;
    cloud.after = (method) => {
      if (method === 'postReceipt') abort.abort();
    };
    const report = await settled(syncDoors(parts, ['4A'], { signal: abort.signal }));
    expect(report.doors).toMatchObject([{ result: 'applied' }]);
    expect([cloud.receipts.length, parts.journal.state.held.size]).toEqual([1, 0]);
  });
});

describe('a lock that refuses each connection as out of sequence', () => {
  const body = encodeRefusal({ code: 'OUT_OF_SEQUENCE', ofType: OF_NO_MESSAGE, detail: '' });

  test.each(['is synced', 'is to leave'])('and %s is given up after a few meetings', async (wish) => {
    const { parts, addDoor, cloud, settle: settled } = await aGateway();
    const { lock, doorId } = await addDoor('4A');
    if (wish === 'is to leave') {
      await settled(syncDoors(parts, ['4A']));
      await cloud.askDeactivation(doorId);
    }
    let greetings = 0;
    const hear = lock.hear.bind(lock);
    lock.hear = (message) => {
      if (message.type !== MESSAGE.hello) return hear(message);
      greetings++;
      return [{ type: MESSAGE.refusal, body }];
    };
    const report = await settled(syncDoors(parts, ['4A']));
    expect(report.doors).toMatchObject([{ result: 'failed', error: { refusal: 'OUT_OF_SEQUENCE' } }]);
    expect(greetings).toBe(FRUITLESS_CONNECTIONS_MAX);
  });
});
