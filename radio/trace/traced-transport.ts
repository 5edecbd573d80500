// A transport whose packets are traced as they pass: to the controller before it has them, to the host before it does.
import path from 'node:path';
import type { HciTransport } from '../hci/host-socket.ts';
import { TraceFile, type PacketTrace, type TraceFileOptions } from './trace-file.ts';

/** What a radio puts between each host stack and its controller. */
export type TransportTap = (transport: HciTransport) => HciTransport;

/** Where the tap throws, the transport is given back. */
export function tapped(transport: HciTransport, tap: TransportTap | undefined): HciTransport {
  try {
    return tap === undefined ? transport : tap(transport);
  } catch (error) {
    transport.close();
    throw error;
  }
}

/** `ended` is called as the transport closes. */
export function tracedTransport(
  transport: HciTransport,
  trace: PacketTrace,
  ended: () => void = () => {},
): HciTransport {
  return {
    open: (events) =>
      transport.open({
        packet(packet) {
          trace(packet, 'received');
          events.packet(packet);
        },
        error: (error) => events.error(error),
        lost: (error) => events.lost(error),
      }),
    write(packet) {
      trace(packet, 'sent');
      transport.write(packet);
    },
    isUp: () => transport.isUp(),
    setFilter: (filter) => transport.setFilter?.(filter),
    close() {
      transport.close();
      ended();
    },
  };
}

export interface Traces {
  readonly tap: TransportTap;
  /** After the radio. */
  close(): void;
}

/**
 * A file a controller: the first has `file`, made at once, each further one the same name with its number before the
 * extension. Throws as TraceFile does, the tap too.
 */
export function h4Traces(file: string, options: Omit<TraceFileOptions, 'format'>): Traces {
  const first = new TraceFile(file, { ...options, format: 'h4' });
  /** Of controllers that are there: one that was lost is opened anew as another. */
  const open = new Set([first]);
  let controllers = 0;
  return {
    tap: (transport) => {
      const n = ++controllers;
      const trace = n === 1 ? first : new TraceFile(numbered(file, n), { ...options, format: 'h4' });
      open.add(trace);
      return tracedTransport(transport, trace.controller(), () => {
        trace.close();
        open.delete(trace);
      });
    },
    close() {
      for (const one of open) one.close();
      open.clear();
    },
  };
}

function numbered(file: string, n: number): string {
  const { dir, name, ext } = path.parse(file);
  return path.join(dir, `${name}.${n}${ext}`);
}
