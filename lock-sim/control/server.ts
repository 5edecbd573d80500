// The bench side of a running lock: a socket in its folder through which hands press keys and pull the battery.
// Only who may open the folder reaches it.
import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { DoorlabError } from '#protocol/errors.ts';
import { perform, type Bench, type BenchParts } from './bench.ts';
import { ControlError, controlPath } from './control-error.ts';
import { ControlRequest } from './messages.ts';
import type { ControlReply } from './replies.ts';

const PRESSES_AT_ONCE_MAX = 8;
/** No request is near it; a line that goes on beyond is nobody's request. */
const REQUEST_MAX_BYTES = 4_096;

export interface ControlServerParts extends BenchParts {
  readonly folder: string;
}

export interface ControlServer {
  close(): Promise<void>;
}

export function serveControl(parts: ControlServerParts): Promise<ControlServer> {
  const path = controlPath(parts.folder);
  rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  const bench: Bench = { ...parts, restoring: undefined };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    endOverlongLine(socket);
    const lines = createInterface({ input: socket });
    // It says the socket's errors again: unheard they would end the lock.
    lines.on('error', () => undefined);
    lines.on('line', (line) => {
      socket.write(`${JSON.stringify(answer(bench, line))}\n`);
    });
  });
  server.maxConnections = PRESSES_AT_ONCE_MAX;
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new ControlError('CONTROL_FAILED', `${path} cannot be opened.`, { cause })),
    );
    server.listen(path, () =>
      resolve({
        close: () =>
          new Promise((done) => {
            bench.restoring?.cancel();
            for (const socket of sockets) socket.destroy();
            server.close(() => done());
          }),
      }),
    );
  });
}

function endOverlongLine(socket: Socket): void {
  let bytes = 0;
  socket.on('data', (data: Buffer) => {
    const lineEnd = data.lastIndexOf(0x0a);
    bytes = lineEnd < 0 ? bytes + data.length : data.length - lineEnd - 1;
    if (bytes > REQUEST_MAX_BYTES) socket.destroy();
  });
}

function answer(bench: Bench, line: string): ControlReply {
  try {
    return perform(bench, requestIn(line));
  } catch (error) {
    const isTyped = error instanceof DoorlabError;
    return {
      failed: {
        code: isTyped ? error.code : 'CONTROL_REFUSED',
        message: error instanceof Error ? error.message : String(error),
        next: isTyped ? error.next : undefined,
      },
    };
  }
}

/** Throws ControlError. */
function requestIn(line: string): ControlRequest {
  let raw: unknown;
  try {
    raw = JSON.parse(line);
  } catch (cause) {
    throw new ControlError('CONTROL_REFUSED', 'That is no JSON.', { cause });
  }
  const parsed = ControlRequest.safeParse(raw);
  if (parsed.success) return parsed.data;
  // Never what was sent: it may be a code.
  const [issue] = parsed.error.issues;
  const where =
    issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.map(String).join('.')}`;
  throw new ControlError('CONTROL_REFUSED', `That is no request${where}: ${issue?.message ?? 'not one'}.`);
}
