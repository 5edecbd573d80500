// The agent as a process: its token, journal, radio and channel, its health on loopback, and a socket for watchers, until it
// is told to stop.
import { join } from 'node:path';
import { Journal } from '#gateway/journal.ts';
import type { CloudAddress } from '#gateway/cloud-call.ts';
import { CloudClient } from '#gateway/cloud-client.ts';
import { openLiveChannel } from '#gateway/live-channel.ts';
import { PackageCache } from '#gateway/package-cache.ts';
import type { AgentEvent } from '#gateway/agent/agent-event.ts';
import { AgentFace } from '#gateway/agent/agent-face.ts';
import { AGENT_HOST, serveAgentHttp } from '#gateway/agent/agent-http.ts';
import type { AgentRadio } from '#gateway/agent/listening.ts';
import { RunningAgent } from '#gateway/agent/running-agent.ts';
import { serveWatch, type WatchServer } from '#gateway/agent/watch-server.ts';
import type { Context } from './context.ts';
import { cloudAddress, engine } from './courier-session.ts';
import { agentSocket, gatewayFolder } from './data-folders.ts';
import { reportOf } from './errors.ts';
import { codeOf } from './exit-codes.ts';
import { damageText } from './journal-damage.ts';
import { radiosOf, type OpenRadio } from './open-radio.ts';
import { outcomeJson, outcomeText } from './sync-text.ts';
import type { Outcome } from './output.ts';
import { portOf } from './radio-options.ts';
import { stopped, untilAborted } from './until-stopped.ts';

export const AGENT_PORT = 8_482;

export interface AgentOptions {
  readonly port?: string;
}

export async function runAgent(context: Context, { port }: AgentOptions): Promise<Outcome> {
  const { clock, random, log, config, output, signal } = context;
  const address = new TokenAddress(context);
  const radios = radiosOf(context);
  const wantedPort = port === undefined ? AGENT_PORT : portOf(port);
  const journal = await Journal.open(gatewayFolder(config));
  try {
    if (journal.damage !== undefined) output.note(damageText(journal.damage));
    const cache = new PackageCache(join(gatewayFolder(config), 'packages'), engine);
    const cloud = new CloudClient({ address, engine, clock, cache });
    const agent = new RunningAgent({
      engine,
      clock,
      random: random.fork('agent'),
      log,
      journal,
      cloud,
      openRadio: () => openAgentRadio(radios.next()),
      openChannel: (listener) => openLiveChannel(address.baseUrl, address.token, clock, listener),
      cloudTimeMs: async (asked) => (await cloud.session({ signal: asked })).dateMs,
      onRefused: () => address.readAnew(),
      onEvent: (event) => {
        face.on(event);
        tellEvent(context, event);
      },
    });
    const face = new AgentFace(agent, journal, clock);
    const http = await serveAgentHttp(wantedPort, () => face.health(), face.metrics);
    const watch = await openWatch(context, face);
    try {
      const url = `http://${AGENT_HOST}:${http.port}`;
      output.data('running', { url }, `The agent runs; health and figures: ${url}/healthz, ${url}/metrics`);
      agent.start();
      await Promise.race([untilAborted(signal), agent.failed]);
    } finally {
      await agent.close();
      await watch?.close();
      await http.close();
    }
    return stopped('The agent is down.');
  } finally {
    radios.close();
    await journal.close();
  }
}

/** The token as it lies in its file: one that the cloud refuses is looked for there again. */
class TokenAddress implements CloudAddress {
  readonly baseUrl: string;
  readonly #context: Context;
  #token: string;
  /** Told once, however often it is met. */
  #trouble: string | undefined;

  /** Throws INPUT_NEEDED, FILE_UNREADABLE. */
  constructor(context: Context) {
    this.#context = context;
    const { baseUrl, token = '' } = cloudAddress(context);
    this.baseUrl = baseUrl;
    this.#token = token;
  }

  get token(): string {
    return this.#token;
  }

  readAnew(): void {
    try {
      this.#token = cloudAddress(this.#context).token ?? this.#token;
      this.#trouble = undefined;
    } catch (error) {
      // Also where the file can't be read: whoever replaces it may not be done, and the one of before is no worse.
      if (codeOf(error) === undefined) throw error;
      const { message } = reportOf(error);
      if (message !== this.#trouble) this.#context.output.note(`There is no other token to try: ${message}`);
      this.#trouble = message;
    }
  }
}

async function openAgentRadio(radio: OpenRadio): Promise<AgentRadio> {
  try {
    return { central: await radio.central(), close: () => radio.close(), lost: radio.lost };
  } catch (error) {
    await radio.close();
    throw error;
  }
}

/** Without it the agent works all the same. */
async function openWatch(
  { clock, config, output }: Context,
  face: AgentFace,
): Promise<WatchServer | undefined> {
  const path = agentSocket(config);
  try {
    return await serveWatch(path, clock, () => face.lines());
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    output.note(`doorlab watch can't be used: ${path} can't be listened on (${why}).`);
    return undefined;
  }
}

export function tellEvent({ output }: Pick<Context, 'output'>, event: AgentEvent): void {
  switch (event.type) {
    case 'cloud':
    case 'radio': {
      const { type, state, detail } = event;
      const after = state === 'opening' ? ` anew (${detail})` : `: ${detail}`;
      const why = detail === undefined ? '' : after;
      output.data(type, { state, detail }, `${type === 'cloud' ? 'Cloud' : 'Radio'} ${WORDS[state]}${why}`);
      return;
    }
    case 'channel':
      // Once an outage, however often it is tried again in vain.
      if (event.state === 'connecting' || (event.state === 'closed' && event.failures > 1)) return;
      output.data('channel', { state: event.state }, `Live channel ${event.state}`);
      return;
    case 'silent':
      output.data('silent', {}, 'Nobody is heard: the scan begins anew.');
      return;
    case 'visiting':
      output.data(
        'visiting',
        { door: event.door.doorName, doorId: event.door.doorId, why: event.why },
        `${event.door.doorName}: syncing`,
      );
      return;
    case 'visited': {
      const { doorId, doorName } = event.door;
      const outcome = { doorId, doorName, ...event.end };
      output.data(
        'visited',
        { ...outcomeJson(outcome), why: event.why, tookMs: event.tookMs },
        outcomeText(outcome),
      );
      return;
    }
    case 'progress':
      return;
  }
}

const WORDS = {
  unknown: 'not asked yet',
  there: 'answers',
  away: 'does not answer',
  refused: 'refuses the token',
  closed: 'is closed',
  opening: 'is opened',
  open: 'listens',
} as const;
