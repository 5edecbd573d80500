// What a run on a real kernel needs of the machine: Debian's packages, a kernel with Bluetooth, and the native HCI socket.
// Installs by itself as root in CI or a container; otherwise names the one command. Uses Node built-ins alone.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../setup.mjs';

export const CACHE = path.join(ROOT, 'node_modules', '.cache', 'doorlab-kernel');

/** Installed, since they run here or in the guest, whose root is this machine's. */
const PACKAGES = {
  'qemu-system-x86': '/usr/bin/qemu-system-x86_64',
  bluez: '/usr/bin/btmon',
  'bluez-test-tools': '/usr/bin/btvirt',
  kmod: '/sbin/modprobe',
  iproute2: '/sbin/ip',
  dbus: '/usr/bin/dbus-daemon',
  'python3-dbus': '/usr/lib/python3/dist-packages/dbus/__init__.py',
  'python3-gi': '/usr/lib/python3/dist-packages/gi/__init__.py',
};
/** Only unpacked. The cloud flavour of the kernel has no Bluetooth. */
const KERNEL_PACKAGE = /^linux-image-6\.1\.0-\d+-amd64$/;
const BUSYBOX_PACKAGE = 'busybox-static';
const NATIVE = path.join(ROOT, 'node_modules/@abandonware/bluetooth-hci-socket/lib/binding');
const APT_DEADLINE_MS = 300_000;
const BUILD_DEADLINE_MS = 300_000;

const flag = (value) => !['', '0', 'false', undefined].includes(value);
const inContainer =
  existsSync('/.dockerenv') || existsSync('/run/.containerenv') || flag(process.env.container);
const mayInstall = process.getuid?.() === 0 && (flag(process.env.CI) || inContainer);

/** `{ kernel, modules, busybox, release }`, or `{ missing, next }`: a sentence and a command. */
export function kernelParts() {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return {
      missing: `the guest is a Linux on x64, this is ${process.platform} on ${process.arch}`,
      next: '',
    };
  const absent = absentPackages();
  if (absent.length > 0) {
    const install = ['install', '-y', '--no-install-recommends', ...absent];
    if (mayInstall) apt(install);
    if (absentPackages().length > 0)
      return { missing: `packages: ${absentPackages().join(', ')}`, next: `apt-get ${install.join(' ')}` };
  }
  return withNativeSocket() ?? unpackedKernel();
}

function absentPackages() {
  return Object.entries(PACKAGES).flatMap(([name, file]) => (existsSync(file) ? [] : [name]));
}

function withNativeSocket() {
  if (existsSync(NATIVE)) return undefined;
  run('npm', ['run', '--silent', 'build:native'], { cwd: ROOT, timeout: BUILD_DEADLINE_MS });
  if (existsSync(NATIVE)) return undefined;
  return { missing: 'the native HCI socket, which needs a C++ compiler', next: 'npm run build:native' };
}

/** Downloaded once into the cache, beside, and put in place by a rename. */
function unpackedKernel() {
  const place = path.join(CACHE, 'debian');
  if (!existsSync(place)) {
    const half = `${place}.${process.pid}`;
    mkdirSync(half, { recursive: true });
    unpack(half, kernelPackage());
    // Lists that are missing, or older than what the archive still has.
    if (filesOf(half) === undefined && mayInstall && apt(['update'])) unpack(half, kernelPackage());
    if (filesOf(half) === undefined) {
      rmSync(half, { recursive: true, force: true });
      return {
        missing: 'a Debian kernel with Bluetooth (linux-image-6.1.0-*-amd64) and busybox-static',
        next: 'apt-get update, on a Debian 12',
      };
    }
    renameSync(half, place);
  }
  return filesOf(place);
}

function filesOf(place) {
  const modules = path.join(place, 'lib', 'modules');
  const release = existsSync(modules) ? readdirSync(modules)[0] : undefined;
  const busybox = path.join(place, 'bin', 'busybox');
  const kernel = path.join(place, 'boot', `vmlinuz-${release}`);
  return existsSync(busybox) && existsSync(kernel) ? { place, release, busybox, kernel } : undefined;
}

/** The newest that this machine's lists name. */
function kernelPackage() {
  const { stdout } = spawnSync('apt-cache', ['depends', 'linux-image-amd64'], { encoding: 'utf8' });
  const names = (stdout ?? '').split('\n').map((line) => line.replace(/^.*: /, '').trim());
  return names.find((name) => KERNEL_PACKAGE.test(name));
}

function unpack(folder, name) {
  if (name === undefined) return;
  run('apt-get', ['download', name, BUSYBOX_PACKAGE], { cwd: folder, timeout: APT_DEADLINE_MS });
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb'))) {
    run('dpkg', ['-x', file, '.'], { cwd: folder, timeout: APT_DEADLINE_MS });
    rmSync(path.join(folder, file));
  }
  const release = filesOf(folder)?.release;
  if (release !== undefined) run('depmod', ['-b', folder, release], { timeout: APT_DEADLINE_MS });
}

function apt(args) {
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, timeout: APT_DEADLINE_MS };
  if (run('apt-get', args, options)) return true;
  return args[0] !== 'update' && run('apt-get', ['update'], options) && run('apt-get', args, options);
}

/** Its output goes to stderr: it is no result. */
function run(command, args, options) {
  const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
  const env = { ...process.env, ...options.env, PATH };
  return spawnSync(command, args, { stdio: ['ignore', 2, 2], ...options, env }).status === 0;
}
