// The two deadbolts with every input in each of their states.
import { describe } from 'vitest';
import type { Body } from '#lock-sim/mechanics/body.ts';
import type { MotorDeadbolt } from '#lock-sim/mechanics/motor-deadbolt.ts';
import { ANTI_JAM_TRIES } from '#lock-sim/mechanics/profile.ts';
import type { ThumbturnDeadbolt } from '#lock-sim/mechanics/thumbturn-deadbolt.ts';
import { bolt, holds, OPEN, RETRACTED_OPEN } from './actuation-table.ts';

describe('a motor deadbolt', () => {
  const rest = { profile: 'motor-deadbolt', move: undefined, isJammed: false } as const;
  const retract = { run: 'retract', goal: 'retracted', stalls: 0 } as const;
  const extend = { run: 'extend', goal: 'extended', stalls: 0 } as const;
  const clear = { run: 'retract', goal: 'extended', stalls: 1 } as const;
  const giveUp = { run: 'retract', goal: 'given-up', stalls: ANTI_JAM_TRIES + 1 } as const;
  const toRetract = { ...bolt('between'), move: retract };
  const byHand = (is: Body['bolt']) => ({ ...bolt(is), move: undefined, isJammed: false });

  holds<MotorDeadbolt>({
    locked: {
      from: { ...rest, ...bolt('extended') },
      grant: [toRetract, 'motor retract'],
      insideUnlock: [bolt('retracted'), 'manualUnlock inside'],
      keyUnlock: [bolt('retracted'), 'manualUnlock key'],
      exit: [bolt('retracted'), 'manualUnlock inside'],
    },
    unlocked: {
      from: { ...rest, ...bolt('retracted') },
      lock: [{ ...bolt('between'), move: extend }, 'motor extend'],
      insideLock: [bolt('extended'), 'boltLocked inside'],
      keyLock: [bolt('extended'), 'boltLocked key'],
      doorOpens: [{ body: RETRACTED_OPEN }],
    },
    'unlocked, the door open': {
      from: { ...rest, body: RETRACTED_OPEN },
      lock: [{ body: { ...RETRACTED_OPEN, bolt: 'between' }, move: extend }, 'motor extend'],
      insideLock: [{ body: OPEN }, 'boltLocked inside'],
      keyLock: [{ body: OPEN }, 'boltLocked key'],
      doorCloses: [bolt('retracted')],
    },
    'left between by a power cut': {
      from: { ...rest, ...bolt('between') },
      grant: [toRetract, 'motor retract'],
      lock: [{ ...bolt('between'), move: extend }, 'motor extend'],
      insideUnlock: [bolt('retracted'), 'manualUnlock inside'],
      insideLock: [bolt('extended'), 'boltLocked inside'],
      keyUnlock: [bolt('retracted'), 'manualUnlock key'],
      keyLock: [bolt('extended'), 'boltLocked key'],
      exit: [bolt('retracted'), 'manualUnlock inside'],
    },
    retracting: {
      from: { ...rest, ...toRetract },
      lock: [{ move: extend }, 'motor extend'],
      motorDone: [byHand('retracted'), 'boltUnlocked credential'],
      motorStalled: [{ move: { ...retract, stalls: 1 } }, 'motor retract'],
      insideUnlock: [byHand('retracted'), 'motor off', 'manualUnlock inside'],
      insideLock: [byHand('extended'), 'motor off', 'boltLocked inside'],
      keyUnlock: [byHand('retracted'), 'motor off', 'manualUnlock key'],
      keyLock: [byHand('extended'), 'motor off', 'boltLocked key'],
      exit: [byHand('retracted'), 'motor off', 'manualUnlock inside'],
    },
    'retracting, the last try': {
      from: { ...rest, ...bolt('between'), move: { ...retract, stalls: ANTI_JAM_TRIES } },
      lock: [{ move: extend }, 'motor extend'],
      motorDone: [byHand('retracted'), 'boltUnlocked credential'],
      motorStalled: [{ move: undefined, isJammed: true }, 'boltJammed 3'],
      insideUnlock: [byHand('retracted'), 'motor off', 'manualUnlock inside'],
      insideLock: [byHand('extended'), 'motor off', 'boltLocked inside'],
      keyUnlock: [byHand('retracted'), 'motor off', 'manualUnlock key'],
      keyLock: [byHand('extended'), 'motor off', 'boltLocked key'],
      exit: [byHand('retracted'), 'motor off', 'manualUnlock inside'],
    },
    extending: {
      from: { ...rest, ...bolt('between'), move: extend },
      grant: [{ move: retract }, 'motor retract'],
      motorDone: [byHand('extended'), 'boltLocked command'],
      motorStalled: [{ move: clear }, 'motor retract'],
      insideUnlock: [byHand('retracted'), 'motor off', 'manualUnlock inside'],
      insideLock: [byHand('extended'), 'motor off', 'boltLocked inside'],
      keyUnlock: [byHand('retracted'), 'motor off', 'manualUnlock key'],
      keyLock: [byHand('extended'), 'motor off', 'boltLocked key'],
      exit: [byHand('retracted'), 'motor off', 'manualUnlock inside'],
    },
    'drawn back to try again': {
      from: { ...rest, ...bolt('between'), move: clear },
      grant: [{ move: retract }],
      motorDone: [{ move: { ...extend, stalls: 1 } }, 'motor extend'],
      motorStalled: [{ move: { ...clear, stalls: 2 } }, 'motor retract'],
      insideUnlock: [byHand('retracted'), 'motor off', 'manualUnlock inside'],
      insideLock: [byHand('extended'), 'motor off', 'boltLocked inside'],
      keyUnlock: [byHand('retracted'), 'motor off', 'manualUnlock key'],
      keyLock: [byHand('extended'), 'motor off', 'boltLocked key'],
      exit: [byHand('retracted'), 'motor off', 'manualUnlock inside'],
    },
    'extending, the last try': {
      from: { ...rest, ...bolt('between'), move: { ...extend, stalls: ANTI_JAM_TRIES } },
      grant: [{ move: retract }, 'motor retract'],
      motorDone: [byHand('extended'), 'boltLocked command'],
      motorStalled: [{ move: giveUp, isJammed: true }, 'motor retract', 'boltJammed 3'],
      insideUnlock: [byHand('retracted'), 'motor off', 'manualUnlock inside'],
      insideLock: [byHand('extended'), 'motor off', 'boltLocked inside'],
      keyUnlock: [byHand('retracted'), 'motor off', 'manualUnlock key'],
      keyLock: [byHand('extended'), 'motor off', 'boltLocked key'],
      exit: [byHand('retracted'), 'motor off', 'manualUnlock inside'],
    },
    'given up': {
      from: { ...rest, ...bolt('between'), move: giveUp, isJammed: true },
      grant: [{ move: retract }],
      motorDone: [{ ...bolt('retracted'), move: undefined }],
      motorStalled: [{ move: undefined }],
      insideUnlock: [byHand('retracted'), 'motor off', 'manualUnlock inside'],
      insideLock: [byHand('extended'), 'motor off', 'boltLocked inside'],
      keyUnlock: [byHand('retracted'), 'motor off', 'manualUnlock key'],
      keyLock: [byHand('extended'), 'motor off', 'boltLocked key'],
      exit: [byHand('retracted'), 'motor off', 'manualUnlock inside'],
    },
    'jammed and retracted': {
      from: { ...rest, ...bolt('retracted'), isJammed: true },
      lock: [{ ...bolt('between'), move: extend }, 'motor extend'],
      insideLock: [byHand('extended'), 'boltLocked inside'],
      keyLock: [byHand('extended'), 'boltLocked key'],
      doorOpens: [{ body: RETRACTED_OPEN }],
    },
  });
});

