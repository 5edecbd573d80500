// Where watchers of an agent listen: a socket in its data folder, which only who owns the folder may open. Each hears all
// lines first and then those that changed, as JSON, one a line, and where nothing does a beat, which those that do not know it
// pass over; what it says itself is not read.
import { createServer, type Socket } from 'node:net';
import { clearStaleSocket, listenForOwner } from '#protocol/node/owner-socket.ts';
import type { Clock, Timer } from '#protocol/ports/clock.ts';
import * as limits from './agent-limits.ts';
import type { WatchLine } from './agent-view.ts';

interface Watcher {
  /** What it has heard last, by key. */
  readonly told: Map<string, string>;
  toldAtMs: number;
}

const BEAT = JSON.stringify({ type: 'beat' });

export interface WatchServer {
  close(): Promise<void>;
}

/** Rejects with a system's error, ENAMETOOLONG where the path is too long. `look` is called only while somebody watches. */
export async function serveWatch(
  path: string,
  clock: Clock,
  look: () => readonly WatchLine[],
): Promise<WatchServer> {
  if (Buffer.byteLength(path) > limits.WATCH_PATH_BYTES_MAX)
    throw Object.assign(new Error(`${path} is too long a path for a socket`), { code: 'ENAMETOOLONG' });
  if ((await clearStaleSocket(path)) !== 'free')
    throw Object.assign(new Error('something else is there'), { code: 'EADDRINUSE' });
  const watchers = new Map<Socket, Watcher>();
  let timer: Timer | undefined;
  const tell = (): void => {
    timer = undefined;
    if (watchers.size === 0) return;
    const lines = new Map(look().map((line) => [keyOf(line), JSON.stringify(line)]));
    for (const [socket, watcher] of watchers) tellNews(socket, watcher, lines, clock.monotonicMs());
    timer = clock.after(limits.WATCH_EVERY_MS, tell);
  };
  const server = createServer((socket) => {
    const leave = (): void => void watchers.delete(socket);
    socket.on('close', leave);
    socket.on('error', () => socket.destroy());
    socket.resume();
    watchers.set(socket, { told: new Map(), toldAtMs: clock.monotonicMs() });
    timer?.cancel();
    tell();
  });
  server.maxConnections = limits.WATCHERS_MAX;
  await listenForOwner(server, path);
  server.on('error', () => undefined);
  return {
    close: () =>
      new Promise((resolve) => {
        timer?.cancel();
        for (const socket of watchers.keys()) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

const keyOf = (line: WatchLine): string => (line.type === 'agent' ? '' : line.doorId);

function tellNews(socket: Socket, watcher: Watcher, lines: ReadonlyMap<string, string>, nowMs: number): void {
  if (socket.writableLength > limits.WATCH_UNREAD_MAX_BYTES) {
    socket.destroy();
    return;
  }
  const { told } = watcher;
  const news: string[] = [];
  for (const [key, text] of lines) {
    if (told.get(key) === text) continue;
    told.set(key, text);
    news.push(text);
  }
  for (const key of told.keys()) {
    if (lines.has(key)) continue;
    told.delete(key);
    news.push(JSON.stringify({ type: 'gone', doorId: key }));
  }
  if (news.length === 0 && nowMs - watcher.toldAtMs >= limits.WATCH_BEAT_MS) news.push(BEAT);
  if (news.length === 0) return;
  watcher.toldAtMs = nowMs;
  socket.write(`${news.join('\n')}\n`);
}
