// The air as a process: its controllers for whoever joins, until it is told to stop.
import { TraceFile } from '#radio/trace/trace-file.ts';
import { serveAir } from '#radio/virtual/air-server.ts';
import type { Context } from './context.ts';
import { faultsOf } from './fault-words.ts';
import type { Outcome } from './output.ts';
import { linkNamed, portOf } from './radio-options.ts';
import { stopped, untilAborted } from './until-stopped.ts';

export interface ServeOptions {
  readonly port: string;
  readonly host: string;
  readonly link: 'unpaced' | '1m' | '2m';
  readonly fault?: string;
}

export async function serveRadio(context: Context, options: ServeOptions): Promise<Outcome> {
  const { config, output, clock, signal } = context;
  const { link } = options;
  const faults = faultsOf(options.fault, { seed: config.seed, hasEvents: link !== 'unpaced' });
  const port = portOf(options.port);
  const trace = openTrace(context);
  try {
    const server = await serveAir({ clock, host: options.host, port, link: linkNamed(link), faults, trace });
    try {
      output.data('serving', { url: server.url }, `The air is at ${server.url}`);
      await untilAborted(signal);
    } finally {
      await server.close();
    }
    return stopped('The air is gone.');
  } finally {
    trace?.close();
  }
}

/** Of every controller in the air: an index each. */
function openTrace({ config: { btsnoop }, clock, output }: Context): TraceFile | undefined {
  if (btsnoop === undefined) return undefined;
  return new TraceFile(btsnoop, { clock, format: 'monitor', onTrouble: (message) => output.note(message) });
}
