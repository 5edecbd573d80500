// Asks a running lock one thing over the socket in its folder.
import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import type { Clock } from '#protocol/ports/clock.ts';
import { withDeadline } from '#protocol/ports/deadline.ts';
import { controlPath, ControlError } from './server.ts';
import { ControlReply, type ControlRequest } from './messages.ts';

const ANSWER_DEADLINE_MS = 5_000;

type ReplyTo<R extends ControlRequest['do']> = R extends 'report'
  ? Extract<ControlReply, { report: unknown }>
  : R extends 'press'
    ? Extract<ControlReply, { pressed: unknown }>
    : R extends 'dump'
      ? Extract<ControlReply, { dump: unknown }>
      : Extract<ControlReply, { done: unknown }>;

/** Throws ControlError: LOCK_NOT_RUNNING, LOCK_DARK, CONTROL_REFUSED with the lock's reason, CONTROL_FAILED. */
export async function askLock<R extends ControlRequest>(
  folder: string,
  request: R,
  clock: Clock,
): Promise<ReplyTo<R['do']>> {
  const socket = createConnection(controlPath(folder));
  const replied = new Promise<string>((resolve, reject) => {
    socket.once('error', (cause: NodeJS.ErrnoException) => {
      const isAbsent = cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED';
      reject(
        isAbsent
          ? new ControlError('LOCK_NOT_RUNNING', `No lock is running in ${folder}.`, {
              next: 'Start it with: doorlab lock run NAME.',
            })
          : new ControlError('CONTROL_FAILED', `The lock in ${folder} does not answer.`, { cause }),
      );
    });
    const lines = createInterface({ input: socket }).once('line', resolve);
    // It says the socket's errors again, and nobody else would hear them.
    lines.on('error', () => undefined);
    socket.once('close', () =>
      reject(new ControlError('CONTROL_FAILED', 'The lock ended before it answered.')),
    );
  });
  socket.write(`${JSON.stringify(request)}\n`);
  try {
    const line = await withDeadline(
      clock,
      ANSWER_DEADLINE_MS,
      replied,
      () =>
        new ControlError(
          'CONTROL_FAILED',
          `The lock in ${folder} did not answer within ${ANSWER_DEADLINE_MS / 1000} s.`,
        ),
    );
    const reply = ControlReply.parse(JSON.parse(line));
    if ('failed' in reply) throw refusalOf(reply.failed);
    return reply as ReplyTo<R['do']>;
  } finally {
    socket.destroy();
  }
}

const refusalOf = ({ code, message }: { readonly code: string; readonly message: string }): ControlError =>
  code === 'LOCK_DARK'
    ? new ControlError('LOCK_DARK', message, {
        next: 'Give it power: doorlab lock fault NAME power-on.',
      })
    : new ControlError('CONTROL_REFUSED', message);
