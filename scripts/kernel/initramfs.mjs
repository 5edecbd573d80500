// The guest's first file system: busybox, the modules in the order in which they go in, and `guest/init.sh`. Nothing else
// is made for the guest: its root is this machine's, read-only.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const MODULES = [
  ...['virtio_pci', 'virtio_rng', '9pnet_virtio', '9p', 'overlay'],
  // What btvirt and bluetoothd ask the kernel's crypto for.
  ...['algif_hash', 'algif_skcipher', 'cmac', 'ecb'],
  ...['hci_vhci', 'uhid'],
];
const FOLDERS = ['bin', 'modules', 'dev', 'proc', 'sys', 'lower', 'upper', 'root'];
const CPIO_MAX_BYTES = 64 * 1024 * 1024;

/** The path of the image, made anew in `folder`. */
export function makeInitramfs(parts, folder) {
  const tree = path.join(folder, 'initramfs');
  rmSync(tree, { recursive: true, force: true });
  for (const name of FOLDERS) mkdirSync(path.join(tree, name), { recursive: true });
  copyFileSync(parts.busybox, path.join(tree, 'bin', 'busybox'));
  copyFileSync(parts.busybox, path.join(tree, 'bin', 'sh'));
  const files = [...new Set(MODULES.flatMap((name) => moduleFiles(parts, name)))];
  for (const file of files) copyFileSync(file, path.join(tree, 'modules', path.basename(file)));
  writeFileSync(
    path.join(tree, 'modules', 'order'),
    files.map((file) => `${path.basename(file)}\n`).join(''),
  );
  const init = path.join(tree, 'init');
  writeFileSync(init, readFileSync(new URL('guest/init.sh', import.meta.url)));
  chmodSync(init, 0o755);
  const names = execFileSync('find', ['.'], { cwd: tree });
  const image = execFileSync(parts.busybox, ['cpio', '-o', '-H', 'newc'], {
    cwd: tree,
    input: names,
    maxBuffer: CPIO_MAX_BYTES,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const place = path.join(folder, 'initramfs.gz');
  writeFileSync(place, gzipSync(image, { level: 1 }));
  return place;
}

/** A module and what it depends on, in the order in which they have to go in. */
function moduleFiles({ place, release }, name) {
  const args = ['-d', place, '-S', release, '--show-depends', name];
  const lines = execFileSync('/sbin/modprobe', args, { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => (line.startsWith('insmod ') ? [line.split(' ')[1]] : []));
}
