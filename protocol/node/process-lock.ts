// One process at a time on something outside: a lock file names the holder by number and start time. A holder that
// no longer runs has lost it, so that a killed process shuts nothing for ever; of processes that see one another's
// numbers, no two hold it at once. Those of other machines or containers that share the folder can't be told from dead.
import { createHash, randomUUID } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

export interface ProcessLock {
  /** Idempotent. */
  release(): void;
}

interface Holder {
  readonly pid: number;
  /** When the process began, where the platform says it: numbers are used again, in containers at once. */
  readonly began: string;
}

/** Paths that this very process holds: its own number in a file may also be that of a predecessor. */
const heldHere = new Set<string>();

/** Each attempt that fails took away a stale file, or found one gone before it could be read. */
const ATTEMPTS_MAX = 5;

/**
 * The lock, or the number of the process that holds it (0 where holders came and went too quickly to be read).
 * Throws what the file system throws; it must know hard links.
 */
export function takeProcessLock(path: string): ProcessLock | { readonly holderPid: number } {
  if (heldHere.has(path)) return { holderPid: process.pid };
  const draft = `${path}.${process.pid}`;
  rmSync(draft, { force: true });
  // `wx` and the fresh name: in a folder of several users nobody's link is followed. Others may read who holds it.
  writeFileSync(draft, JSON.stringify({ ...holderOf(process.pid), take: randomUUID() }), {
    flag: 'wx',
    mode: 0o644,
  });
  try {
    return takeWith(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

function takeWith(draft: string, path: string): ProcessLock | { readonly holderPid: number } {
  let holderPid = 0;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    if (linked(draft, path)) return held(path);
    const found = lookAt(path);
    holderPid = found.pid;
    if (found.state === 'held') break;
    if (found.state === 'gone') continue;
    const other = takeAway(draft, path, found.text);
    if (other !== undefined) return { holderPid: other };
  }
  return { holderPid };
}

/**
 * Removes the stale file of that text, or returns the number of the process that is about to. No two takes write the
 * same text, and each text has a guard of its own, under which it is read again: who is late finds another text, and
 * leaves it. So does the guard of a process that ended with it, which is a stale file like any other.
 */
function takeAway(draft: string, path: string, text: string): number | undefined {
  const guard = guardOf(path, text);
  if (linked(draft, guard)) {
    try {
      const now = lookAt(path);
      if (now.state === 'stale' && now.text === text) rmSync(path, { force: true });
    } finally {
      rmSync(guard, { force: true });
    }
    return undefined;
  }
  const other = lookAt(guard);
  if (other.state === 'held') return other.pid;
  return other.state === 'stale' ? takeAway(draft, guard, other.text) : undefined;
}

const GUARD_CHARACTERS = 16;

/** Where only who has this file may take away the one at `path`, as long as that has the text. */
export const guardOf = (path: string, text: string): string =>
  `${path}.${createHash('sha256').update(text).digest('hex').slice(0, GUARD_CHARACTERS)}`;

function held(path: string): ProcessLock {
  heldHere.add(path);
  let isHeld = true;
  return {
    release() {
      if (!isHeld) return; // By now somebody else may hold it.
      isHeld = false;
      rmSync(path, { force: true });
      heldHere.delete(path);
    },
  };
}

/** Linking puts the whole content in place or nothing, and fails where somebody was quicker. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

interface Found {
  readonly state: 'held' | 'stale' | 'gone';
  readonly pid: number;
  readonly text: string;
}

/** A file whose content names nobody is stale: a lock is never written in parts. */
function lookAt(path: string): Found {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return { state: 'gone', pid: 0, text: '' };
    throw error;
  }
  const holder = parseHolder(text);
  if (holder === undefined) return { state: 'stale', pid: 0, text };
  return { state: runs(holder) ? 'held' : 'stale', pid: holder.pid, text };
}

function parseHolder(text: string): Holder | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof raw !== 'object' || raw === null || !('pid' in raw) || !('began' in raw)) return undefined;
  const { pid, began } = raw;
  // Zero and less name groups of processes (kill(2)).
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return typeof began === 'string' ? { pid, began } : undefined;
}

function runs(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // Another user's process may not be signalled (EPERM), but is there.
    if (systemCode(error) === 'ESRCH') return false;
  }
  const { began, isDead } = processAt(holder.pid);
  if (isDead) return false;
  // Where nothing tells when a process began, our own number is a predecessor's: what we hold was asked before.
  if (began === '' || holder.began === '') return holder.pid !== process.pid;
  return holder.began === began;
}

const holderOf = (pid: number): Holder => ({ pid, began: processAt(pid).began });

/**
 * On Linux fields 22 (start time) and 3 (state) of /proc/PID/stat (proc_pid_stat(5)); elsewhere nothing. A dead
 * process whose parent has not asked for its end still has its number, in state Z.
 */
function processAt(pid: number): { readonly began: string; readonly isDead: boolean } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { began: fields[19] ?? '', isDead: fields[0] === 'Z' || fields[0] === 'X' };
  } catch {
    return { began: '', isDead: false };
  }
}

const systemCode = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;
