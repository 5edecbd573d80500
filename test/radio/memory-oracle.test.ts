// The real noble's and the real bleno's own GATT code, joined without controllers or sockets, as the oracle of the
// in-memory radio: the same calls must give the same PDUs. It rests on their files' places and fields, and fails
// loudly where an upgrade moves them.
import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { expect, test, vi } from 'vitest';
import type { ServiceSpec } from '#radio/ports/gatt.ts';
import { CONTROL, DATA, hex, meet, SERVICE, SERVICES, STATUS } from './memory-fixture.ts';

const load = createRequire(import.meta.url);
const ATT_CID = 4;

interface NobleGatt extends EventEmitter {
  exchangeMtu(): void;
  discoverServices(uuids: string[]): void;
  discoverCharacteristics(service: string, uuids: string[]): void;
  read(service: string, characteristic: string): void;
  write(service: string, characteristic: string, value: Buffer, withoutResponse: boolean): void;
  readHandle(handle: number): void;
  writeHandle(handle: number, value: Buffer, withoutResponse: boolean): void;
}

interface BlenoGatt {
  setServices(services: unknown[]): void;
  setAclStream(stream: EventEmitter): void;
}

type Answer = (status: number, value?: Buffer) => void;

class Stream extends EventEmitter {
  readonly #write: (pdu: Buffer) => void;
  constructor(write: (pdu: Buffer) => void) {
    super();
    this.#write = write;
  }
  write(_cid: number, pdu: Buffer): void {
    this.#write(pdu);
  }
}

