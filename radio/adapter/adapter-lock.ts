// One process an adapter: two that speak raw HCI to one corrupt each other. A file per adapter names the process
// that holds it; one whose process is gone is taken over.
import { mkdirSync, openSync, closeSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { RadioError } from '../ports/errors.ts';

export interface AdapterLock {
  /** Idempotent. */
  release(): void;
}

/** Machine-wide, so that the processes of every user meet here. */
const DEFAULT_FOLDER = path.join(tmpdir(), 'doorlab-adapters');

/** Throws ADAPTER_BUSY where another process, or this one, holds the adapter. */
export function lockAdapter(adapterIndex: number, folder = DEFAULT_FOLDER): AdapterLock {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `hci${adapterIndex}.lock`);
  if (!create(file)) takeOver(file, adapterIndex);
  let held = true;
  return {
    release() {
      if (held) rmSync(file, { force: true });
      held = false;
    },
  };
}

/** The holder may be gone. Only one process looks at a time: the other finds the guard and calls the adapter busy. */
function takeOver(file: string, adapterIndex: number): void {
  const guard = `${file}.guard`;
  if (!create(guard)) {
    if (isAlive(holderOf(guard))) throw busy(file, adapterIndex, holderOf(guard));
    rmSync(guard, { force: true });
    throw busy(file, adapterIndex, undefined);
  }
  try {
    const holder = holderOf(file);
    if (isAlive(holder)) throw busy(file, adapterIndex, holder);
    rmSync(file, { force: true });
    if (!create(file)) throw busy(file, adapterIndex, holderOf(file));
  } finally {
    rmSync(guard, { force: true });
  }
}

function create(file: string): boolean {
  try {
    const descriptor = openSync(file, 'wx', 0o644);
    writeSync(descriptor, String(process.pid));
    closeSync(descriptor);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function holderOf(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process may not be signalled, but is there.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function busy(file: string, adapterIndex: number, pid: number | undefined): RadioError {
  const holder = pid === undefined ? 'another process' : `process ${pid}`;
  return new RadioError('ADAPTER_BUSY', `adapter hci${adapterIndex} is held by ${holder}`, {
    next: `Stop it or choose another adapter with --adapter; if nothing runs, delete ${file}.`,
  });
}
