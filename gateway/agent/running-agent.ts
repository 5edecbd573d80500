// Performs an agent's effects: holds the channel, asks the cloud, keeps the radio, and has doors visited by the same visit
// as any courier. It decides nothing: agent.ts does.
import { DoorlabError } from '#protocol/errors.ts';
import type { Timer } from '#protocol/ports/clock.ts';
import { uniform } from '#protocol/ports/random.ts';
import { withDeadline } from '#protocol/ports/deadline.ts';
import { RadioError } from '#radio/ports/errors.ts';
import type { LiveChannel, LiveListener } from '../live-channel.ts';
import { tellHeld } from '../receipts.ts';
import { syncDoorOf, type SyncDoor } from '../sync-doors.ts';
import type { VisitParts } from '../visit-parts.ts';
import type { AgentEvent } from './agent-event.ts';
import * as limits from './agent-limits.ts';
import type { AgentEffect, AgentInput, AgentState, At, Why } from './agent-state.ts';
import { isRefusal, listedOf, visitEndOf, visitFrom } from './agent-visit.ts';
import { newAgent, stepAgent } from './agent.ts';
import { DoorRecognition } from './door-recognition.ts';
import { Listening, type AgentRadio } from './listening.ts';
import { Presence } from './presence.ts';

export interface AgentParts extends VisitParts {
  /** Rejects with RadioError. */
  readonly openRadio: () => Promise<AgentRadio>;
  readonly openChannel: (listener: LiveListener) => LiveChannel;
  /** The cloud's clock, where it says it. Throws CloudError. */
  readonly cloudTimeMs: (signal: AbortSignal) => Promise<number | undefined>;
  /** The cloud does not take the token: another one may lie there by now. */
  readonly onRefused: () => void;
  readonly onEvent: (event: AgentEvent) => void;
}

const CHANCES = 0x1_0000_0000;

