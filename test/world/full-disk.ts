// A disk that takes no more, below one folder: writes there fail as the system has them fail, the first of them with half of
// what it was given, or from a chosen write of a journal on. Everything else in the process writes as always.
import fs from 'node:fs';
import { open } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { sep } from 'node:path';

interface Handle {
  readonly fd: number;
  appendFile(data: Uint8Array): Promise<void>;
}

export class FullDisk {
  /** Writes of a journal that still find room; undefined: all, and all others too. */
  room: number | undefined;
  readonly #folder: string;
  readonly #real = { openSync: fs.openSync, writeSync: fs.writeSync, writeFileSync: fs.writeFileSync };
  readonly #fds = new Map<number, string>();
  #handles: Handle | undefined;
  #append: Handle['appendFile'] | undefined;

  private constructor(folder: string) {
    this.#folder = folder + sep;
  }

  static async below(folder: string): Promise<FullDisk> {
    const self = new FullDisk(folder);
    const probe = await open(process.execPath);
    self.#put(Object.getPrototypeOf(probe) as Handle);
    await probe.close();
    return self;
  }

  restore(): void {
    Object.assign(fs, this.#real);
    syncBuiltinESMExports();
    if (this.#handles !== undefined && this.#append !== undefined) this.#handles.appendFile = this.#append;
  }

  #isFull = (): boolean => this.room !== undefined && this.room <= 0;

  #put(handles: Handle): void {
    const { openSync, writeSync, writeFileSync } = this.#real;
    fs.openSync = (...args) => {
      const fd = openSync(...args);
      this.#fds.set(fd, String(args[0]));
      return fd;
    };
    fs.writeSync = (fd: number, ...args: unknown[]) => {
      if (this.#isFull() && this.#fds.get(fd)?.startsWith(this.#folder) === true) throw noSpace();
      return Reflect.apply(writeSync, fs, [fd, ...args]) as number;
    };
    fs.writeFileSync = (...args) => {
      if (this.#isFull() && typeof args[0] === 'string' && args[0].startsWith(this.#folder)) throw noSpace();
      writeFileSync(...args);
    };
    syncBuiltinESMExports();
    this.#handles = handles;
    const append = (this.#append = handles.appendFile);
    const takes = (fd: number): boolean => this.#takesAppend(fd);
    handles.appendFile = async function (data) {
      if (takes(this.fd)) return append.call(this, data);
      writeSync(this.fd, data.subarray(0, data.length >> 1));
      throw noSpace();
    };
  }

  /** Counts it. */
  #takesAppend(fd: number): boolean {
    if (this.room === undefined) return true;
    const path = fs.readlinkSync(`/proc/self/fd/${fd}`);
    if (!path.startsWith(this.#folder)) return true;
    return this.room-- > 0;
  }
}

const noSpace = (): Error =>
  Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', errno: -28 });
