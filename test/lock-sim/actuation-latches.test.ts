// Mortise and reader with every input in each of their states.
import { describe } from 'vitest';
import { LOCKED_BODY } from '#lock-sim/mechanics/body.ts';
import type { Mortise } from '#lock-sim/mechanics/mortise.ts';
import { DEFAULT_ALARM_TIMES } from '#lock-sim/mechanics/profile.ts';
import type { Reader } from '#lock-sim/mechanics/reader.ts';
import { holds, NOW_MS, OPEN, type Row } from './actuation-table.ts';

describe('a mortise', () => {
  const rest = { profile: 'mortise', body: LOCKED_BODY, isReleased: false } as const;
  const thrown = { body: { ...LOCKED_BODY, privacy: 'thrown' } } as const;
  holds<Mortise>({
    secured: {
      from: rest,
      grant: [{ isReleased: true }, 'latch released', 'release in 10 s'],
      insideLock: [thrown, 'privacyThrown'],
      privacyThrown: [thrown, 'privacyThrown'],
      keyUnlock: [{}, 'manualUnlock key'],
      doorOpens: [{ body: OPEN }],
    },
    'with privacy': {
      from: { ...rest, ...thrown },
      grant: [{ isReleased: true }, 'latch released', 'release in 10 s'],
      insideUnlock: [{ body: LOCKED_BODY }, 'privacyReleased'],
      privacyReleased: [{ body: LOCKED_BODY }, 'privacyReleased'],
      keyUnlock: [{ body: LOCKED_BODY }, 'manualUnlock key', 'privacyReleased'],
      exit: [{ body: LOCKED_BODY }, 'privacyReleased'],
      doorOpens: [{ body: OPEN }, 'privacyReleased'],
    },
    released: {
      from: { ...rest, isReleased: true },
      grant: [{}, 'release in 10 s'],
      lock: [{ isReleased: false }, 'latch secured', 'no release'],
      releaseOver: [{ isReleased: false }, 'latch secured'],
      insideLock: [thrown, 'privacyThrown'],
      privacyThrown: [thrown, 'privacyThrown'],
      keyUnlock: [{}, 'manualUnlock key'],
      doorOpens: [{ body: OPEN }],
    },
    'the door open': {
      from: { ...rest, body: OPEN },
      grant: [{ isReleased: true }, 'latch released', 'release in 10 s'],
      keyUnlock: [{}, 'manualUnlock key'],
      doorCloses: [{ body: LOCKED_BODY }],
    },
  });
});

