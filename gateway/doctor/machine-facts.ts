// What this machine has for a real adapter, looked up: a record of facts, and nothing is judged here. What the kernel does
// not say stays undefined.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ProbeFacts } from './adapter-probe.ts';

/** Where to look. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  /** Without a `v`. */
  readonly nodeVersion: string;
  /** The kernel's own folders: `/` but in tests. */
  readonly root: string;
  /** Where the package of the adapter's sockets lies; undefined where it is not installed. */
  readonly socketPackage: string | undefined;
  /** Lock files of adapters in use. */
  readonly lockFolder: string;
}

export interface MachineFacts {
  readonly platform: NodeJS.Platform;
  readonly nodeVersion: string;
  readonly hasKernelBluetooth: boolean | undefined;
  readonly adapters: readonly string[];
  /** Adapters, by rfkill's names. */
  readonly blocked: readonly string[];
  readonly mayUseSockets: boolean | undefined;
  readonly binding: 'built' | 'not-built' | 'not-installed';
  /** The process of the system's own Bluetooth service. */
  readonly serviceProcess: number | undefined;
  /** Adapters that another process of Doorlab uses. */
  readonly holders: readonly { readonly adapter: string; readonly pid: number }[];
  /** Undefined where it was not asked. */
  readonly probe: ProbeFacts | undefined;
}

export function thisMachine(): Machine {
  const { platform, versions } = process;
  const lockFolder = join(tmpdir(), 'doorlab-adapters');
  return { platform, nodeVersion: versions.node, root: '/', socketPackage: findSocketPackage(), lockFolder };
}

/** Reads files alone: the probe is the caller's. */
export function lookAt(machine: Machine): MachineFacts {
  const { platform, nodeVersion, root } = machine;
  return {
    platform,
    nodeVersion,
    hasKernelBluetooth: kernelBluetooth(root),
    adapters: (namesIn(join(root, 'sys/class/bluetooth')) ?? [])
      .filter((name) => /^hci\d+$/.test(name))
      .sort(),
    blocked: blockedIn(join(root, 'sys/class/rfkill')),
    mayUseSockets: mayUseSockets(root),
    binding: bindingOf(machine),
    serviceProcess: serviceIn(join(root, 'proc')),
    holders: holdersIn(machine),
    probe: undefined,
  };
}

function kernelBluetooth(root: string): boolean | undefined {
  if (existsSync(join(root, 'sys/class/bluetooth'))) return true;
  const protocols = textOf(join(root, 'proc/net/protocols'));
  // proc_net(5): a line a protocol, HCI among them where AF_BLUETOOTH is there.
  return protocols === undefined ? undefined : /^HCI\s/m.test(protocols);
}

function blockedIn(folder: string): string[] {
  const blocked: string[] = [];
  for (const name of namesIn(folder) ?? []) {
    if (textOf(join(folder, name, 'type'))?.trim() !== 'bluetooth') continue;
    const isBlocked = ['soft', 'hard'].some((kind) => textOf(join(folder, name, kind))?.trim() === '1');
    if (isBlocked) blocked.push(textOf(join(folder, name, 'name'))?.trim() ?? name);
  }
  return blocked;
}

/** capability(7): bits of the effective set. */
const CAP_NET_ADMIN = 12n;
const CAP_NET_RAW = 13n;

function mayUseSockets(root: string): boolean | undefined {
  const status = textOf(join(root, 'proc/self/status')) ?? '';
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  if (effective === undefined) return undefined;
  const bits = BigInt(`0x${effective}`);
  return [CAP_NET_ADMIN, CAP_NET_RAW].every((bit) => ((bits >> bit) & 1n) === 1n);
}

function bindingOf({ socketPackage }: Machine): MachineFacts['binding'] {
  if (socketPackage === undefined) return 'not-installed';
  const places = ['build/Release', 'prebuilds', 'lib/binding'];
  return places.some((place) => holdsBinding(join(socketPackage, place))) ? 'built' : 'not-built';
}

function holdsBinding(folder: string, depth = 3): boolean {
  if (depth === 0) return false;
  return (namesIn(folder) ?? []).some(
    (name) => name.endsWith('.node') || holdsBinding(join(folder, name), depth - 1),
  );
}

/** proc(5): the name of each process stands in its `comm`. */
function serviceIn(proc: string): number | undefined {
  const found = (namesIn(proc) ?? []).find(
    (name) => /^\d+$/.test(name) && textOf(join(proc, name, 'comm'))?.trim() === 'bluetoothd',
  );
  return found === undefined ? undefined : Number(found);
}

/** A file that a process left behind as it died names nobody who runs. */
function holdersIn({ lockFolder, root }: Machine): MachineFacts['holders'] {
  return (namesIn(lockFolder) ?? []).flatMap((name) => {
    const adapter = /^(hci\d+)\.lock$/.exec(name)?.[1];
    const pid = Number(/"pid":(\d+)/.exec(textOf(join(lockFolder, name)) ?? '')?.[1] ?? 0);
    const runs = existsSync(join(root, 'proc', String(pid)));
    return adapter !== undefined && pid > 0 && pid !== process.pid && runs ? [{ adapter, pid }] : [];
  });
}

function namesIn(folder: string): string[] | undefined {
  try {
    return readdirSync(folder);
  } catch {
    return undefined;
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Resolved and never loaded: where the kernel has no Bluetooth, loading it throws. */
function findSocketPackage(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve('@abandonware/bluetooth-hci-socket/package.json'));
  } catch {
    return undefined;
  }
}