export class RunningAgent {
  readonly presence: Presence;
  readonly #parts: AgentParts;
  readonly #index: DoorRecognition;
  /** Ends what asks the cloud; a visit has its own. */
  readonly #stop = new AbortController();
  #state = newAgent;
  #doors: ReadonlyMap<string, SyncDoor> = new Map();
  #skewMs = 0;
  #channel: LiveChannel | undefined;
  #listening: Listening | undefined;
  #wake: Timer | undefined;
  #visit: { readonly abort: AbortController; readonly ended: Promise<void> } | undefined;
  /** The radio is told one thing after the other. */
  #radioTail: Promise<void> = Promise.resolve();
  readonly #inputs: AgentInput[] = [];
  #isStepping = false;
  readonly #running = new Set<Promise<void>>();
  #failed: (error: unknown) => void = () => undefined;
  /** Rejects with the first defect; never settles otherwise. */
  readonly failed = new Promise<never>((_resolve, reject) => (this.#failed = reject));

  constructor(parts: AgentParts) {
    this.#parts = parts;
    this.#index = new DoorRecognition(parts);
    this.presence = new Presence(parts.clock, this.#index);
    this.failed.catch(() => undefined);
  }

  get state(): AgentState {
    return this.#state;
  }

  /** Of the newest list. */
  get doors(): ReadonlyMap<string, SyncDoor> {
    return this.#doors;
  }

  /** When an advert was heard last, on the monotonic scale. */
  get heardAtMs(): number | undefined {
    return this.presence.heardAtMs;
  }

  start(): void {
    this.#feed({ type: 'start' });
  }

  /** A visit that goes on may end by itself for a while, and is then called off: the lock keeps what it has. */
  async close(): Promise<void> {
    const { clock } = this.#parts;
    this.#feed({ type: 'stop' });
    this.#wake?.cancel();
    this.#stop.abort();
    const visit = this.#visit;
    if (visit !== undefined && !(await inTime(this.#parts, limits.STOP_PATIENCE_MS, visit.ended))) {
      visit.abort.abort();
      // A receipt that the cloud is being told of is in the journal by then.
      await inTime(this.#parts, limits.STOP_DEADLINE_MS, visit.ended);
    }
    const radio = this.#listening;
    const ended = Promise.all([radio?.close(), ...this.#running]);
    await withDeadline(clock, limits.STOP_DEADLINE_MS, ended, () => new Error('late')).catch(() => undefined);
  }

  #feed(input: AgentInput): void {
    this.#inputs.push(input);
    if (this.#isStepping) return;
    this.#isStepping = true;
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) this.#step(next);
    } finally {
      this.#isStepping = false;
    }
  }

  /** The moment as the agent goes by it, with a chance drawn. */
  now(): At {
    const { clock, random } = this.#parts;
    return {
      monoMs: clock.monotonicMs(),
      wallS: (clock.nowMs() + this.#skewMs) / 1_000,
      chance: uniform(random, CHANCES) / CHANCES,
    };
  }

  #step(input: AgentInput): void {
    const before = this.#state;
    const { state, effects } = stepAgent(before, input, this.now());
    this.#state = state;
    this.#tell(before, state);
    for (const effect of effects) this.#perform(effect);
  }

  #tell(before: AgentState, { cloud, radio, channel }: AgentState): void {
    const { onEvent } = this.#parts;
    if (cloud.name !== before.cloud.name || cloud.detail !== before.cloud.detail)
      onEvent({ type: 'cloud', state: cloud.name, detail: cloud.detail });
    if (radio.name !== before.radio.name) onEvent({ type: 'radio', state: radio.name, detail: radio.detail });
    if (radio.silences > before.radio.silences) onEvent({ type: 'silent' });
    if (channel.name !== before.channel.name)
      onEvent({ type: 'channel', state: channel.name, failures: channel.failures });
  }

  #perform(effect: AgentEffect): void {
    switch (effect.type) {
      case 'open-channel':
        this.#channel?.close();
        this.#channel = this.#parts.openChannel({
          onMessage: (message) => this.#feed({ type: 'message', message }),
          onClosed: (why) => this.#feed({ type: 'channel-closed', ...why }),
        });
        return;
      case 'close-channel':
        this.#channel?.close();
        this.#channel = undefined;
        return;
      case 'send':
        this.#channel?.send(effect.message);
        return;
      case 'list':
        this.#do(this.#list());
        return;
      case 'open-radio':
        this.#onRadio(() => this.#openRadio());
        return;
      case 'listen':
        this.#onRadio(async () => this.#listening?.listen());
        return;
      case 'visit':
        this.#beginVisit(effect.doorId, effect.why);
        return;
      case 'wake':
        this.#wake?.cancel();
        this.#wake = this.#parts.clock.after(effect.inMs, () => this.#feed({ type: 'woken' }));
        return;
    }
  }

  async #list(): Promise<void> {
    const { cloud, log } = this.#parts;
    const signal = this.#stop.signal;
    try {
      const told = await tellHeld(this.#parts, signal);
      if (told.length > 0) log.info('receipts.told', { told: told.length });
      const cloudMs = await this.#parts.cloudTimeMs(signal);
      if (cloudMs !== undefined) this.#skewMs = cloudMs - this.#parts.clock.nowMs();
      const doors = (await cloud.courierDoors({ signal })).map(syncDoorOf);
      this.#doors = new Map(doors.map((door) => [door.doorId, door]));
      this.#index.setDoors(doors);
      this.#feed({ type: 'listed', doors: doors.map(listedOf) });
    } catch (error) {
      if (!(error instanceof DoorlabError)) throw error;
      const refused = isRefusal(error);
      if (refused) this.#parts.onRefused();
      log.info('cloud.not-asked', { error: error.code });
      this.#feed({ type: 'not-listed', isRefused: refused, detail: error.message });
    }
  }

  async #openRadio(): Promise<void> {
    const { clock, openRadio } = this.#parts;
    await this.#listening?.close();
    this.#listening = undefined;
    const opening = openRadio();
    const late = (): RadioError => new RadioError('ADAPTER_OFF', 'the radio did not come up in time');
    try {
      const radio = await withDeadline(clock, limits.RADIO_OPEN_DEADLINE_MS, opening, late);
      // It came up as the agent went down.
      if (this.#stop.signal.aborted) {
        await radio.close();
        return;
      }
      const listening = new Listening(radio, clock, this.presence, {
        onNews: (doors) => this.#feed({ type: 'sighted', doors }),
        onGone: (doorIds) => this.#feed({ type: 'lost', doorIds }),
        onSilence: () => this.#feed({ type: 'silent' }),
        onHeard: () => this.#feed({ type: 'heard' }),
      });
      this.#listening = listening;
      void radio.lost?.then(({ message }) => {
        if (this.#listening === listening) this.#feed({ type: 'radio-failed', detail: message });
      });
      this.#feed({ type: 'radio-open' });
    } catch (error) {
      void opening.then((radio) => radio.close()).catch(() => undefined);
      throw error;
    }
  }

  #onRadio(work: () => Promise<void>): void {
    const done = this.#radioTail.then(async () => {
      if (this.#stop.signal.aborted) return;
      try {
        await work();
      } catch (error) {
        if (!(error instanceof DoorlabError)) throw error;
        this.#parts.log.warn('radio.failed', { error: error.code });
        this.#feed({ type: 'radio-failed', detail: error.message });
      }
    });
    this.#radioTail = done.catch(() => undefined);
    this.#do(done);
  }

