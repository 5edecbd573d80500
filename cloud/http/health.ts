// Whether the process lives, and whether it can serve: each thing it needs by its name, and the reason where one is
// not so. Nothing here tells a stranger more than that.
import { Router } from 'express';
import { withDeadline } from '#protocol/ports/deadline.ts';
import { DatabaseFullError } from '../db/database-error.ts';
import { migrationState } from '../db/migrate.ts';
import type { Trx } from '../db/store.ts';
import type { Desk } from '../desk.ts';
import { nextNumber } from '../domain/counters.ts';
import { judgeClock, lastTimeSeen } from '../doctor/clock.ts';
import { Refusal, type FieldError } from '../domain/refusal.ts';
import { keyEpochOf } from '../locks/key-epoch.ts';
import { problemOf, sendProblem } from './problem-reply.ts';
import { contextOf } from './request-context.ts';

const CHECK_DEADLINE_MS = 2_000;

/** Undefined: as it should be. */
type Reason = string | undefined;

export interface ServerState {
  readonly isStopping: boolean;
}

export function health(desk: Desk, state: ServerState): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => {
    contextOf(response).route = 'healthz';
    response.json({ status: 'ok' });
  });
  router.get('/readyz', async (_request, response) => {
    contextOf(response).route = 'readyz';
    const reasons = await readiness(desk, state);
    const checks = Object.fromEntries(reasons.map(([name, reason]) => [name, reason ?? 'ok']));
    const failed = reasons.flatMap(([path, message]): FieldError[] =>
      message === undefined ? [] : [{ path, message }],
    );
    if (failed.length === 0) {
      response.json({ status: 'ready', checks });
      return;
    }
    const refusal = new Refusal('NOT_READY', 'The cloud does not serve requests now.', {
      fields: failed,
      next: 'Run doorlab doctor on its machine.',
    });
    sendProblem(response, problemOf(refusal, desk.parts.log));
  });
  return router;
}

async function readiness(desk: Desk, state: ServerState): Promise<[string, Reason][]> {
  return [
    ['serving', state.isStopping ? 'the server is stopping' : undefined],
    ...(await databaseReasons(desk)),
  ];
}

async function databaseReasons(desk: Desk): Promise<[string, Reason][]> {
  const { clock, log, store } = desk.parts;
  const nowS = desk.nowS();
  try {
    const reading = store.read(look);
    const late = (): Error => new Error(`no answer within ${CHECK_DEADLINE_MS} ms`);
    const { version, newest, seenS, keyEpoch } = await withDeadline(clock, CHECK_DEADLINE_MS, reading, late);
    const room = await withDeadline(clock, CHECK_DEADLINE_MS, roomReason(desk), late);
    return [
      ['database', undefined],
      ['room', room],
      ['migrations', version === newest ? undefined : `the database is at ${version}, not at ${newest}`],
      ['clock', clockReason(nowS, seenS)],
      ['keys', keysReason(desk, keyEpoch)],
    ];
  } catch (error) {
    log.warn('readiness.database', { error: error instanceof Error ? error.name : 'unknown' });
    return [
      ['database', 'the database does not answer'],
      ['clock', clockReason(nowS, 0)],
      ['keys', keysReason(desk, 0)],
    ];
  }
}

/** Nothing is written while there is room. After a change that found none, whether one finds some now. */
async function roomReason({ parts: { store } }: Desk): Promise<Reason> {
  if (!store.isFull) return undefined;
  try {
    await store.write((trx) => nextNumber(trx, 'room-looked-for'));
    return undefined;
  } catch (error) {
    if (error instanceof DatabaseFullError) return 'the disk of the database is full';
    throw error;
  }
}

/** What lies in tables that an older database may not have is asked of one of this program alone. */
async function look(trx: Trx) {
  const state = await migrationState(trx);
  if (state.version !== state.newest) return { ...state, seenS: state.appliedAtS, keyEpoch: 0 };
  return { ...state, seenS: await lastTimeSeen(trx), keyEpoch: await keyEpochOf(trx) };
}

/** `keyEpoch`: 0 where it is not known. */
function keysReason({ parts: { keyRing } }: Desk, keyEpoch: number): Reason {
  if (keyEpoch > 0 && keyRing.at(keyEpoch) === undefined)
    return `key set ${keyEpoch} is in force, and not here`;
  return keyRing.trouble === undefined ? undefined : 'a newer key set can’t be used';
}

/** As the doctor judges it, in words for strangers. */
function clockReason(nowS: number, seenS: number): Reason {
  if (judgeClock(nowS, seenS).status !== 'fail') return undefined;
  return nowS < seenS ? 'the clock stands before what the database has seen' : 'the clock is wrong';
}