/** Both hosts over two streams; each PDU arrives on a later turn, as from a controller. */
function realPair(services: readonly ServiceSpec[]): {
  noble: NobleGatt;
  trace: string[];
  notify: () => void;
} {
  const Noble = load('@abandonware/noble/lib/hci-socket/gatt.js') as new (a: string, s: Stream) => NobleGatt;
  const Bleno = load('@abandonware/bleno/lib/hci-socket/gatt.js') as new () => BlenoGatt;
  const Characteristic = load('@abandonware/bleno/lib/characteristic.js') as new (o: object) => EventEmitter;
  const trace: string[] = [];
  const toPeripheral = new Stream((pdu) => {
    setImmediate(() => {
      trace.push('>' + hex(pdu));
      toCentral.emit('data', ATT_CID, pdu);
    });
  });
  const toCentral = new Stream((pdu) => {
    setImmediate(() => {
      trace.push('<' + hex(pdu));
      toPeripheral.emit('data', ATT_CID, pdu);
    });
  });
  let update: ((value: Buffer) => void) | undefined;
  const bleno = new Bleno();
  bleno.setServices(
    services.map(({ uuid, characteristics }) => ({
      uuid,
      characteristics: characteristics.map(
        (spec) =>
          new Characteristic({
            ...spec,
            onReadRequest: (_offset: number, answer: Answer) => {
              answer(0, Buffer.from([1, 2, 3]));
            },
            onWriteRequest: (_value: Buffer, _offset: number, _command: boolean, answer: Answer) => {
              answer(0);
            },
            onSubscribe: (_size: number, updateValue: (value: Buffer) => void) => {
              update = updateValue;
            },
          }),
      ),
    })),
  );
  bleno.setAclStream(toCentral);
  const noble = new Noble('02:00:00:00:00:01', toPeripheral);
  return { noble, trace, notify: () => update?.(Buffer.from([7, 8])) };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Until no PDU comes any more. */
async function quiet(trace: readonly string[]): Promise<void> {
  for (let idle = 0, length = trace.length; idle < 5; idle++) {
    await turn();
    if (trace.length !== length) [idle, length] = [0, trace.length];
  }
}

const TABLES: Record<string, readonly ServiceSpec[]> = {
  'a lock’s table': SERVICES,
  'no service of its own': [],
  'a service without characteristics': [{ uuid: '1234', characteristics: [] }, ...SERVICES],
  'UUIDs of both lengths in turn': [
    { uuid: '180a', characteristics: [{ uuid: STATUS, properties: ['read'] }] },
    {
      uuid: SERVICE,
      characteristics: [
        { uuid: '2a00', properties: ['read', 'notify'] },
        { uuid: DATA, properties: ['write'] },
        { uuid: '2a01', properties: ['notify'] },
      ],
    },
    { uuid: '180f', characteristics: [{ uuid: CONTROL, properties: ['read', 'write', 'notify'] }] },
  ],
  'more than one answer holds': Array.from({ length: 15 }, (_, s) => ({
    uuid: `${SERVICE.slice(0, 28)}ff${s.toString(16).padStart(2, '0')}`,
    characteristics: Array.from({ length: s }, (_, c) => ({
      uuid: `${SERVICE.slice(0, 28)}${s.toString(16).padStart(2, '0')}${c.toString(16).padStart(2, '0')}`,
      properties: c % 2 === 0 ? (['read'] as const) : (['write', 'notify'] as const),
    })),
  })),
};

test.each(Object.entries(TABLES))('discovery is noble’s on bleno: %s', async (_name, services) => {
  const real = realPair(services);
  real.noble.exchangeMtu();
  await quiet(real.trace);
  let found: readonly { uuid: string }[] = [];
  real.noble.once('servicesDiscovered', (_address: string, all: { uuid: string }[]) => (found = all));
  real.noble.discoverServices([]);
  await quiet(real.trace);
  for (const { uuid } of found) {
    real.noble.discoverCharacteristics(uuid, []);
    await quiet(real.trace);
  }

  const { connect, trace } = await meet({}, services);
  await connect();
  expect(trace).toEqual(real.trace);
  expect(trace.length).toBeGreaterThan(8);
});

test('every operation’s PDUs are noble’s on bleno, refusals included', async () => {
  const real = realPair(SERVICES);
  const { noble } = real;
  noble.exchangeMtu();
  noble.discoverServices([]);
  await quiet(real.trace);
  noble.discoverCharacteristics(SERVICE, []);
  await quiet(real.trace);
  const { clock, connect, handler, trace } = await meet();
  const link = await connect();
  real.trace.length = 0;
  trace.length = 0;

  const one = Uint8Array.of(1);
  const many = new Uint8Array(253).fill(3);
  const both: readonly [real: () => void, ours: () => unknown][] = [
    [() => noble.read(SERVICE, STATUS), () => link.read(STATUS)],
    [() => noble.writeHandle(23, NOTIFY, false), () => link.subscribe(CONTROL, () => {})],
    [() => real.notify(), () => handler.link?.notify(CONTROL, Uint8Array.of(7, 8))],
    [() => noble.write(SERVICE, CONTROL, Buffer.from(one), false), () => link.write(CONTROL, one)],
    [() => noble.write(SERVICE, DATA, Buffer.from(many), true), () => link.writeCommand(DATA, many)],
    [() => noble.write(SERVICE, STATUS, Buffer.from(one), false), () => link.write(STATUS, one)],
    [() => noble.write(SERVICE, STATUS, Buffer.from(one), true), () => link.writeCommand(STATUS, one)],
    [() => noble.read(SERVICE, DATA), () => link.read(DATA)],
    [() => noble.writeHandle(23, NOTIFY, false), () => link.subscribe(CONTROL, () => {})],
    [() => noble.writeHandle(26, NOTIFY, false), () => link.subscribe(DATA, () => {})],
  ];
  for (const [realAct, ourAct] of both) {
    realAct();
    await quiet(real.trace);
    void Promise.resolve(ourAct()).catch(() => {});
    clock.advance(100);
    await turn();
    expect(trace).toEqual(real.trace);
  }
  expect(trace.length).toBeGreaterThan(2 * both.length - 4);
});

test('every handle answers reads, requests and commands as bleno’s do', async () => {
  vi.stubEnv('BLENO_DEVICE_NAME', 'doorlab');
  const real = realPair(SERVICES);
  vi.unstubAllEnvs();
  real.noble.exchangeMtu();
  await quiet(real.trace);
  const { central, clock, handler, peripheral, settle, trace } = await meet();
  const handles = Array.from({ length: BEYOND_LAST_HANDLE + 1 }, (_, handle) => handle);
  // A table of another time, in which any handle may be a value.
  const stale = { uuid: SERVICE, startHandle: 0, endHandle: BEYOND_LAST_HANDLE };
  const characteristics = handles.map((valueHandle) => ({
    uuid: uuidOfHandle(valueHandle),
    properties: 0,
    startHandle: 0,
    endHandle: 0,
    valueHandle,
  }));
  const gattTable = { services: [{ ...stale, characteristics }] };
  const link = await settle(central.connect(peripheral.peripheralId, { gattTable }));

  for (const handle of handles) {
    const uuid = uuidOfHandle(handle);
    for (const value of [Buffer.from([0, 0]), Buffer.from([1])]) {
      real.noble.readHandle(handle);
      await quiet(real.trace);
      real.noble.writeHandle(handle, value, false);
      await quiet(real.trace);
      real.noble.writeHandle(handle, value, true);
      await quiet(real.trace);
      for (const operation of [link.read(uuid), link.write(uuid, value), link.writeCommand(uuid, value)]) {
        operation.catch(() => {});
      }
      clock.advance(100);
      await turn();
    }
  }
  expect(trace).toEqual(real.trace);
  // bleno's own 2a00, 2a01 and 2a05 never reach the handler.
  const asked = handler.calls.slice(1).map((call) => call.split(' ')[1]);
  expect([...new Set(asked)].sort()).toEqual(['01', '02', '03', '19', '29']);
});

const BEYOND_LAST_HANDLE = 27;
const uuidOfHandle = (handle: number): string => handle.toString(16).padStart(4, '0');
const NOTIFY = Buffer.from([1, 0]);
