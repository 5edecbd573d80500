// Files that are there whole or not at all, and last once they are there. Every error of the file system is thrown
// as it comes; what was begun is taken away first.
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** All bytes: one write may take fewer than it was given, as on a disk that is nearly full. From `position`, or on. */
export function writeFully(fd: number, bytes: Uint8Array, position?: number): void {
  for (let done = 0; done < bytes.length;) {
    const at = position === undefined ? null : position + done;
    done += writeSync(fd, bytes, done, bytes.length - done, at);
  }
}

/** Of Linux, macOS and the BSDs, where a file system does not sync folders (fsync(2)). */
const NO_FOLDER_SYNC = ['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/** A new name lasts once its folder is synced. Where a platform can't, as Windows, the name has to do. */
export function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (!NO_FOLDER_SYNC.includes(String(code))) throw error;
  } finally {
    closeSync(fd);
  }
}

/** Throws EEXIST where there is one. Durable when it returns, but for the name: see `syncFolder`. */
export function writeNewFile(path: string, bytes: Uint8Array, mode: number): void {
  const fd = openSync(path, 'wx', mode);
  try {
    try {
      writeFully(fd, bytes);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}

/** A draft of a writer that was killed is taken away. Returns its path, which stands in the same folder. */
export function writeDraft(path: string, bytes: Uint8Array, mode: number): string {
  const draft = `${path}.draft`;
  rmSync(draft, { force: true });
  writeNewFile(draft, bytes, mode);
  return draft;
}

/**
 * Durable when it returns. For one writer at a time. Where it throws, the old file is in place; only where the
 * folder alone could not be synced it is the new one, which a crash may take back.
 */
export function replaceFile(path: string, bytes: Uint8Array, mode: number): void {
  const draft = writeDraft(path, bytes, mode);
  try {
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}
