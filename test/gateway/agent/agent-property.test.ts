// An agent in a house that goes wrong at random: doors come and go, visits fail, cloud, radio and channel are lost and come
// back. Whatever happens, it keeps its promises; and once all is well, every door gets what is wanted there.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { uniform } from '#protocol/ports/random.ts';
import * as limits from '#gateway/agent/agent-limits.ts';
import type { AgentEffect, ListedDoor, VisitEnd } from '#gateway/agent/agent-state.ts';
import { holds } from '#test/builders/seeded-property.ts';
import { advert, AgentScript, doorId, listed, START_S, version } from './agent-script.ts';

interface House {
  readonly seed: number;
  readonly doors: number;
  readonly failOneIn: number;
  readonly stormMs: number;
}

interface SimDoor {
  readonly n: number;
  target: number;
  applied: number;
  isNear: boolean;
  dueS: number | null;
  isAsked: boolean;
  /** Since its last visit that was done: how often it failed, and when last. */
  failures: number;
  failedAtMs: number;
  /** Visits of others that began while it was its turn. */
  overtaken: number;
}

class Sim {
  readonly script = new AgentScript();
  readonly broken: string[] = [];
  readonly doors: SimDoor[];
  readonly #draw: (bound: number) => number;
  readonly #due: { readonly atMs: number; readonly run: () => void }[] = [];
  readonly #house: House;
  visits = 0;
  isStorm = true;
  #isCloudThere = true;
  #isRadioThere = true;
  #radioOpen = false;
  #channel = 0;
  #visiting: SimDoor | undefined;

  constructor(house: House) {
    this.#house = house;
    const random = seededRandom(house.seed);
    this.#draw = (bound) => uniform(random, bound);
    this.script.chance = () => this.#draw(1_000) / 1_000;
    this.script.onEffect = (effect) => this.#perform(effect);
    this.doors = Array.from({ length: house.doors }, (_, n) => ({
      n,
      target: 2,
      applied: 1,
      isNear: this.#draw(3) > 0,
      dueS: this.#draw(4) === 0 ? START_S + this.#draw(house.stormMs / 1_000) : null,
      isAsked: false,
      failures: 0,
      failedAtMs: 0,
      overtaken: 0,
    }));
  }

  run(): void {
    this.script.feed({ type: 'start' });
    const endMs = this.script.nowMs + this.#house.stormMs;
    while (this.script.nowMs < endMs) {
      this.#trouble();
      this.#pass(500 + this.#draw(4_000));
    }
    this.#calm();
    this.#pass(2 * limits.DOOR_RETRY_MOST_MS + this.#house.stormMs);
  }

  #pass(ms: number): void {
    const untilMs = this.script.nowMs + ms;
    for (;;) {
      this.#due.sort((a, b) => a.atMs - b.atMs);
      const nextMs = Math.min(this.#due[0]?.atMs ?? untilMs, untilMs);
      this.script.pass(Math.max(0, nextMs - this.script.nowMs));
      if ((this.#due[0]?.atMs ?? Number.POSITIVE_INFINITY) > untilMs) return;
      this.#due.shift()?.run();
    }
  }

  #in(ms: number, run: () => void): void {
    this.#due.push({ atMs: this.script.nowMs + ms, run });
  }

  #perform(effect: AgentEffect): void {
    switch (effect.type) {
      case 'list':
        this.#in(50, () =>
          this.script.feed(
            this.#isCloudThere
              ? { type: 'listed', doors: this.doors.map((door) => this.#listed(door)) }
              : { type: 'not-listed', isRefused: false, detail: 'gone' },
          ),
        );
        return;
      case 'open-channel': {
        const channel = ++this.#channel;
        this.#in(30, () => {
          if (channel !== this.#channel) return;
          if (this.#isCloudThere) this.script.say({ type: 'hello', number: 1, doors: [], more: false });
          else this.script.feed({ type: 'channel-closed', isRefused: false, detail: 'gone' });
        });
        return;
      }
      case 'close-channel':
        this.#channel++;
        return;
      case 'open-radio':
        if (this.#visiting !== undefined) this.broken.push('opened the radio within a visit');
        this.#in(20, () => {
          this.#radioOpen = this.#isRadioThere;
          this.script.feed(
            this.#isRadioThere ? { type: 'radio-open' } : { type: 'radio-failed', detail: 'none' },
          );
        });
        return;
      case 'listen':
        if (this.#visiting !== undefined) this.broken.push('listened within a visit');
        this.#in(300, () => this.#hearAll());
        return;
      case 'visit':
        this.#visit(effect.doorId);
        return;
      case 'send':
      case 'wake':
    }
  }

  #hearAll(): void {
    if (this.#radioOpen && this.#visiting === undefined)
      for (const door of this.doors) if (door.isNear) this.#sight(door);
  }

  #sight({ n, applied }: SimDoor): void {
    this.script.feed({
      type: 'sighted',
      doors: [{ doorId: doorId(n), advert: advert({ versionBits: applied }) }],
    });
  }