describe('a reader', () => {
  const closed = { phase: 'closed' } as const;
  const rest: Reader = {
    profile: 'reader',
    body: LOCKED_BODY,
    isReleased: false,
    isAllowed: false,
    hold: 'idle',
    alarm: closed,
    times: DEFAULT_ALARM_TIMES,
  };
  const ajar = { phase: 'watched', cause: 'ajar', sinceMs: NOW_MS, isTold: false } as const;
  const forced = { ...ajar, cause: 'forced', isTold: true } as const;
  const sinceAWhile = { ...ajar, sinceMs: NOW_MS - 42_000 };
  const grant: Row<Reader> = [{ isReleased: true }, 'relay on', 'release in 10 s'];
  const exit: Row<Reader> = [{ isAllowed: true }, 'allowance in 10 s'];
  const keyUnlock: Row<Reader> = [{ isAllowed: true }, 'allowance in 10 s', 'manualUnlock key'];
  const window: Row<Reader> = [{ hold: 'holding' }, 'first holdOpenStarted', 'relay on'];
  const windowFirst: Row<Reader> = [{ hold: 'waiting' }];
  const opensForced: Row<Reader> = [{ body: OPEN, alarm: forced }, 'alarm in 30 s', 'doorForced'];
  const opensAllowed: Row<Reader> = [{ body: OPEN, alarm: ajar }, 'alarm in 30 s'];
  const always = { exit, keyUnlock };

  holds<Reader>({
    secured: { from: rest, ...always, grant, window, windowFirst, doorOpens: opensForced },
    released: {
      from: { ...rest, isReleased: true },
      ...always,
      grant: [{}, 'release in 10 s'],
      lock: [{ isReleased: false }, 'relay off', 'no release'],
      releaseOver: [{ isReleased: false }, 'relay off'],
      window: [{ hold: 'holding' }, 'first holdOpenStarted'],
      windowFirst,
      doorOpens: opensAllowed,
    },
    'somebody leaves': {
      from: { ...rest, isAllowed: true },
      ...always,
      grant,
      allowanceOver: [{ isAllowed: false }],
      window,
      windowFirst,
      doorOpens: opensAllowed,
    },
    'before its first unlock': {
      from: { ...rest, hold: 'waiting' },
      ...always,
      grant: [{ isReleased: true, hold: 'holding' }, 'first holdOpenStarted', 'relay on', 'release in 10 s'],
      windowOver: [{ hold: 'idle' }],
      doorOpens: opensForced,
    },
    'held open': {
      from: { ...rest, hold: 'holding' },
      ...always,
      grant: [{ isReleased: true }, 'release in 10 s'],
      lock: [{ hold: 'suspended' }, 'relay off', 'holdOpenEnded'],
      windowOver: [{ hold: 'idle' }, 'relay off', 'holdOpenEnded'],
      doorOpens: [{ body: OPEN, alarm: { phase: 'held' } }],
    },
    'held open after a grant': {
      from: { ...rest, hold: 'holding', isReleased: true },
      ...always,
      grant: [{}, 'release in 10 s'],
      lock: [{ hold: 'suspended', isReleased: false }, 'relay off', 'no release', 'holdOpenEnded'],
      releaseOver: [{ isReleased: false }],
      windowOver: [{ hold: 'idle' }, 'holdOpenEnded'],
      doorOpens: [{ body: OPEN, alarm: { phase: 'held' } }],
    },
    'hold ended by a command': {
      from: { ...rest, hold: 'suspended' },
      ...always,
      grant,
      windowOver: [{ hold: 'idle' }],
      doorOpens: opensForced,
    },
    'the door open and held': {
      from: { ...rest, hold: 'holding', body: OPEN, alarm: { phase: 'held' } },
      ...always,
      grant: [{ isReleased: true }, 'release in 10 s'],
      lock: [{ hold: 'suspended', alarm: ajar }, 'relay off', 'alarm in 30 s', 'holdOpenEnded'],
      windowOver: [{ hold: 'idle', alarm: ajar }, 'relay off', 'alarm in 30 s', 'holdOpenEnded'],
      doorCloses: [{ body: LOCKED_BODY, alarm: closed }],
    },
    'the door open': {
      from: { ...rest, body: OPEN, alarm: sinceAWhile },
      ...always,
      grant,
      window: [
        { hold: 'holding', alarm: { phase: 'held' } },
        'first holdOpenStarted',
        'relay on',
        'no alarm',
      ],
      windowFirst,
      alarmDue: [{ alarm: { ...sinceAWhile, isTold: true } }, 'alarm in 300 s', 'doorAjar 42'],
      doorCloses: [{ body: LOCKED_BODY, alarm: closed }, 'no alarm'],
    },
    'the door ajar': {
      from: { ...rest, body: OPEN, alarm: { ...sinceAWhile, isTold: true } },
      ...always,
      grant,
      window: [
        { hold: 'holding', alarm: { phase: 'held' } },
        'first holdOpenStarted',
        'relay on',
        'no alarm',
        'ajarEnded 42',
      ],
      windowFirst,
      alarmDue: [{}, 'alarm in 300 s', 'doorAjar 42'],
      doorCloses: [{ body: LOCKED_BODY, alarm: closed }, 'no alarm', 'ajarEnded 42'],
    },
    'the door forced': {
      from: { ...rest, body: OPEN, alarm: forced },
      ...always,
      grant,
      window,
      windowFirst,
      alarmDue: [{}, 'alarm in 300 s', 'doorForced'],
      doorCloses: [{ body: LOCKED_BODY, alarm: closed }, 'no alarm', 'ajarEnded 0'],
    },
  });
});
