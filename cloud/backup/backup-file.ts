// A backup as one file: a line with the digest of all that follows, a line that says what it is, and the database as
// its own tool writes it. It is there whole or not at all, its owner's alone, and nothing of it is used before the
// digest fits.
import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  createWriteStream,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { utf8 } from '#protocol/bytes.ts';
import { syncFolder } from '#protocol/node/durable-file.ts';
import { jsonOf } from '../json-text.ts';
import { BackupError } from './backup-error.ts';

const MAGIC = 'doorlab-backup-1';
/** "doorlab-backup-1 <64 hex digits>\n" */
const FIRST_LINE_BYTES = MAGIC.length + 1 + 64 + 1;
const FIRST_LINE = new RegExp(`^${MAGIC} ([0-9a-f]{64})\n$`);
const HEADER_MAX_BYTES = 4_096;
const FILE_MODE = 0o600;

const BackupHeader = z.object({
  database: z.enum(['sqlite', 'postgres']),
  migration: z.int().min(1),
  madeAtS: z.int(),
});
export type BackupHeader = z.infer<typeof BackupHeader>;

/** Throws BACKUP_EXISTS. */
export function requireNewFile(file: string): void {
  if (!existsSync(file)) return;
  throw new BackupError('BACKUP_EXISTS', `${file} is there already and is not overwritten`, {
    next: 'Name another file.',
  });
}

/** `dump`: the database's own file. Durable when it resolves; returns its digest. */
export async function writeBackup(file: string, header: BackupHeader, dump: string): Promise<string> {
  const second = utf8(`${JSON.stringify(header)}\n`);
  const digest = await digestOf(second, dump, 0);
  const draft = `${file}.draft`;
  rmSync(draft, { force: true });
  try {
    const first = utf8(`${MAGIC} ${digest}\n`);
    await pipeline(
      Readable.from(whole([first, second], dump)),
      createWriteStream(draft, { flags: 'wx', mode: FILE_MODE }),
    );
    syncFile(draft);
    requireNewFile(file);
    renameSync(draft, file);
    syncFolder(dirname(file));
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  return digest;
}

export interface OpenBackup {
  readonly header: BackupHeader;
  /** Where the database's own bytes begin. */
  readonly offset: number;
}

/** Reads it whole once. Throws BACKUP_INVALID, and what the file system says. */
export async function openBackup(file: string): Promise<OpenBackup> {
  const start = await readStart(file);
  const digest = FIRST_LINE.exec(start.subarray(0, FIRST_LINE_BYTES).toString('latin1'))?.[1];
  const end = start.indexOf(0x0a, FIRST_LINE_BYTES);
  if (digest === undefined || end === -1) throw invalid(`${file} is no backup of Doorlab`);
  const second = start.subarray(FIRST_LINE_BYTES, end + 1);
  const offset = end + 1;
  if ((await digestOf(second, file, offset)) !== digest) {
    throw invalid(`${file} is not as it was made: bytes are missing or others`);
  }
  const header = BackupHeader.safeParse(jsonOf(second.toString('utf8')));
  if (!header.success) throw invalid(`${file} does not say what it is`);
  return { header: header.data, offset };
}

/** The database's own bytes as a file of their own, durable. */
export async function extractDump(file: string, offset: number, target: string): Promise<void> {
  rmSync(target, { force: true });
  await pipeline(
    createReadStream(file, { start: offset }),
    createWriteStream(target, { flags: 'wx', mode: FILE_MODE }),
  );
  syncFile(target);
}

const invalid = (message: string): BackupError =>
  new BackupError('BACKUP_INVALID', message, { next: 'Take another backup. Nothing was changed.' });

async function readStart(file: string): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const buffer = Buffer.alloc(FIRST_LINE_BYTES + HEADER_MAX_BYTES);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function digestOf(head: Uint8Array, file: string, offset: number): Promise<string> {
  const hash = createHash('sha256').update(head);
  for await (const part of createReadStream(file, { start: offset })) hash.update(part as Buffer);
  return hash.digest('hex');
}

async function* whole(lines: readonly Uint8Array[], dump: string): AsyncGenerator<Uint8Array> {
  yield* lines;
  for await (const part of createReadStream(dump)) yield part as Buffer;
}

function syncFile(path: string): void {
  const fd = openSync(path, 'r+');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
