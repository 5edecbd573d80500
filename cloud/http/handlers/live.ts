// Handlers of locks with a network of their own, and of what every courier does after the receipt.
import type { liveRoutes } from '#protocol/api/live-routes.ts';
import type { Desk } from '../../desk.ts';
import { proveLock, startLockSession } from '../../locks/lock-sessions.ts';
import { takeLogBatch } from '../../locks/log-batches.ts';
import { signedTime } from '../../locks/signed-time.ts';
import type { Handlers } from '../handler.ts';

export const liveHandlers = (desk: Desk): Handlers<keyof typeof liveRoutes> => {
  const { parts } = desk;
  return {
    startLockSession: {
      transaction: 'own',
      handle: ({ body }) =>
        parts.store.write((trx) => startLockSession(trx, parts.random, desk.nowS(), body)),
    },
    proveLock: {
      transaction: 'own',
      handle: ({ params, body }) => proveLock(desk, params.sessionId, body),
    },
    signTime: {
      transaction: 'read',
      handle: (work, { params, body }) => signedTime(work, parts, params.doorId, body.challenge),
    },
    postLogBatch: {
      transaction: 'write',
      handle: (work, { params, body }) => takeLogBatch(work, parts, parts.log, params.doorId, body.batch),
    },
  };
};
