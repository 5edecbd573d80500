// A host stack here, its controller at the other end of a byte stream. Nothing is assumed of what it was doing: it is
// reset first, and what it still says before its answer is passed over. A hang-up, or bytes that are no HCI, end it for good.
import type { Duplex } from 'node:stream';
import type { Clock } from '#protocol/ports/clock.ts';
import { withDeadline } from '#protocol/ports/deadline.ts';
import { deferred } from '#protocol/ports/deferred.ts';
import { OPCODE } from '../hci/commands.ts';
import { EVENT } from '../hci/events.ts';
import { encodeCommand, H4_EVENT } from '../hci/h4.ts';
import { HostFeed } from '../hci/host-feed.ts';
import type { HciTransport } from '../hci/host-socket.ts';
import { RadioError } from '../ports/errors.ts';
import { endpointText, type H4Endpoint } from './endpoint.ts';
import { H4Splitter } from './h4-splitter.ts';
import { openStream, type SerialPortClass } from './open-stream.ts';

export const RESET_DEADLINE_MS = 3_000;
/** A line may have swallowed the first one: the controller was in the middle of a packet. */
const RESET_AGAIN_MS = 1_000;
/** What a controller may still have to say before its answer to a reset. */
const BEFORE_RESET_BYTES_MAX = 64 * 1024;
/** What may wait for a controller that does not read. */
const WAITING_BYTES_MAX = 1024 * 1024;
const RESET = encodeCommand(OPCODE.reset, Buffer.alloc(0));

export interface H4Options {
  readonly clock: Clock;
  /** Hears, once, that the controller is gone. */
  readonly onLost?: (error: RadioError) => void;
  /** By default the installed package's. */
  readonly loadSerial?: () => Promise<SerialPortClass>;
}

/** Throws ADAPTER_MISSING, ADAPTER_OFF where it does not answer a reset, ADAPTER_GONE where it hangs up on it. */
export async function connectH4(endpoint: H4Endpoint, options: H4Options): Promise<HciTransport> {
  const stream = await openStream(endpoint, options.clock, options.loadSerial);
  try {
    const rest = await reset(endpoint, stream, options.clock);
    return transport(endpoint, stream, rest, options);
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

/** What came behind the answer. */
async function reset(endpoint: H4Endpoint, stream: Duplex, clock: Clock): Promise<Buffer> {
  const answered = deferred<Buffer>();
  let heard: Buffer = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    heard = Buffer.concat([heard, chunk]).subarray(-BEFORE_RESET_BYTES_MAX);
    const answer = resetAnswer(heard);
    if (answer === undefined) return;
    if (answer.status === 0) answered.resolve(heard.subarray(answer.end));
    else answered.reject(off(endpoint, `it answers a reset with status ${answer.status}`));
  };
  const onClose = (): void => answered.reject(gone(endpoint));
  stream.on('data', onData);
  stream.once('close', onClose);
  stream.once('end', onClose);
  if (stream.destroyed || stream.readableEnded) onClose();
  const ask = (): void => {
    if (stream.writable) stream.write(RESET);
    timer = clock.after(RESET_AGAIN_MS, ask);
  };
  let timer = clock.after(RESET_AGAIN_MS, ask);
  stream.write(RESET);
  try {
    return await withDeadline(clock, RESET_DEADLINE_MS, answered.promise, () =>
      off(endpoint, `it did not answer a reset within ${RESET_DEADLINE_MS} ms`),
    );
  } finally {
    timer.cancel();
    stream.removeListener('data', onData);
    stream.removeListener('close', onClose);
    stream.removeListener('end', onClose);
    stream.pause();
  }
}

/** Command Complete (7.7.14) of the reset, wherever it stands. */
function resetAnswer(bytes: Buffer): { readonly status: number; readonly end: number } | undefined {
  for (let at = 0; at + 7 <= bytes.length; at++) {
    const isAnswer =
      bytes[at] === H4_EVENT &&
      bytes[at + 1] === EVENT.commandComplete &&
      bytes[at + 2] === 4 &&
      bytes.readUInt16LE(at + 4) === OPCODE.reset;
    if (isAnswer) return { status: bytes.readUInt8(at + 6), end: at + 7 };
  }
  return undefined;
}

function transport(
  endpoint: H4Endpoint,
  stream: Duplex,
  rest: Buffer,
  { clock, onLost = () => {} }: H4Options,
): HciTransport {
  const splitter = new H4Splitter();
  let feed: HostFeed | undefined;
  let isUp = true;
  const end = (error: RadioError): void => {
    isUp = false;
    feed?.lost(error, () => onLost(error));
    stream.destroy();
  };
  const hear = (chunk: Buffer): void => {
    const { packets, garbled } = splitter.add(chunk);
    for (const packet of packets) feed?.packet(packet);
    if (garbled) end(garble(endpoint));
  };
  const onEnd = (): void => end(gone(endpoint));
  return {
    open(events) {
      feed = new HostFeed(clock, events, (isHeld) => (isHeld ? stream.pause() : stream.resume()));
      stream.once('close', onEnd);
      stream.once('end', onEnd);
      if (stream.destroyed || stream.readableEnded) onEnd();
      stream.on('data', hear);
      stream.resume();
      // Before what comes in a later turn; it may be so much that the stream is held again.
      hear(rest);
    },
    write(packet) {
      if (!isUp || !stream.writable) return;
      stream.write(packet);
      if (stream.writableLength > WAITING_BYTES_MAX) end(gone(endpoint, 'it reads nothing any more'));
    },
    isUp: () => isUp,
    close() {
      isUp = false;
      feed?.clear();
      stream.removeListener('data', hear);
      stream.removeListener('close', onEnd);
      stream.removeListener('end', onEnd);
      // Nobody's links stay up behind a host that is gone.
      if (stream.writable) stream.end(RESET);
      stream.resume();
      const late = clock.after(LAST_WORD_MS, () => stream.destroy());
      stream.once('close', () => late.cancel());
      stream.once('finish', () => stream.destroy());
    },
  };
}

/** For the last reset to leave. */
const LAST_WORD_MS = 200;

const off = (endpoint: H4Endpoint, why: string): RadioError =>
  new RadioError('ADAPTER_OFF', `the controller at ${endpointText(endpoint)} does not come up: ${why}`, {
    next: 'Check that it speaks H4 there, at that speed; then take its power and give it back.',
  });

const gone = (endpoint: H4Endpoint, why = 'it hung up'): RadioError =>
  new RadioError('ADAPTER_GONE', `the controller at ${endpointText(endpoint)} is gone: ${why}`, {
    next: 'Start it again, or plug it in, and run the command again.',
  });

const garble = (endpoint: H4Endpoint): RadioError =>
  new RadioError('ADAPTER_GARBLED', `what comes from ${endpointText(endpoint)} is no HCI`, {
    next: 'Check that a controller speaks H4 there; for a serial line also its speed and flow control.',
  });
