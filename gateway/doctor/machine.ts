// What this machine has for a real adapter. Only `--radio adapter` needs it: without that wish what is missing is a
// warning, and the virtual radio is the way on.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { check, type Check, type CheckStatus } from './check.ts';

export interface Machine {
  readonly platform: NodeJS.Platform;
  /** Without a `v`. */
  readonly nodeVersion: string;
  /** The kernel's own folders: `/` but in tests. */
  readonly root: string;
  /** Where the package of the adapter's sockets lies; undefined where it is not installed. */
  readonly socketPackage: string | undefined;
}

export interface AdapterWish {
  /** A real adapter is to be used: then what is missing is a failure. */
  readonly isWanted: boolean;
  /** hci number; undefined = the first. */
  readonly adapter: number | undefined;
}

const VIRTUAL = 'Use --radio virtual, which needs no Bluetooth.';

export function thisMachine(): Machine {
  const { platform, versions } = process;
  return { platform, nodeVersion: versions.node, root: '/', socketPackage: findSocketPackage() };
}

export function checkNode({ nodeVersion }: Machine): Check {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  const fits = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24;
  return fits
    ? check('node', 'ok', `Node ${nodeVersion}`)
    : check(
        'node',
        'fail',
        `Node ${nodeVersion} is not supported`,
        'Install Node 20.19 or later, 22.12 or later, or 24.',
      );
}

export function checkMachine(machine: Machine, wish: AdapterWish): Check[] {
  const bad: CheckStatus = wish.isWanted ? 'fail' : 'warn';
  const binding = checkBinding(machine, bad);
  if (machine.platform !== 'linux') {
    const detail = `what ${machine.platform} has is known only once the radio is used`;
    return [check('kernel-bluetooth', 'unknown', detail), check('adapter', 'unknown', detail), binding];
  }
  const kernel = checkKernel(machine, bad);
  if (kernel.status !== 'ok') return [kernel, binding];
  return [
    kernel,
    checkAdapter(machine, wish, bad),
    checkRfkill(machine, bad),
    checkPermission(machine, bad),
    binding,
  ];
}

function checkKernel(machine: Machine, bad: CheckStatus): Check {
  const id = 'kernel-bluetooth';
  if (existsSync(join(machine.root, 'sys/class/bluetooth')))
    return check(id, 'ok', 'the kernel has Bluetooth');
  const protocols = textOf(join(machine.root, 'proc/net/protocols'));
  if (protocols === undefined)
    return check(id, 'unknown', 'the kernel does not say which protocols it has', VIRTUAL);
  // proc_net(5): a line a protocol, HCI among them where AF_BLUETOOTH is there.
  if (/^HCI\s/m.test(protocols)) return check(id, 'ok', 'the kernel has Bluetooth');
  return check(
    id,
    bad,
    'the kernel has no Bluetooth, or its module is not loaded',
    `modprobe bluetooth. ${VIRTUAL}`,
  );
}

function checkAdapter(machine: Machine, { adapter }: AdapterWish, bad: CheckStatus): Check {
  const names = adaptersOf(machine);
  if (names.length === 0) return check('adapter', bad, 'there is no adapter', `Plug one in. ${VIRTUAL}`);
  const wanted = `hci${adapter ?? 0}`;
  if (adapter !== undefined && !names.includes(wanted)) {
    return check(
      'adapter',
      bad,
      `there is no ${wanted}`,
      `Choose one of ${names.join(', ')} with --adapter.`,
    );
  }
  // Whether it is up can only be asked through a socket, which the radio does as it opens.
  return check('adapter', 'ok', `${names.join(', ')}: present`);
}

function checkRfkill(machine: Machine, bad: CheckStatus): Check {
  const folder = join(machine.root, 'sys/class/rfkill');
  const blocked: string[] = [];
  for (const name of namesIn(folder) ?? []) {
    if (textOf(join(folder, name, 'type'))?.trim() !== 'bluetooth') continue;
    const isBlocked = ['soft', 'hard'].some((kind) => textOf(join(folder, name, kind))?.trim() === '1');
    if (isBlocked) blocked.push(textOf(join(folder, name, 'name'))?.trim() ?? name);
  }
  return blocked.length === 0
    ? check('rfkill', 'ok', 'no adapter is blocked')
    : check(
        'rfkill',
        bad,
        `${blocked.join(', ')} blocked`,
        'rfkill unblock bluetooth, or the switch on the machine.',
      );
}

/** capability(7): bits of the effective set. */
const CAP_NET_ADMIN = 12n;
const CAP_NET_RAW = 13n;

function checkPermission(machine: Machine, bad: CheckStatus): Check {
  const id = 'adapter-permission';
  const status = textOf(join(machine.root, 'proc/self/status')) ?? '';
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  if (effective === undefined) return check(id, 'unknown', 'the kernel does not say what this process may');
  const bits = BigInt(`0x${effective}`);
  const may = [CAP_NET_ADMIN, CAP_NET_RAW].every((bit) => ((bits >> bit) & 1n) === 1n);
  return may
    ? check(id, 'ok', 'this process may use raw Bluetooth sockets')
    : check(
        id,
        bad,
        'this process may not use raw Bluetooth sockets',
        'sudo setcap cap_net_raw,cap_net_admin+eip "$(readlink -f "$(which node)")": then every program run by this Node may. ' +
          'Under systemd: AmbientCapabilities=CAP_NET_RAW CAP_NET_ADMIN.',
      );
}

function checkBinding({ socketPackage }: Machine, bad: CheckStatus): Check {
  const id = 'native-binding';
  if (socketPackage === undefined) {
    return check(
      id,
      bad,
      'the package of the adapter’s sockets is not installed',
      'npm ci, then npm run build:native.',
    );
  }
  const places = ['build/Release', 'prebuilds', 'lib/binding'];
  const isBuilt = places.some((place) => holdsBinding(join(socketPackage, place)));
  return isBuilt
    ? check(id, 'ok', 'the sockets for a real adapter are built')
    : check(
        id,
        bad,
        'the sockets for a real adapter are not built',
        'npm run build:native, which needs a C++ compiler.',
      );
}

function holdsBinding(folder: string, depth = 3): boolean {
  if (depth === 0) return false;
  return (namesIn(folder) ?? []).some(
    (name) => name.endsWith('.node') || holdsBinding(join(folder, name), depth - 1),
  );
}

const adaptersOf = (machine: Machine): string[] =>
  (namesIn(join(machine.root, 'sys/class/bluetooth')) ?? []).filter((name) => /^hci\d+$/.test(name)).sort();

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
