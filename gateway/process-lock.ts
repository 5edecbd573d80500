// One process at a time on a folder: a lock file names the holder. A holder that no longer runs has lost it, so that
// a killed gateway does not shut its journal for ever.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

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

/** Each attempt that fails found a stale lock and moved it away, or lost a race for it. */
const ATTEMPTS_MAX = 5;

/** The lock, or the number of the process that holds it. Throws what the file system throws. */
export function takeProcessLock(path: string): ProcessLock | { readonly holderPid: number } {
  if (heldHere.has(path)) return { holderPid: process.pid };
  const draft = `${path}.${process.pid}`;
  let holderPid = 0;
  writeFileSync(draft, JSON.stringify(holderOf(process.pid)), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      if (linked(draft, path)) {
        heldHere.add(path);
        return {
          release() {
            if (heldHere.delete(path)) rmSync(path, { force: true });
          },
        };
      }
      const holder = readHolder(path);
      holderPid = holder?.pid ?? holderPid;
      if (holder !== undefined && runs(holder)) break;
      moveAway(path, holder);
    }
    return { holderPid };
  } finally {
    rmSync(draft, { force: true });
  }
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

/** Where the file moved was no longer the stale one, it goes back. */
function moveAway(path: string, stale: Holder | undefined): void {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw error;
  }
  const moved = readHolder(aside);
  if (moved?.pid !== stale?.pid || moved?.began !== stale?.began) linked(aside, path);
  rmSync(aside, { force: true });
}

function readHolder(path: string): Holder | undefined {
  try {
    const raw: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof raw !== 'object' || raw === null || !('pid' in raw) || !('began' in raw)) return undefined;
    const { pid, began } = raw;
    return typeof pid === 'number' && typeof began === 'string' ? { pid, began } : undefined;
  } catch {
    return undefined;
  }
}

function runs(holder: Holder): boolean {
  if (holder.pid === process.pid) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (systemCode(error) === 'ESRCH') return false;
  }
  const { began, isDead } = lookAt(holder.pid);
  return !isDead && (holder.began === '' || holder.began === began);
}

const holderOf = (pid: number): Holder => ({ pid, began: lookAt(pid).began });

/**
 * On Linux fields 22 (start time) and 3 (state) of /proc/PID/stat (proc_pid_stat(5)); elsewhere nothing. A dead
 * process whose parent has not asked for its end still has its number, in state Z.
 */
function lookAt(pid: number): { began: string; isDead: boolean } {
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
