// The air as a process: its controllers for whoever joins, until it is told to stop.
import { endpointText, parseEndpoint } from '#radio/h4/endpoint.ts';
import { serveH4, type ListeningEndpoint } from '#radio/h4/h4-server.ts';
import { serveNobleWs } from '#radio/noble-ws/noble-ws-server.ts';
import { TraceFile } from '#radio/trace/trace-file.ts';
import { serveAir } from '#radio/virtual/air-server.ts';
import type { Context } from './context.ts';
import { CliError } from './errors.ts';
import { faultsOf } from './fault-words.ts';
import type { Outcome } from './output.ts';
import { linkNamed, portOf } from './radio-options.ts';
import { stopped, untilAborted } from './until-stopped.ts';

export interface ServeOptions {
  readonly port: string;
  readonly host: string;
  readonly link: 'unpaced' | '1m' | '2m';
  readonly fault?: string;
  readonly h4?: readonly string[];
  readonly nobleWs?: true;
}

export async function serveRadio(context: Context, options: ServeOptions): Promise<Outcome> {
  const { config, output, clock, signal } = context;
  const { link } = options;
  const faults = faultsOf(options.fault, { seed: config.seed, hasEvents: link !== 'unpaced' });
  const port = portOf(options.port);
  const endpoints = (options.h4 ?? []).map(listeningEndpoint);
  const trace = openTrace(context);
  try {
    const server = await serveAir({ clock, host: options.host, port, link: linkNamed(link), faults, trace });
    const opened: { close(): Promise<void> }[] = [];
    // Nothing is told of an air that does not come up whole.
    const told = [() => output.data('serving', { url: server.url }, `The air is at ${server.url}`)];
    try {
      for (const listening of endpoints) {
        const h4 = await serveH4(server.air, listening, { trace });
        opened.push(h4);
        const where = endpointText(h4.endpoint);
        const text = `Foreign hosts find a controller each at h4:${where}`;
        told.push(() => output.data('serving-h4', { endpoint: where }, text));
      }
      if (options.nobleWs === true) {
        const noble = await serveNobleWs(server.air, { clock, trace });
        opened.push(noble);
        const text = `Programs on noble find its locks with NOBLE_WEBSOCKET=1 (${noble.url})`;
        told.push(() => output.data('serving-noble', { url: noble.url }, text));
      }
      for (const tell of told) tell();
      await untilAborted(signal);
    } finally {
      await Promise.all(opened.map((one) => one.close()));
      await server.close();
    }
    return stopped('The air is gone.');
  } finally {
    trace?.close();
  }
}

function listeningEndpoint(text: string): ListeningEndpoint {
  const endpoint = parseEndpoint(text);
  if (endpoint !== undefined && endpoint.kind !== 'serial') return endpoint;
  throw new CliError('USAGE', `--h4: expected tcp:PORT, tcp:HOST:PORT or unix:PATH, not "${text}".`);
}

/** Of every controller in the air: an index each. */
function openTrace({ config: { btsnoop }, clock, output }: Context): TraceFile | undefined {
  if (btsnoop === undefined) return undefined;
  return new TraceFile(btsnoop, { clock, format: 'monitor', onTrouble: (message) => output.note(message) });
}
