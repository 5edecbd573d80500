// One process an adapter: two that speak raw HCI to one corrupt each other. The lock files of all adapters lie in one
// folder of the machine, so that the processes of every user meet there.
import { chmodSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { takeProcessLock, type ProcessLock } from '#protocol/node/process-lock.ts';
import { RadioError } from '../ports/errors.ts';

const DEFAULT_FOLDER = path.join(tmpdir(), 'doorlab-adapters');

/** As /tmp itself: everybody makes files there, and removes only their own. */
const FOLDER_MODE = 0o1777;

/** Throws ADAPTER_BUSY where another process, or this one, holds the adapter. */
export function lockAdapter(adapterIndex: number, folder = DEFAULT_FOLDER): ProcessLock {
  const file = path.join(folder, `hci${adapterIndex}.lock`);
  let taken: ReturnType<typeof takeProcessLock>;
  try {
    // mkdir alone would take the umask's bits away.
    if (mkdirSync(folder, { recursive: true }) !== undefined) chmodSync(folder, FOLDER_MODE);
    taken = takeProcessLock(file);
  } catch (cause) {
    // A file that another user's process left behind.
    throw new RadioError('ADAPTER_BUSY', `the lock file of adapter hci${adapterIndex} can't be taken`, {
      cause,
      next: `If nothing uses the adapter, delete ${file} as the user who owns it, or as root.`,
    });
  }
  if ('release' in taken) return taken;
  throw new RadioError('ADAPTER_BUSY', `adapter hci${adapterIndex} is held by process ${taken.holderPid}`, {
    next: `Stop it or choose another adapter with --adapter; if nothing runs, delete ${file}.`,
  });
}