  #beginVisit(doorId: string, why: Why): void {
    const abort = new AbortController();
    const ended = this.#radioTail.then(() => this.#makeVisit(doorId, why, abort));
    this.#radioTail = ended.catch(() => undefined);
    this.#visit = { abort, ended };
    this.#do(ended);
  }

  async #makeVisit(doorId: string, why: Why, abort: AbortController): Promise<void> {
    const { clock, onEvent, log } = this.#parts;
    const door = this.#doors.get(doorId);
    if (door === undefined) {
      this.#feed({ type: 'visited', doorId, end: { result: 'failed', blame: 'door', detail: 'it is gone' } });
      return;
    }
    onEvent({ type: 'visiting', door, why });
    const startedMs = clock.monotonicMs();
    const over = clock.after(limits.VISIT_DEADLINE_MS, () => abort.abort());
    const end = await visitFrom(this.#listening, this.#parts, door, {
      onProgress: (progress) => onEvent({ type: 'progress', door, ...progress }),
      signal: abort.signal,
    });
    over.cancel();
    this.#visit = undefined;
    const visited = visitEndOf(door, end, this.#stop.signal.aborted && abort.signal.aborted);
    // Whoever was there may not have been the lock.
    if (visited.result === 'failed' && visited.blame === 'door') this.presence.misled(doorId);
    else this.presence.forget(doorId);
    const error = 'error' in end ? end.error : undefined;
    if (isRefusal(error)) this.#parts.onRefused();
    const tookMs = Math.round(clock.monotonicMs() - startedMs);
    log.info('door.visited', { doorId, why, result: end.result, error: error?.code, tookMs });
    onEvent({ type: 'visited', door, why, end, tookMs });
    this.#feed({ type: 'visited', doorId, end: visited });
  }

  /** A defect ends the program that runs it, by `failed`. */
  #do(work: Promise<void>): void {
    const done = work
      .catch((error: unknown) => this.#failed(error))
      .finally(() => this.#running.delete(done));
    this.#running.add(done);
  }
}

/** Whether it ended within that time. Never rejects. */
function inTime({ clock }: Pick<AgentParts, 'clock'>, ms: number, work: Promise<void>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = clock.after(ms, () => resolve(false));
    const done = (): void => {
      timer.cancel();
      resolve(true);
    };
    work.then(done, done);
  });
}
