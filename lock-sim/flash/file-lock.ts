// One process at a time on a file: a lock file beside it names the holder. A holder that no longer runs has
// lost it, so that a killed process does not shut its file for ever.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

export interface FileLock {
  /** Idempotent. */
  release(): void;
}

/** Paths this very process holds: its own number in a lock file may be that of a predecessor. */
const heldHere = new Set<string>();

const TAKE_ATTEMPTS = 3;

/** The lock, or the number of the process that holds it. Throws what the file system throws. */
export function takeFileLock(path: string): FileLock | { readonly holderPid: number } {
  const lockPath = `${path}.lock`;
  if (heldHere.has(lockPath)) return { holderPid: process.pid };
  const draftPath = `${lockPath}.${process.pid}`;
  let holderPid = 0;
  writeFileSync(draftPath, JSON.stringify(holderOf(process.pid)));
  try {
    for (let attempt = 0; attempt < TAKE_ATTEMPTS; attempt++) {
      if (linkAtomically(draftPath, lockPath)) {
        heldHere.add(lockPath);
        return { release: () => release(lockPath) };
      }
      const holder = readHolder(lockPath);
      if (holder !== undefined) {
        holderPid = holder.pid;
        if (isRunning(holder)) break;
      }
      retireStale(lockPath, holder);
    }
    return { holderPid };
  } finally {
    rmSync(draftPath, { force: true });
  }
}

interface Holder {
  readonly pid: number;
  /** When the process began, where the platform says it: numbers are used again, in containers at once. */
  readonly began: string;
}

function release(lockPath: string): void {
  if (!heldHere.delete(lockPath)) return;
  rmSync(lockPath, { force: true });
}

function linkAtomically(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Moves the stale lock away; where somebody was quicker and holds it by now, gives it back. */
function retireStale(lockPath: string, stale: Holder | undefined): void {
  const retiredPath = `${lockPath}.${process.pid}.stale`;
  try {
    renameSync(lockPath, retiredPath);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  const moved = readHolder(retiredPath);
  if (moved?.pid !== stale?.pid || moved?.began !== stale?.began) linkAtomically(retiredPath, lockPath);
  rmSync(retiredPath, { force: true });
}

function readHolder(lockPath: string): Holder | undefined {
  try {
    const raw: unknown = JSON.parse(readFileSync(lockPath, 'utf8'));
    if (typeof raw !== 'object' || raw === null || !('pid' in raw) || !('began' in raw)) return undefined;
    const { pid, began } = raw;
    return typeof pid === 'number' && typeof began === 'string' ? { pid, began } : undefined;
  } catch {
    return undefined;
  }
}

function isRunning(holder: Holder): boolean {
  if (holder.pid === process.pid) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false;
  }
  return holder.began === '' || holder.began === holderOf(holder.pid).began;
}

/** On Linux field 22 of /proc/PID/stat (proc_pid_stat(5)); elsewhere nothing. */
function holderOf(pid: number): Holder {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const began = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    return { pid, began };
  } catch {
    return { pid, began: '' };
  }
}

const errorCode = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;