  #listed({ n, target, applied, dueS }: SimDoor): ListedDoor {
    return listed(n, {
      wish: { target: version(target), isProven: target === applied },
      dueS: target === applied ? null : dueS,
    });
  }

  #visit(id: string): void {
    const door = this.doors.find(({ n }) => doorId(n) === id);
    const { nowMs, state } = this.script;
    if (door === undefined || this.#visiting !== undefined) return void this.broken.push('a visit too many');
    this.visits++;
    this.#visiting = door;
    if (!this.#radioOpen) this.broken.push('visited without a radio');
    if (state.cloud.name !== 'there') this.broken.push('visited without a cloud');
    if (state.doors.get(id)?.shown === undefined) this.broken.push(`visited ${id} out of range`);
    if (!door.isAsked) this.#judge(door, nowMs);
    for (const other of this.doors) if (other !== door && this.#isItsTurn(other)) other.overtaken++;
    door.overtaken = 0;
    const most = (limits.ASKED_IN_A_ROW_MAX + 1) * (this.doors.length + 1);
    for (const other of this.doors) if (other.overtaken > most) this.broken.push(`${other.n} starves`);
    this.#in(100 + this.#draw(3_000), () => this.#end(door, id));
  }

  /** Neither too early nor too soon after a failure. */
  #judge(door: SimDoor, nowMs: number): void {
    const wallS = START_S + Math.floor(nowMs / 1_000);
    const isEarly =
      door.dueS !== null && door.target !== door.applied && wallS < door.dueS - limits.DUE_LEAD_S - 1;
    if (isEarly) this.broken.push(`${door.n} was not due for ${door.dueS! - wallS} s`);
    const doubled = limits.DOOR_RETRY_FIRST_MS * 2 ** (door.failures - 1);
    const leastMs = door.failures === 0 ? 0 : Math.min(limits.DOOR_RETRY_MOST_MS, doubled) / 2;
    if (nowMs - door.failedAtMs < leastMs) this.broken.push(`${door.n} was tried again too soon`);
  }

  #isItsTurn({ n }: SimDoor): boolean {
    const known = this.script.state.doors.get(doorId(n));
    if (known?.shown === undefined || known.wish?.isProven !== false || known.dueS !== null) return false;
    return known.notBeforeMs <= this.script.nowMs;
  }

  #end(door: SimDoor, id: string): void {
    this.#visiting = undefined;
    const cannot = !this.#radioOpen ? 'radio' : !this.#isCloudThere ? 'cloud' : undefined;
    const fails = this.isStorm && this.#draw(this.#house.failOneIn) === 0;
    const blame = cannot ?? (fails || !door.isNear ? 'door' : undefined);
    const isHeld = blame === undefined && this.isStorm && this.#draw(this.#house.failOneIn) === 0;
    if (blame === undefined) door.isAsked = false;
    if (blame === undefined && !isHeld) {
      Object.assign(door, { applied: door.target, failures: 0 });
      const end: VisitEnd = { result: 'done', door: this.#listed(door), tookLog: true };
      this.script.feed({ type: 'visited', doorId: id, end });
      return;
    }
    if (blame !== 'radio') {
      door.failures++;
      door.failedAtMs = this.script.nowMs;
    }
    const end: VisitEnd =
      blame === undefined ? { result: 'held', detail: 'NO' } : { result: 'failed', blame, detail: 'NO' };
    this.script.feed({ type: 'visited', doorId: id, end });
  }

  #trouble(): void {
    const door = this.doors[this.#draw(this.doors.length)]!;
    switch (this.#draw(12)) {
      case 0:
        this.#isCloudThere = !this.#isCloudThere;
        return;
      case 1:
        this.#isRadioThere = !this.#isRadioThere;
        if (!this.#isRadioThere && this.#radioOpen) {
          this.#radioOpen = false;
          this.script.feed({ type: 'radio-failed', detail: 'pulled' });
        }
        return;
      case 2:
        this.#channel++;
        this.script.feed({ type: 'channel-closed', isRefused: false, detail: 'cut' });
        return;
      case 3:
      case 4:
        door.isNear = !door.isNear;
        if (door.isNear) this.#hearAll();
        else this.script.feed({ type: 'lost', doorIds: [doorId(door.n)] });
        return;
      case 5:
      case 6:
        door.target++;
        door.dueS = null;
        if (this.#isCloudThere)
          this.script.say({
            type: 'target',
            number: 2,
            doorId: doorId(door.n),
            target: version(door.target),
          });
        return;
      case 7:
        if (!this.#isCloudThere || this.script.state.channel.name === 'closed') return;
        Object.assign(door, { isAsked: true, failures: 0 });
        this.script.ask(door.n, `r${this.#draw(1_000_000)}`);
        return;
      case 8:
        if (this.#radioOpen) this.script.feed({ type: 'silent' });
        return;
      default:
        this.#hearAll();
    }
  }

  #calm(): void {
    this.isStorm = false;
    this.#isCloudThere = this.#isRadioThere = true;
    const hear = (): void => {
      for (const door of this.doors) {
        door.isNear = true;
        if (this.#radioOpen && this.script.state.doors.get(doorId(door.n))?.shown === undefined)
          this.#sight(door);
      }
      this.#in(1_000, hear);
    };
    const ping = (): void => {
      this.script.say({ type: 'ping' });
      this.#in(20_000, ping);
    };
    hear();
    ping();
  }
}

const houses = fc.record({
  seed: fc.integer({ min: 0, max: 1_000_000 }),
  doors: fc.integer({ min: 1, max: 12 }),
  failOneIn: fc.integer({ min: 1, max: 6 }),
  stormMs: fc.constantFrom(60_000, 900_000),
});

test('it visits one door at a time, in range, when it is due, after its wait; nobody starves; and all is well in the end', () => {
  let visits = 0;
  holds(
    fc.property(houses, (house) => {
      const sim = new Sim(house);
      sim.run();
      visits += sim.visits;
      expect(sim.broken).toEqual([]);
      expect(sim.doors.filter(({ target, applied }) => target !== applied)).toEqual([]);
    }),
    60,
  );
  expect(visits).toBeGreaterThan(500);
});
