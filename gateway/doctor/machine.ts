// What is to be thought of a machine's facts where a real adapter is wanted: pure. Only `--radio adapter` needs one; without
// that wish what is missing is a warning, and the virtual radio is the way on.
import { check, type Check, type CheckStatus } from './check.ts';
import { lookAt, type Machine, type MachineFacts } from './machine-facts.ts';

export interface AdapterWish {
  /** A real adapter is to be used: then what is missing is a failure. */
  readonly isWanted: boolean;
  /** hci number; undefined = the first. */
  readonly adapter: number | undefined;
}

const VIRTUAL = 'Use --radio virtual, which needs no Bluetooth.';

export function checkNode({ nodeVersion }: Pick<MachineFacts, 'nodeVersion'>): Check {
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

export const checkMachine = (machine: Machine, wish: AdapterWish): Check[] =>
  judgeMachine(lookAt(machine), wish);

/** In the order in which a person mends them. */
export function judgeMachine(facts: MachineFacts, wish: AdapterWish): Check[] {
  const bad: CheckStatus = wish.isWanted ? 'fail' : 'warn';
  const binding = judgeBinding(facts, bad);
  if (facts.platform !== 'linux') return [...judgeElsewhere(facts, bad), binding];
  const kernel = judgeKernel(facts, bad);
  if (kernel.status !== 'ok') return [kernel, binding];
  return [
    kernel,
    judgeAdapter(facts, wish, bad),
    judgeRfkill(facts, bad),
    judgePermission(facts, bad),
    binding,
    judgePower(facts, wish, bad),
    judgeService(facts),
    judgeHolder(facts, wish),
  ];
}

function judgeKernel({ hasKernelBluetooth }: MachineFacts, bad: CheckStatus): Check {
  const id = 'kernel-bluetooth';
  if (hasKernelBluetooth === true) return check(id, 'ok', 'the kernel has Bluetooth');
  if (hasKernelBluetooth === undefined)
    return check(id, 'unknown', 'the kernel does not say which protocols it has', VIRTUAL);
  return check(
    id,
    bad,
    'the kernel has no Bluetooth, or its module is not loaded',
    `modprobe bluetooth. ${VIRTUAL}`,
  );
}

function judgeAdapter({ adapters }: MachineFacts, { adapter }: AdapterWish, bad: CheckStatus): Check {
  if (adapters.length === 0) return check('adapter', bad, 'there is no adapter', `Plug one in. ${VIRTUAL}`);
  const wanted = `hci${adapter ?? 0}`;
  if (adapter !== undefined && !adapters.includes(wanted)) {
    const remedy = `Choose one of ${adapters.join(', ')} with --adapter.`;
    return check('adapter', bad, `there is no ${wanted}`, remedy);
  }
  return check('adapter', 'ok', `${adapters.join(', ')}: present`);
}

const judgeRfkill = ({ blocked }: MachineFacts, bad: CheckStatus): Check =>
  blocked.length === 0
    ? check('rfkill', 'ok', 'no adapter is blocked')
    : check(
        'rfkill',
        bad,
        `${blocked.join(', ')} blocked`,
        'rfkill unblock bluetooth, or the switch on the machine.',
      );

function judgePermission({ mayUseSockets }: MachineFacts, bad: CheckStatus): Check {
  const id = 'adapter-permission';
  if (mayUseSockets === undefined)
    return check(id, 'unknown', 'the kernel does not say what this process may');
  return mayUseSockets
    ? check(id, 'ok', 'this process may use raw Bluetooth sockets')
    : check(
        id,
        bad,
        'this process may not use raw Bluetooth sockets',
        'sudo setcap cap_net_raw,cap_net_admin+eip "$(readlink -f "$(which node)")": then every program run by this Node may. ' +
          'Under systemd: AmbientCapabilities=CAP_NET_RAW CAP_NET_ADMIN.',
      );
}

function judgeBinding({ binding }: MachineFacts, bad: CheckStatus): Check {
  const id = 'native-binding';
  switch (binding) {
    case 'built':
      return check(id, 'ok', 'the sockets for a real adapter are built');
    case 'not-built':
      return check(
        id,
        bad,
        'the sockets for a real adapter are not built',
        'npm run build:native, which needs a C++ compiler.',
      );
    case 'not-installed':
      return check(
        id,
        bad,
        'the package of the adapter’s sockets is not installed',
        'npm ci, then npm run build:native.',
      );
  }
}

/** Only a socket can say whether an adapter is up. */
function judgePower({ probe }: MachineFacts, { adapter }: AdapterWish, bad: CheckStatus): Check {
  const id = 'adapter-power';
  const name = `hci${adapter ?? 0}`;
  if (probe === undefined) return check(id, 'unknown', 'whether an adapter is up was not asked');
  switch (probe.state) {
    case 'up':
      return check(id, 'ok', `${name} is up`);
    case 'down':
      return check(id, bad, `${name} is down`, `hciconfig ${name} up, or bluetoothctl power on.`);
    case 'unauthorized':
    case 'killed':
    case 'silent':
      return check(id, 'unknown', `${name} did not say whether it is up: ${probe.detail}`);
  }
}

function judgeService({ serviceProcess }: MachineFacts): Check {
  const id = 'bluetooth-service';
  if (serviceProcess === undefined) return check(id, 'ok', 'bluetoothd does not run');
  return check(
    id,
    'warn',
    `bluetoothd (process ${serviceProcess}) runs, and may use the same adapter: two users of one corrupt each other`,
    'systemctl stop bluetooth, or give Doorlab an adapter of its own with --adapter.',
  );
}

function judgeHolder({ holders }: MachineFacts, { adapter }: AdapterWish): Check {
  const id = 'adapter-holder';
  const name = `hci${adapter ?? 0}`;
  const holder = holders.find((one) => one.adapter === name);
  if (holder === undefined) return check(id, 'ok', `no other process of Doorlab uses ${name}`);
  return check(
    id,
    'warn',
    `process ${holder.pid} uses ${name}`,
    'Stop it, or choose another adapter with --adapter: one serves one process.',
  );
}

const PRIVACY =
  'System Settings, Privacy & Security, Bluetooth: allow the terminal (or what started this), and start it again.';

function judgeElsewhere({ platform, probe }: MachineFacts, bad: CheckStatus): Check[] {
  const unknown = `what ${platform} has is known only once the radio is used`;
  const checks = [check('kernel-bluetooth', 'unknown', unknown), check('adapter', 'unknown', unknown)];
  if (platform === 'darwin') checks.push(judgePrivacy(probe, bad));
  if (platform === 'win32') {
    const detail =
      'a lock on Windows needs a Bluetooth dongle with the WinUSB driver; which it has is not known';
    const remedy = 'Give a dongle of its own the WinUSB driver (Zadig); a courier needs none.';
    checks.push(check('winusb', 'unknown', detail, remedy));
  }
  return checks;
}

function judgePrivacy(probe: MachineFacts['probe'], bad: CheckStatus): Check {
  const id = 'privacy';
  if (probe === undefined)
    return check(id, 'unknown', 'whether this may use Bluetooth was not asked', PRIVACY);
  switch (probe.state) {
    case 'up':
      return check(id, 'ok', 'this may use Bluetooth, and it is on');
    case 'down':
      return check(id, bad, 'Bluetooth is off', 'Switch it on in the menu bar or in System Settings.');
    case 'unauthorized':
      return check(id, bad, 'macOS does not let this use Bluetooth', PRIVACY);
    case 'killed':
      return check(id, bad, 'macOS ended the process that asked for Bluetooth', PRIVACY);
    case 'silent':
      return check(id, 'unknown', `Bluetooth did not say how it is: ${probe.detail}`, PRIVACY);
  }
}