describe('a thumbturn deadbolt', () => {
  const rest = { profile: 'thumbturn-deadbolt', isEngaged: false } as const;
  holds<ThumbturnDeadbolt>({
    locked: {
      from: { ...rest, ...bolt('extended') },
      grant: [{ isEngaged: true }, 'thumbturn engaged', 'release in 10 s'],
      insideUnlock: [bolt('retracted'), 'manualUnlock inside'],
      exit: [bolt('retracted'), 'manualUnlock inside'],
    },
    unlocked: {
      from: { ...rest, ...bolt('retracted') },
      grant: [{ isEngaged: true }, 'thumbturn engaged', 'release in 10 s'],
      insideLock: [bolt('extended'), 'boltLocked inside'],
      doorOpens: [{ body: RETRACTED_OPEN }],
    },
    'engaged and locked': {
      from: { ...rest, ...bolt('extended'), isEngaged: true },
      grant: [{}, 'release in 10 s'],
      lock: [{ isEngaged: false }, 'thumbturn free', 'no release'],
      releaseOver: [{ isEngaged: false }, 'thumbturn free'],
      outsideUnlock: [bolt('retracted'), 'boltUnlocked hand'],
      insideUnlock: [bolt('retracted'), 'manualUnlock inside'],
      exit: [bolt('retracted'), 'manualUnlock inside'],
    },
    'engaged and unlocked': {
      from: { ...rest, ...bolt('retracted'), isEngaged: true },
      grant: [{}, 'release in 10 s'],
      lock: [{ isEngaged: false }, 'thumbturn free', 'no release'],
      releaseOver: [{ isEngaged: false }, 'thumbturn free'],
      outsideLock: [bolt('extended'), 'boltLocked hand'],
      insideLock: [bolt('extended'), 'boltLocked inside'],
      doorOpens: [{ body: RETRACTED_OPEN }],
    },
  });
});
