// A Unix socket for its owner alone: made under a umask, for whoever connects between bind and chmod would be in. One that a killed
// process left is taken away; nobody else's is, nor anything that is no socket.
import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import process from 'node:process';
import { isMainThread } from 'node:worker_threads';

const OWNER_ONLY = 0o600;
const OWNER_ONLY_UMASK = 0o177;
/** For a connection on this machine; who lets it wait is there. */
const PROBE_DEADLINE_MS = 2_000;

/** Rejects with the system's error. */
export async function listenForOwner(server: Server, path: string): Promise<void> {
  const listening = new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', reject);
  });
  // It is bound before this returns. The mask is the process's: a worker has none.
  const mask = isMainThread ? process.umask(OWNER_ONLY_UMASK) : undefined;
  try {
    server.listen(path);
  } finally {
    if (mask !== undefined) process.umask(mask);
  }
  await listening;
  if (process.platform !== 'win32') chmodSync(path, OWNER_ONLY);
}

/** `free`: nothing is there, any more. */
export async function clearStaleSocket(path: string): Promise<'free' | 'taken' | 'not-a-socket'> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 'free';
  if (!found.isSocket()) return 'not-a-socket';
  if (found.uid !== process.getuid?.() || (await isListening(path))) return 'taken';
  rmSync(path, { force: true });
  return 'free';
}

/** One that is busy, does not answer, or that only others may open, is alive. */
function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ path });
    const end = (isAlive: boolean): void => {
      probe.destroy();
      resolve(isAlive);
    };
    probe.setTimeout(PROBE_DEADLINE_MS, () => end(true));
    probe.once('connect', () => end(true));
    probe.once('error', (error: NodeJS.ErrnoException) =>
      end(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
    );
  });
}
