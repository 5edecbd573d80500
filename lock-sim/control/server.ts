// The bench side of a running lock: a socket in its folder through which hands press keys and pull the battery.
// Only who may open the folder reaches it.
import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DoorlabError } from '#protocol/errors.ts';
import type { Clock, Timer } from '#protocol/ports/clock.ts';
import { dumpFlash } from '../flash-dump.ts';
import type { FlashStore } from '../flash/flash-store.ts';
import type { Lock } from '../lock.ts';
import type { StorageLayout } from '../storage/layout.ts';
import { ControlRequest, type ControlReply } from './messages.ts';

const SOCKET_FILE = 'control.sock';
/** sun_path of unix(7), with its closing zero. */
const SOCKET_PATH_MAX_BYTES = 107;

const PRESSES_AT_ONCE_MAX = 8;
/** No request is near it; a line that goes on beyond is nobody's request. */
const REQUEST_MAX_BYTES = 4_096;

export class ControlError extends DoorlabError {
  readonly code:
    | 'CONTROL_PATH_TOO_LONG'
    | 'CONTROL_FAILED'
    | 'LOCK_NOT_RUNNING'
    /** It runs, and its power is cut: nothing happens. */
    | 'LOCK_DARK'
    | 'CONTROL_REFUSED';

  constructor(code: ControlError['code'], message: string, options: { cause?: unknown; next?: string } = {}) {
    super(message, options);
    this.code = code;
  }
}

/** A relative path where it is shorter: sockets have little room for names. Throws ControlError. */
export function controlPath(folder: string): string {
  const path = join(folder, SOCKET_FILE);
  if (Buffer.byteLength(path) > SOCKET_PATH_MAX_BYTES) {
    throw new ControlError('CONTROL_PATH_TOO_LONG', `${path} is too long a name for a socket.`, {
      next: 'Choose a data folder nearer to the root with --data.',
    });
  }
  return path;
}

export interface ControlServerParts {
  readonly folder: string;
  readonly lock: Lock;
  readonly flash: FlashStore;
  readonly layout: StorageLayout;
  readonly clock: Clock;
}

interface Bench extends ControlServerParts {
  /** Power that is to come back. */
  restoring: Timer | undefined;
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
    return perform(bench, ControlRequest.parse(JSON.parse(line)));
  } catch (error) {
    const code = error instanceof DoorlabError ? error.code : 'CONTROL_REFUSED';
    return { failed: { code, message: error instanceof Error ? error.message : String(error) } };
  }
}

function perform(bench: Bench, request: ControlRequest): ControlReply {
  const { lock, flash, layout } = bench;
  switch (request.do) {
    case 'report':
      return { report: lock.report() };
    case 'press': {
      const decision = lock.press(request.digits);
      if (decision === undefined) throw new ControlError('LOCK_DARK', 'The lock has no power.');
      const { outcome, reason, sentence, tableVersion } = decision;
      return { pressed: { outcome, reason, sentence, tableVersion } };
    }
    case 'button':
      if (!lock.isPowered) throw new ControlError('LOCK_DARK', 'The lock has no power.');
      lock.pressButton();
      return { done: true };
    case 'cut-power':
      cutPower(bench, request);
      return { done: true };
    case 'restore-power':
      if (!lock.isPowered) lock.restorePower();
      return { done: true };
    case 'battery':
      lock.hands.setBattery(request.percent);
      return { done: true };
    case 'dump':
      return { dump: dumpFlash(flash, layout) };
  }
}

function cutPower(bench: Bench, request: Extract<ControlRequest, { do: 'cut-power' }>): void {
  const { lock, clock } = bench;
  const { atOperation, tornAfterBytes, restoreAfterMs } = request;
  if (!lock.isPowered) throw new ControlError('LOCK_DARK', 'The lock has no power.');
  lock.onPowerLost = () => {
    lock.onPowerLost = () => undefined;
    if (restoreAfterMs === undefined) return;
    bench.restoring = clock.after(restoreAfterMs, () => {
      if (!lock.isPowered) lock.restorePower();
    });
  };
  if (atOperation === undefined) {
    lock.cutPower();
    return;
  }
  const isWhole = tornAfterBytes === undefined;
  lock.planCut(atOperation, isWhole ? { kind: 'before' } : { kind: 'prefix', bytes: tornAfterBytes });
}
