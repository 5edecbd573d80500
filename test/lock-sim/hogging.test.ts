// Connection hogging: a central that holds the lock's one connection for a day and comes back the moment it is put out.
// People at the keypad notice nothing of it, and the next honest courier is served.
import { describe, expect, it } from 'vitest';
import { encodeLogPull } from '#protocol/sync/log-messages.ts';
import { LOCK_STATUS, SYNC_CONTROL } from '#protocol/sync/gatt.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { TYPICAL_TIMING } from '#lock-sim/flash/nor-flash.ts';
import type { Digit } from '#lock-sim/mechanics/keypad.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench, type Bench } from './lock-bench.ts';

const one = aSignedSet({ tableVersion: 1, rows: 3 });
const [eight, nine, ten] = [8, 9, 10].map((tableVersion) => aSignedSet({ tableVersion, rows: 140 }));
const digitsOf = (code: string): Digit[] => Array.from(code) as Digit[];
const CODE = digitsOf(one.codes[0]!);
const NOBODYS = digitsOf('7654321');

const DAY_S = 86_400;
/** The hogger acts so often, and as its link comes up; a person comes every quarter of an hour, and presses a key a second. */
const ACT_S = 9;
const VISIT_S = 900;
/** From the check key to a latch that is free. */
const OPEN_MAX_MS = 1_500;
/** No link lives longer, however busy; a second for the step of this test. */
const LINK_MAX_S = 181;

/** Of the cells, in a day on the air. */
const DRAWN_MAX_PERCENT = 8;

type Hogging = (courier: HandCourier, turn: number) => void;

const HOGGERS: readonly [string, boolean, Hogging][] = [
  ['says nothing', false, () => undefined],
  ['says what does not parse', false, (courier) => courier.link.write(SYNC_CONTROL, Uint8Array.of(255))],
  ['reads lock-status', false, (courier) => courier.link.read(LOCK_STATUS)],
  ['begins a message', false, (courier, n) => courier.link.write(SYNC_CONTROL, Uint8Array.of(1, n & 63, 0))],
  ['offers a signed set and sends frames of it', true, (courier, n) => takeUp(courier, nine!, n)],
  ['offers two signed sets in turn', true, (courier, n) => takeUp(courier, n % 2 ? nine! : eight!, n)],
  ['sends what is refused', true, (courier) => courier.say(99, new Uint8Array(20))],
  ['asks for time', true, (courier) => courier.say(MESSAGE.timeRequest, new Uint8Array(0))],
  [
    'pulls the log',
    true,
    // Each batch is signed and sealed: more of them would only make the test slower.
    (courier, n) => (n % 8 === 0 ? pullLog(courier) : undefined),
  ],
];

function pullLog(courier: HandCourier): void {
  courier.say(MESSAGE.logPull, encodeLogPull({ from: null, credit: 1 }));
}

function takeUp(courier: HandCourier, set: typeof one, turn: number): void {
  courier.offer(set, { offerId: turn & 0xff });
  courier.chunk(turn % 2);
}

/** One central after the other, none with a gap before it. */
class Hogger {
  readonly #bench: Bench;
  readonly #greets: boolean;
  readonly #act: Hogging;
  #courier: HandCourier | undefined;
  #sinceS = 0;
  #turns = 0;
  links = 0;
  longestS = 0;

  constructor(bench: Bench, greets: boolean, act: Hogging) {
    this.#bench = bench;
    this.#greets = greets;
    this.#act = act;
  }

  get isOn(): boolean {
    return this.#courier?.link.connected === true;
  }

  second(nowS: number): void {
    const isNew = !this.isOn;
    if (isNew) {
      this.#courier = this.#greets ? HandCourier.greeted(this.#bench) : new HandCourier(this.#bench);
      this.#sinceS = nowS;
      this.links++;
    }
    this.longestS = Math.max(this.longestS, nowS - this.#sinceS);
    if ((isNew || nowS % ACT_S === 0) && this.#courier !== undefined) this.#act(this.#courier, this.#turns++);
  }

  leave(): void {
    if (this.isOn) this.#courier?.leave();
  }
}

/** What the keys bring, and how long the latch takes from the check key on. */
function visit(bench: Bench, digits: readonly Digit[], second: () => void) {
  const { hands } = bench.lock;
  hands.touch();
  for (const digit of digits) {
    second();
    hands.key(digit);
  }
  second();
  const outcome = hands.key('check')?.outcome;
  let waitedMs = 0;
  for (; waitedMs < OPEN_MAX_MS && hands.state()?.opensFromOutside !== true; waitedMs += 100) {
    bench.clock.advance(100);
  }
  return { outcome, waitedMs };
}

describe('a central that hogs the connection for a day', () => {
  it.each(HOGGERS)(
    'and %s: each code is answered at once, and the door opens in time',
    async (_, greets, act) => {
      const bench = await aBench({ profile: 'mortise', timing: TYPICAL_TIMING });
      const honest = HandCourier.greeted(bench);
      honest.deliver(one);
      honest.leave();
      const hogger = new Hogger(bench, greets, act);
      let nowS = 0;
      const second = (): void => {
        hogger.second(nowS++);
        bench.clock.advance(1_000);
      };
      for (let visits = 0; visits < DAY_S / VISIT_S; visits++) {
        while (nowS % VISIT_S !== VISIT_S - 20) second();
        hogger.second(nowS);
        expect(hogger.isOn, 'the connection is taken').toBe(true);
        if (visits % 2 === 1) expect(visit(bench, NOBODYS, second).outcome).toBe('refused');
        const { outcome, waitedMs } = visit(bench, CODE, second);
        expect(outcome).toBe('open');
        expect(waitedMs).toBeLessThan(OPEN_MAX_MS);
      }
      expect(hogger.longestS).toBeLessThanOrEqual(LINK_MAX_S);
      expect(hogger.links).toBeGreaterThanOrEqual(DAY_S / LINK_MAX_S);
      expect(bench.lock.hands.state()?.battery.percent).toBeGreaterThanOrEqual(100 - DRAWN_MAX_PERCENT);
      hogger.leave();
      const next = HandCourier.greeted(bench);
      expect(next.deliver(ten!)?.triple).toEqual(ten!.triple);
      expect(bench.lock.report()).toMatchObject({ boots: 1, version: '1.1.10' });
    },
  );
});
