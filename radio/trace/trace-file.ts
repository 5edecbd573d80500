// A trace on the disk. Each record is written whole as it comes, so that what a killed process leaves behind can be read;
// a disk that takes no more ends the trace and not what is traced, and that is told once.
import { closeSync, ftruncateSync, lstatSync, openSync, writeSync } from 'node:fs';
import type { Clock } from '#protocol/ports/clock.ts';
import { RadioError } from '../ports/errors.ts';
import type { PacketDirection, TraceFormat } from './btsnoop.ts';
import { btsnoopHeader, h4Record, monitorRecord, newIndexRecord } from './btsnoop.ts';

/** The packets of one controller, in their order. */
export type PacketTrace = (packet: Uint8Array, direction: PacketDirection) => void;

export interface TraceFileOptions {
  readonly clock: Clock;
  readonly format: TraceFormat;
  /** Once, in a sentence: the trace ended before what it traces. */
  readonly onTrouble: (message: string) => void;
  readonly bytesMax?: number;
  /** As the system's; tests have a disk that is full. */
  readonly write?: (file: number, bytes: Buffer, from: number, position: number) => number;
}

/** What passes is sealed, but who meets whom and when is there. */
const MODE = 0o600;
/** Days of an idle lock, an hour of syncs at the link's limit. */
const TRACE_BYTES_MAX = 1024 * 1024 * 1024;
/** An index is 16 bits wide, and the last names no controller. */
const INDEX_MAX = 0xfffe;

export class TraceFile {
  readonly path: string;
  readonly #options: TraceFileOptions;
  readonly #write: NonNullable<TraceFileOptions['write']>;
  #file: number | undefined;
  #bytes = 0;
  #controllers = 0;

  /** Throws TRACE_EXISTS where there is such a file, TRACE_UNWRITABLE where there can be none. */
  constructor(path: string, options: TraceFileOptions) {
    this.path = path;
    this.#options = options;
    this.#write = options.write ?? ((file, bytes, from, at) => writeSync(file, bytes, from, undefined, at));
    this.#file = created(path);
    this.#append(btsnoopHeader(options.format));
  }

  /** The trace of one more controller; with format `h4` there is one. */
  controller(address = '000000000000', name = 'doorlab'): PacketTrace {
    const { clock, format } = this.#options;
    if (format === 'h4')
      return (packet, direction) => this.#append(h4Record(packet, direction, clock.nowMs()));
    const index = Math.min(this.#controllers++, INDEX_MAX);
    this.#append(newIndexRecord(index, address, name, clock.nowMs()));
    return (packet, direction) => {
      const record = monitorRecord(index, packet, direction, clock.nowMs());
      if (record !== undefined) this.#append(record);
    };
  }

  /** Idempotent. What comes later is not written. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #append(bytes: Buffer): void {
    if (this.#file === undefined) return;
    const { bytesMax = TRACE_BYTES_MAX } = this.#options;
    if (this.#bytes + bytes.length > bytesMax) {
      this.#end(this.#file, `it holds ${this.#bytes} bytes`);
      return;
    }
    try {
      for (let from = 0; from < bytes.length;) {
        from += this.#write(this.#file, bytes, from, this.#bytes + from);
      }
      this.#bytes += bytes.length;
    } catch (error) {
      this.#end(this.#file, error instanceof Error ? error.message : String(error));
    }
  }

  /** Half a record would be taken for damage: what is left ends with a whole one. */
  #end(file: number, why: string): void {
    try {
      ftruncateSync(file, this.#bytes);
    } catch {
      // The same disk: readers stop at the half record.
    }
    this.close();
    this.#options.onTrouble(`The trace ${this.path} ends here, and the rest goes on without it: ${why}.`);
  }
}

function created(path: string): number {
  try {
    // `wx`: neither a file nor a link of anybody is written over.
    return openSync(path, 'wx', MODE);
  } catch (cause) {
    if ((cause as { code?: unknown }).code === 'EEXIST') {
      const kind = kindOf(path);
      throw new RadioError('TRACE_EXISTS', `there is a ${kind} ${path} already`, {
        cause,
        // Nobody is told to delete a device.
        next:
          kind === 'file'
            ? 'Name another file for --btsnoop, or delete that one: a trace is never written over.'
            : 'Name a new file for --btsnoop: a trace is written to nothing that is there.',
      });
    }
    throw new RadioError('TRACE_UNWRITABLE', `the trace ${path} can't be written`, {
      cause,
      next: 'Check the folder of the file given with --btsnoop.',
    });
  }
}

/** Of what has the name; a link is told as one, wherever it leads. */
function kindOf(path: string): 'file' | 'folder' | 'link' | 'device' | 'pipe' | 'socket' {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined || found.isFile()) return 'file';
  if (found.isDirectory()) return 'folder';
  if (found.isSymbolicLink()) return 'link';
  if (found.isCharacterDevice() || found.isBlockDevice()) return 'device';
  if (found.isFIFO()) return 'pipe';
  return 'socket';
}
