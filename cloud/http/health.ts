// Whether the process lives, and whether it can serve: each thing it needs by its name, and the reason where one is
// not so. Nothing here tells a stranger more than that.
import { Router } from 'express';
import { withDeadline } from '#protocol/ports/deadline.ts';
import { migrationState } from '../db/migrate.ts';
import type { Desk } from '../desk.ts';
import { Refusal, type FieldError } from '../domain/refusal.ts';
import { problemOf, sendProblem } from './problem-reply.ts';
import { contextOf } from './request-context.ts';

const CHECK_DEADLINE_MS = 2_000;
/** 2026-01-01T00:00:00Z: no program of this version ran before. */
const CLOCK_FLOOR_S = 1_767_225_600;
/** How far the clock may lie behind what the database has seen, as between two machines. */
const CLOCK_BEHIND_MAX_S = 300;

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
    ['keys', desk.parts.keyRing.trouble === undefined ? undefined : 'a newer key set can’t be used'],
  ];
}

async function databaseReasons(desk: Desk): Promise<[string, Reason][]> {
  const { clock, log, store } = desk.parts;
  const nowS = desk.nowS();
  try {
    const reading = store.read(migrationState);
    const late = (): Error => new Error(`no answer within ${CHECK_DEADLINE_MS} ms`);
    const { version, newest, appliedAtS } = await withDeadline(clock, CHECK_DEADLINE_MS, reading, late);
    return [
      ['database', undefined],
      ['migrations', version === newest ? undefined : `the database is at ${version}, not at ${newest}`],
      ['clock', clockReason(nowS, appliedAtS)],
    ];
  } catch (error) {
    log.warn('readiness.database', { error: error instanceof Error ? error.name : 'unknown' });
    return [
      ['database', 'the database does not answer'],
      ['clock', clockReason(nowS, 0)],
    ];
  }
}

function clockReason(nowS: number, seenS: number): Reason {
  if (nowS < CLOCK_FLOOR_S) return 'the clock stands before this program was made';
  return nowS < seenS - CLOCK_BEHIND_MAX_S ? 'the clock stands before what the database has seen' : undefined;
}
