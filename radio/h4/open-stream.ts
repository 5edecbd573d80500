// The byte stream to a controller: a socket, or a serial line through the package `serialport`, which is asked for only
// where somebody names a serial line, and need not be there.
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '#protocol/ports/clock.ts';
import { withDeadline } from '#protocol/ports/deadline.ts';
import { RadioError } from '../ports/errors.ts';
import { endpointText, pathFlaw, type H4Endpoint } from './endpoint.ts';

export const CONNECT_DEADLINE_MS = 5_000;

/** As the package `serialport` gives it. */
export type SerialPortClass = new (options: {
  readonly path: string;
  readonly baudRate: number;
  readonly rtscts: boolean;
  readonly autoOpen: boolean;
}) => Duplex & { open(): void };

/** Throws ADAPTER_MISSING where nothing is there in time. */
export async function openStream(
  endpoint: H4Endpoint,
  clock: Clock,
  loadSerial: () => Promise<SerialPortClass> = installedSerial,
): Promise<Duplex> {
  const stream = endpoint.kind === 'serial' ? await serialLine(endpoint, loadSerial) : socketTo(endpoint);
  const opened = new Promise<void>((resolve, reject) => {
    stream.once(endpoint.kind === 'serial' ? 'open' : 'connect', resolve);
    stream.once('error', (cause) => reject(missing(endpoint, cause.message, cause)));
  });
  // Whoever uses the stream hears of later errors by its close.
  stream.on('error', () => {});
  try {
    await withDeadline(clock, CONNECT_DEADLINE_MS, opened, () =>
      missing(endpoint, `no answer within ${CONNECT_DEADLINE_MS} ms`),
    );
    return stream;
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

function socketTo(endpoint: H4Endpoint & { readonly kind: 'tcp' | 'unix' }): Duplex {
  if (endpoint.kind === 'unix') {
    const flaw = pathFlaw(endpoint.path);
    if (flaw !== undefined) throw missing(endpoint, flaw);
    return connect({ path: endpoint.path });
  }
  // Packets are small, and each is waited for.
  return connect({ host: endpoint.host, port: endpoint.port, noDelay: true, keepAlive: true });
}

async function serialLine(
  endpoint: H4Endpoint & { readonly kind: 'serial' },
  loadSerial: () => Promise<SerialPortClass>,
): Promise<Duplex> {
  const SerialPort = await loadSerial();
  const line = new SerialPort({
    path: endpoint.device,
    baudRate: endpoint.baud,
    rtscts: true,
    autoOpen: false,
  });
  line.open();
  return line;
}

async function installedSerial(): Promise<SerialPortClass> {
  // Not written as a name: the package is nobody's dependency.
  const name = 'serialport';
  try {
    const loaded = (await import(name)) as { readonly SerialPort: SerialPortClass };
    return loaded.SerialPort;
  } catch (cause) {
    throw new RadioError(
      'ADAPTER_MISSING',
      'serial lines need the package serialport, which is not installed',
      {
        cause,
        next: 'Run: npm install --no-save --ignore-scripts=false serialport',
      },
    );
  }
}

const missing = (endpoint: H4Endpoint, why: string, cause?: unknown): RadioError =>
  new RadioError('ADAPTER_MISSING', `no controller at ${endpointText(endpoint)}: ${why}`, {
    cause,
    next: 'Start what offers the controller there, or plug it in; then check the words behind --radio h4:',
  });
