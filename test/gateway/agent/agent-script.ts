// An agent's machine in the hands of a test: time that goes on by its own wakes, inputs given, effects collected.
import type { LiveServerMessage } from '#protocol/api/live.ts';
import type { RecognisedAdvert } from '#protocol/sync/advert.ts';
import type { Triple } from '#protocol/triple.ts';
import type {
  AgentEffect,
  AgentInput,
  AgentState,
  ListedDoor,
  VisitEnd,
} from '#gateway/agent/agent-state.ts';
import { newAgent, stepAgent } from '#gateway/agent/agent.ts';

export const START_S = 1_772_355_600;

export const doorId = (n: number): string => `door_${String(n).padStart(26, '0')}`;
export const version = (tableVersion: number): Triple => ({ ownershipEpoch: 1, keyEpoch: 1, tableVersion });

export const listed = (n: number, over: Partial<ListedDoor> = {}): ListedDoor => ({
  doorId: doorId(n),
  wish: { target: version(2), isProven: false },
  dueS: null,
  leaving: undefined,
  ...over,
});

export const advert = (over: Partial<RecognisedAdvert> = {}): RecognisedAdvert => ({
  versionBits: 1,
  logPending: false,
  batteryLow: false,
  notActivated: false,
  nonce: new Uint8Array(4),
  ...over,
});

export const done = (n: number, over: Partial<ListedDoor> = {}): VisitEnd => ({
  result: 'done',
  door: listed(n, { wish: { target: version(2), isProven: true }, ...over }),
  tookLog: true,
});

export const failed = (blame: Extract<VisitEnd, { result: 'failed' }>['blame'] = 'door'): VisitEnd => ({
  result: 'failed',
  blame,
  detail: 'NO',
});

export class AgentScript {
  state: AgentState = newAgent;
  nowMs = 1_000;
  chance: () => number = () => 0.5;
  /** Called with each effect but `wake`. */
  onEffect: (effect: AgentEffect) => void = () => undefined;
  #effects: AgentEffect[] = [];
  #wakeMs = Number.POSITIVE_INFINITY;

  feed(input: AgentInput): this {
    const at = { monoMs: this.nowMs, wallS: START_S + Math.floor(this.nowMs / 1_000), chance: this.chance() };
    const { state, effects } = stepAgent(this.state, input, at);
    this.state = state;
    for (const effect of effects) {
      if (effect.type === 'wake') this.#wakeMs = this.nowMs + effect.inMs;
      else {
        this.#effects.push(effect);
        this.onEffect(effect);
      }
    }
    return this;
  }

  say(message: LiveServerMessage): this {
    return this.feed({ type: 'message', message });
  }

  /** When it wants to be woken next. */
  get wakeMs(): number {
    return this.#wakeMs;
  }

  /** Wakes it whenever it asked to be. */
  pass(ms: number): this {
    const untilMs = this.nowMs + ms;
    while (this.#wakeMs <= untilMs) {
      this.nowMs = Math.max(this.nowMs, this.#wakeMs);
      this.#wakeMs = Number.POSITIVE_INFINITY;
      this.feed({ type: 'woken' });
    }
    this.nowMs = untilMs;
    return this;
  }

  /** What it asked for since the last call. */
  take(): AgentEffect[] {
    return this.#effects.splice(0);
  }

  visits(): string[] {
    return this.take().flatMap((effect) => (effect.type === 'visit' ? [effect.doorId] : []));
  }

  types(): AgentEffect['type'][] {
    return this.take().map(({ type }) => type);
  }

  /** Connected, its radio open, with these doors; it has listened for long enough. */
  static up(...doors: readonly ListedDoor[]): AgentScript {
    const script = new AgentScript().feed({ type: 'start' });
    script.say({ type: 'hello', number: 1, doors: [], more: false });
    // The hello asks for a second list, where one goes on already.
    script.feed({ type: 'listed', doors }).feed({ type: 'listed', doors });
    script.feed({ type: 'radio-open' }).pass(2_500);
    script.take();
    return script;
  }

  sight(n: number, over: Partial<RecognisedAdvert> = {}): this {
    return this.feed({ type: 'sighted', doors: [{ doorId: doorId(n), advert: advert(over) }] });
  }

  end(n: number, end: VisitEnd): this {
    return this.feed({ type: 'visited', doorId: doorId(n), end });
  }

  ask(n: number, requestId = `r${n}`): this {
    return this.say({ type: 'sync-request', doorId: doorId(n), requestId });
  }
}
