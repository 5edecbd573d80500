// One side of a transfer, or both, in a process of its own: `pair virtual`, `pair PATH` (H4 over that Unix socket), `lock URL`
// and `courier URL` (in an air that another process serves), `air`. The courier sends 1 MiB to warm up and then 4 MiB,
// five times, in values of 244 bytes, and says how fast the best was. A JSON object a line on stdout.
import { once } from 'node:events';
import { systemClock } from '#protocol/node/system-clock.ts';
import type { Central } from '#radio/ports/central.ts';
import type { Peripheral, PeripheralLink } from '#radio/ports/peripheral.ts';
import type { Radio } from '#radio/ports/radio.ts';
import { openH4Radio } from '#radio/h4/h4-radio.ts';
import { serveAir } from '#radio/virtual/air-server.ts';
import { openVirtualRadio } from '#radio/virtual/virtual-radio.ts';
import { openWsRadio } from '#radio/virtual/ws-radio.ts';

const MIB = 1024 * 1024;
const WARM_UP_BYTES = MIB;
const RUN_BYTES = 4 * MIB;
const RUNS = 5;
const VALUE_BYTES = 244;
/** The receiver acknowledges each so many values; the sender is never further ahead than the window. */
const ACKNOWLEDGE_EVERY = 64;
const WINDOW = 512;
const SERVICE = 'd0030000000000000000000000000001';
const DATA = 'd0030000000000000000000000000002';
const ACKNOWLEDGEMENT = 'd0030000000000000000000000000003';

const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const [mode, where = ''] = process.argv.slice(2);
const clock = systemClock;

switch (mode) {
  case 'pair': {
    const radio: Radio =
      where === 'virtual'
        ? openVirtualRadio({ clock })
        : openH4Radio({ kind: 'unix', path: where }, { clock });
    await advertise(await radio.peripheral());
    say({ kibPerSecond: await transfer(await radio.central()) });
    process.exit(0);
    break;
  }
  case 'lock':
    await advertise(await openWsRadio(where, { clock }).peripheral());
    say({ ready: true });
    break;
  case 'courier':
    say({ kibPerSecond: await transfer(await openWsRadio(where, { clock }).central()) });
    process.exit(0);
    break;
  case 'air':
    say({ url: (await serveAir({ clock, port: 0, link: 'unpaced' })).url });
    break;
  default:
    throw new Error(`no mode ${String(mode)}`);
}
// Until whoever started this is gone.
process.stdin.resume();
await once(process.stdin, 'end');
process.exit(0);

async function advertise(peripheral: Peripheral): Promise<void> {
  let received = 0;
  await peripheral.open(
    [
      {
        uuid: SERVICE,
        characteristics: [
          { uuid: DATA, properties: ['writeWithoutResponse'] },
          { uuid: ACKNOWLEDGEMENT, properties: ['notify'] },
        ],
      },
    ],
    {
      onConnect: () => {},
      onDisconnect: () => {},
      onSubscribe: () => {},
      onUnsubscribe: () => {},
      onRead: () => 0,
      onWrite: (link: PeripheralLink) => {
        if (++received % ACKNOWLEDGE_EVERY === 0) link.notify(ACKNOWLEDGEMENT, Uint8Array.of(1));
        return 0;
      },
    },
  );
  await peripheral.advertise({ serviceUuids: [SERVICE] });
}

async function transfer(central: Central): Promise<number> {
  const id = await new Promise<string>((resolve) => {
    void central.scan({ serviceUuids: [SERVICE], onReport: ({ peripheralId }) => resolve(peripheralId) });
  });
  const link = await central.connect(id);
  let acknowledged = 0;
  let wake: () => void = () => {};
  await link.subscribe(ACKNOWLEDGEMENT, () => {
    acknowledged += ACKNOWLEDGE_EVERY;
    wake();
  });
  const value = new Uint8Array(VALUE_BYTES).fill(7);
  let sent = 0;
  const send = async (bytes: number): Promise<number> => {
    const values = Math.ceil(bytes / VALUE_BYTES / ACKNOWLEDGE_EVERY) * ACKNOWLEDGE_EVERY;
    const end = sent + values;
    const startedMs = clock.monotonicMs();
    while (acknowledged < end) {
      while (sent < end && sent < acknowledged + WINDOW) {
        sent++;
        void link.writeCommand(DATA, value);
      }
      await new Promise<void>((resolve) => (wake = resolve));
    }
    return (values * VALUE_BYTES) / 1024 / ((clock.monotonicMs() - startedMs) / 1000);
  };
  await send(WARM_UP_BYTES);
  let best = 0;
  for (let run = 0; run < RUNS; run++) best = Math.max(best, await send(RUN_BYTES));
  return best;
}
