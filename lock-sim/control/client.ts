// Asks a running lock one thing over the socket in its folder.
import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import type { Clock } from '#protocol/ports/clock.ts';
import { withDeadline } from '#protocol/ports/deadline.ts';
import { CONTROL_ERROR_CODES, ControlError, controlPath } from './control-error.ts';
import { ControlRequest } from './messages.ts';
import { Failed, REPLIES, type ReplyTo } from './replies.ts';

const ANSWER_DEADLINE_MS = 5_000;

/** Throws ControlError: LOCK_NOT_RUNNING, CONTROL_FAILED, or what the lock answers with its reason. */
export async function askLock<R extends ControlRequest>(
  folder: string,
  request: R,
  clock: Clock,
): Promise<ReplyTo<R['do']>> {
  const text = JSON.stringify(ControlRequest.parse(request));
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
  socket.write(`${text}\n`);
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
    return replyIn<R['do']>(request.do, line);
  } finally {
    socket.destroy();
  }
}

function replyIn<D extends ControlRequest['do']>(asked: D, line: string): ReplyTo<D> {
  let raw: unknown;
  try {
    raw = JSON.parse(line);
  } catch (cause) {
    throw new ControlError('CONTROL_FAILED', 'The lock answered something that is no JSON.', { cause });
  }
  const failed = Failed.safeParse(raw);
  if (failed.success) throw refusalOf(failed.data.failed);
  const reply = REPLIES[asked].safeParse(raw);
  if (reply.success) return reply.data as ReplyTo<D>;
  throw new ControlError('CONTROL_FAILED', `The lock answered "${asked}" with something else.`, {
    cause: reply.error,
    next: 'It may run an older or a newer Doorlab: start it again.',
  });
}

function refusalOf({ code, message, next }: Failed['failed']): ControlError {
  const known = CONTROL_ERROR_CODES.find((one) => one === code);
  const options = next === undefined ? {} : { next };
  // A store that failed outside of the firmware's own work.
  if (code === 'STORE_FAILED') return new ControlError('LOCK_STORAGE_FAILED', message, options);
  return new ControlError(known ?? 'CONTROL_REFUSED', message, options);
}
