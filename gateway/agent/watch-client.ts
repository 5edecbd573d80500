// A watcher of an agent: the lines that it tells, parsed, and, where that is wanted, those of the agent that comes after it.
import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import { withDeadline } from '#protocol/ports/deadline.ts';
import type { Clock, Timer } from '#protocol/ports/clock.ts';
import { pause } from '../courier/pause.ts';
import { GatewayError } from '../gateway-error.ts';
import { WATCH_SILENCE_MS } from './agent-limits.ts';
import { WatchLine } from './agent-view.ts';

const CONNECT_DEADLINE_MS = 5_000;
/** From there: an agent says all that it has at once. */
const FIRST_LINE_DEADLINE_MS = 5_000;
/** An agent that restarts is back by then, as under systemd after 5 s; it is looked for so often. */
const RETURN_DEADLINE_MS = 60_000;
const RETURN_LOOK_MS = 1_000;

const notRunning = (cause: unknown): GatewayError =>
  new GatewayError('AGENT_NOT_RUNNING', 'No agent runs on this data folder.', {
    cause,
    next: 'Start one with doorlab agent, or name its folder with --data.',
  });

const noAnswer = (): GatewayError =>
  new GatewayError('AGENT_SILENT', 'The agent of this data folder gives no answer.', {
    next: 'See whether its process is stopped (SIGSTOP, a debugger) or stuck; if it stays so, end it and start it again.',
  });

/** Settles once the agent is gone, or silent as if it were, or the signal comes. Throws AGENT_NOT_RUNNING, AGENT_SILENT. */
export async function watchAgent(
  path: string,
  clock: Clock,
  signal: AbortSignal,
  onLine: (line: WatchLine) => void,
): Promise<'stopped' | 'gone'> {
  const socket = createConnection(path);
  const stop = (): void => void socket.destroy();
  signal.addEventListener('abort', stop);
  const lines = createInterface({ input: socket });
  lines.on('error', () => undefined);
  let silence: Timer | undefined;
  try {
    const connected = new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', (cause) => reject(notRunning(cause)));
      socket.once('close', () => reject(notRunning(undefined)));
    });
    if (signal.aborted) stop();
    await withDeadline(clock, CONNECT_DEADLINE_MS, connected, () => notRunning(undefined));
    const closed = new Promise<void>((resolve) => {
      socket.on('error', () => undefined);
      socket.once('close', () => resolve());
    });
    const first = new Promise<void>((resolve) => lines.once('line', () => resolve()));
    lines.on('line', (text) => {
      silence?.cancel();
      silence = clock.after(WATCH_SILENCE_MS, stop);
      const line = parsed(text);
      if (line !== undefined) onLine(line);
    });
    await withDeadline(clock, FIRST_LINE_DEADLINE_MS, Promise.race([first, closed]), noAnswer);
    await closed;
    return signal.aborted ? 'stopped' : 'gone';
  } catch (error) {
    if (signal.aborted) return 'stopped';
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    silence?.cancel();
    lines.close();
    socket.destroy();
  }
}

/**
 * Likewise, over the ends of agents: another one that comes within RETURN_DEADLINE_MS is watched on, and its lines begin anew.
 * `onGone`: it is waited for. Throws AGENT_NOT_RUNNING where none is there at first,
 * AGENT_SILENT where that one says nothing.
 */
export async function followAgent(
  path: string,
  clock: Clock,
  signal: AbortSignal,
  { onLine, onGone }: { readonly onLine: (line: WatchLine) => void; readonly onGone: () => void },
): Promise<'stopped' | 'gone'> {
  let goneAtMs: number | undefined;
  for (;;) {
    try {
      const how = await watchAgent(path, clock, signal, (line) => {
        goneAtMs = undefined;
        onLine(line);
      });
      if (how === 'stopped') return how;
    } catch (error) {
      if (goneAtMs === undefined || !(error instanceof GatewayError)) throw error;
    }
    if (goneAtMs === undefined) onGone();
    goneAtMs ??= clock.monotonicMs();
    if (clock.monotonicMs() - goneAtMs >= RETURN_DEADLINE_MS) return 'gone';
    await pause(clock, RETURN_LOOK_MS, signal);
    if (signal.aborted) return 'stopped';
  }
}

/** Undefined for what a later agent says and this one does not know. */
function parsed(text: string): WatchLine | undefined {
  try {
    return WatchLine.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
