// The virtual machine: QEMU without hardware help, so that it runs wherever Node does, with two shares and two serial
// ports. It always ends: by itself, or at its deadline.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** A whole story takes about two minutes of a quiet machine with two cores. */
const DEADLINE_S = 600;
const KILL_AFTER_S = 5;
const MEMORY_MIB = 640;
/** The least that libsql and argon2 run on. */
const CPU = 'Nehalem';

/** Each line of the guest's results to `onLine`. Settles as the machine is off: with undefined, or why it went wrong. */
export function runMachine({ kernel, initramfs, out, onLine }) {
  const share = (tag, folder, options) => [
    ...['-fsdev', `local,id=${tag},path=${folder},security_model=none${options}`],
    ...['-device', `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`],
  ];
  const args = [
    ...['-k', String(KILL_AFTER_S), String(DEADLINE_S), 'qemu-system-x86_64'],
    ...['-M', 'q35', '-cpu', CPU, '-accel', 'tcg,thread=multi,tb-size=256'],
    ...[
      '-smp',
      '2',
      '-m',
      String(MEMORY_MIB),
      '-nodefaults',
      '-no-user-config',
      '-no-reboot',
      '-display',
      'none',
    ],
    ...['-serial', 'stdio', '-serial', `file:${path.join(out, 'kernel.log')}`, '-device', 'virtio-rng-pci'],
    ...share('root', '/', ',readonly=on,multidevs=remap'),
    ...share('out', out, ''),
    ...['-kernel', kernel, '-initrd', initramfs],
    ...['-append', 'console=ttyS1 quiet panic=-1 mitigations=off'],
  ];
  const machine = spawn('timeout', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  createInterface({ input: machine.stdout }).on('line', onLine);
  const stop = () => machine.kill();
  process.once('exit', stop);
  return new Promise((resolve) => {
    machine.on('error', (error) => resolve(`it could not be started: ${error.message}`));
    machine.on('close', (code) => {
      process.off('exit', stop);
      if (code === 0) resolve(undefined);
      else resolve(code === 124 ? `it was not done within ${DEADLINE_S} s` : `QEMU ended with ${code}`);
    });
  });
}
