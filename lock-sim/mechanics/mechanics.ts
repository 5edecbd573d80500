// The shell around keypad, actuation and battery: performs their effects, keeps their timers, and is all that hands
// touch. One boot's life: the metal and the battery are handed in and outlive it.
import type { Clock } from '#protocol/ports/clock.ts';
import {
  actuationView,
  opensFromOutside,
  startActuation,
  stepActuation,
  type Actuation,
  type ActuationView,
} from './actuation.ts';
import type { ActuatorEffect, ActuatorInput, ActuatorTimer, MechanicsEvent } from './actuator.ts';
import { BATTERY_READING_INTERVAL_MS, type BatteryUse } from './battery.ts';
import type { BatteryMeter, BatteryReading } from './battery-meter.ts';
import type { Body, Turn } from './body.ts';
import type { HoldOpenRule, HoldOpenTimes } from './hold-open.ts';
import { SLEEPING_KEYPAD, type Digit, type Keypad, type KeypadInput } from './keypad.ts';
import { KeypadPanel, type Led } from './keypad-panel.ts';
import { NamedTimers } from './named-timers.ts';
import {
  DEFAULT_ALARM_TIMES,
  isWired,
  MOTOR_MOVE_MS,
  MOTOR_STALL_MS,
  releaseMs,
  type DoorAlarmTimes,
  type Profile,
} from './profile.ts';

/** How often a reader looks whether its hold-open schedule has begun or ended: at each whole minute. */
export const HOLD_OPEN_CHECK_MS = 60_000;

export interface HoldOpenPlan {
  /** Undefined where the table in force has none. */
  readonly rule: () => HoldOpenRule | undefined;
  readonly times: HoldOpenTimes;
}

export interface MechanicsParts {
  readonly clock: Clock;
  readonly profile: Profile;
  /** As the last boot left it, and hands since. */
  readonly body: Body;
  /** Called at each change of the metal: the device keeps it. */
  readonly keepBody: (body: Body) => void;
  readonly battery: BatteryMeter;
  /** Policy of the table in force. */
  readonly unlockSeconds: () => number;
  /** Writes the row. May throw: what a row has to stand before then does not happen. */
  readonly record: (event: MechanicsEvent) => void;
  /** Decides a whole entry; its row is written when it returns. */
  readonly onEntry: (digits: string) => 'open' | 'refused';
  /** A fault: the bolt meets resistance. */
  readonly jam?: (run: 'extend' | 'retract') => boolean;
  readonly alarmTimes?: DoorAlarmTimes;
  /** For a reader; no other profile holds a door open. */
  readonly holdOpen?: HoldOpenPlan | undefined;
  readonly onLed?: (led: Led) => void;
  /** Flash operations of this boot so far: they draw from the battery too. */
  readonly flashOperations?: () => number;
}

export interface MechanicsState extends ActuationView {
  readonly opensFromOutside: boolean;
  readonly keypad: Keypad['phase'];
  readonly battery: BatteryReading;
}

export class Mechanics {
  readonly #parts: MechanicsParts;
  readonly #timers: NamedTimers<ActuatorTimer | 'motor' | 'battery' | 'holdOpen'>;
  readonly #atStart: readonly ActuatorEffect[];
  #keypad: KeypadPanel | undefined;
  #actuation: Actuation;
  #isStopped = false;
  #flashDrawn = 0;

  /** `start` is due next. */
  constructor(parts: MechanicsParts) {
    this.#parts = parts;
    const { clock, profile, body, alarmTimes = DEFAULT_ALARM_TIMES } = parts;
    this.#timers = new NamedTimers(clock);
    const { state, effects } = startActuation(profile, body, alarmTimes, clock.monotonicMs());
    this.#actuation = state;
    this.#atStart = effects;
  }

  /** Apart from the constructor: it may write rows, and one that throws has to leave something that can be stopped. */
  start(): void {
    for (const effect of this.#atStart) this.#perform(effect);
    this.#readBatteryHourly();
    this.refreshHoldOpen();
  }

  state(): MechanicsState {
    return {
      ...actuationView(this.#actuation),
      opensFromOutside: opensFromOutside(this.#actuation),
      keypad: this.#keypad?.phase ?? SLEEPING_KEYPAD.phase,
      battery: this.#parts.battery.reading,
    };
  }

  /** False where the battery is empty: nothing moves by power then, and no row should say that it did. */
  canActuate(): boolean {
    return isWired(this.#parts.profile) || this.#parts.battery.reading.level !== 'empty';
  }

  /** A hand on the keypad: wakes it. An empty battery lights no keypad. */
  touch(): void {
    if (this.canActuate()) this.#takeKey({ type: 'touch' });
  }

  /** One that was still awake as the battery ran empty is dark as well. */
  key(key: Digit | 'check'): void {
    if (!this.canActuate()) return;
    this.#takeKey(key === 'check' ? { type: 'check' } : { type: 'digit', digit: key });
  }

  /** A credential was accepted, and its row is written. False where nothing can move. */
  grant(): boolean {
    const { profile, unlockSeconds } = this.#parts;
    return this.#actuate({ type: 'grant', releaseMs: releaseMs(profile, unlockSeconds()) });
  }

  /** False where nothing can move. */
  lockCommand(): boolean {
    return this.#actuate({ type: 'lockCommand' });
  }

  /** Somebody inside leaves. */
  exit(): void {
    this.#step({ type: 'exit' });
  }

  turnThumbturn(side: 'inside' | 'outside', to: Turn = this.#otherWay()): void {
    this.#step({ type: 'thumbturn', side, to });
  }

  turnKey(to?: Turn): void {
    // Only a bolt of its own is locked by a key.
    const byItself = this.#actuation.profile === 'motor-deadbolt' ? this.#otherWay() : 'unlock';
    this.#step({ type: 'key', to: to ?? byItself });
  }

  door(is: Body['door']): void {
    this.#step({ type: 'door', is });
  }

  privacy(is: Body['privacy']): void {
    this.#step({ type: 'privacy', is });
  }

  /** What the radio, the flash and others take from the battery. */
  draw(use: BatteryUse, count?: number): void {
    if (!this.#isStopped && !isWired(this.#parts.profile)) this.#parts.battery.draw(use, count);
  }

  /** Other cells, seen at once. */
  setBattery(percent: number): void {
    // What was done so far came out of the old ones.
    this.#drawFlash();
    this.#parts.battery.set(percent);
    this.#measure();
  }

  /** The clock was set, or another table is in force: the hold-open schedule is looked at anew. */
  refreshHoldOpen(): void {
    const { holdOpen, profile } = this.#parts;
    if (holdOpen !== undefined && profile === 'reader' && !this.#isStopped) this.#checkHoldOpen(holdOpen);
  }

  /** Ends every timer; nothing has an effect any more. */
  stop(): void {
    this.#isStopped = true;
    this.#keypad?.stop();
    this.#timers.cancelAll();
  }

  /** The way in which a hand turns that does not say: to the other end. */
  #otherWay(): Turn {
    const { profile, body } = this.#actuation;
    if (profile === 'mortise') return body.privacy === 'thrown' ? 'unlock' : 'lock';
    return body.bolt === 'retracted' ? 'lock' : 'unlock';
  }

  #takeKey(input: KeypadInput): void {
    if (this.#isStopped) return;
    this.#keypad ??= this.#newKeypad();
    this.#keypad.take(input);
  }

  /** Made for the first touch: most locks stand idle. */
  #newKeypad(): KeypadPanel {
    const { clock, profile, battery, onEntry, onLed } = this.#parts;
    return new KeypadPanel({
      clock,
      onEntry,
      onOpen: () => this.grant(),
      onWoke: () => this.draw('keypadWake'),
      onLed: (led) => onLed?.(led),
      isBatteryLow: () => !isWired(profile) && battery.reading.level !== 'normal',
    });
  }

  #actuate(input: ActuatorInput): boolean {
    if (this.#isStopped || !this.canActuate()) return false;
    this.#step(input);
    return true;
  }

  #step(input: ActuatorInput): void {
    if (this.#isStopped) return;
    const { clock, record, keepBody } = this.#parts;
    const { state, effects } = stepActuation(this.#actuation, input, clock.monotonicMs());
    for (const effect of effects) if (effect.type === 'rowFirst') record(effect.event);
    const before = this.#actuation.body;
    this.#actuation = state;
    if (state.body !== before) keepBody(state.body);
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: ActuatorEffect): void {
    switch (effect.type) {
      case 'motor':
        this.#runMotor(effect.run);
        return;
      case 'thumbturn':
      case 'latch':
        this.draw('solenoidMove');
        return;
      case 'relay':
      case 'rowFirst':
        return;
      case 'startTimer':
        this.#timers.start(effect.timer, effect.delayMs, () => {
          this.#step({ type: 'timer', timer: effect.timer });
        });
        return;
      case 'cancelTimer':
        this.#timers.cancel(effect.timer);
        return;
      case 'event':
        this.#parts.record(effect.event);
        return;
    }
  }

  #runMotor(run: 'extend' | 'retract' | 'off'): void {
    this.#timers.cancel('motor');
    if (run === 'off') return;
    this.draw('motorMove');
    // Whether it meets resistance shows at the end of its travel.
    this.#timers.start('motor', MOTOR_MOVE_MS, () => {
      if (this.#parts.jam?.(run) === true) {
        this.#timers.start('motor', MOTOR_STALL_MS - MOTOR_MOVE_MS, () => this.#motorEnded('stalled'));
      } else this.#motorEnded('done');
    });
  }

  #motorEnded(is: 'done' | 'stalled'): void {
    this.#step({ type: 'motor', is });
    if (!this.#timers.has('motor')) this.#measure();
  }

  #readBatteryHourly(): void {
    this.#timers.start('battery', BATTERY_READING_INTERVAL_MS, () => {
      this.draw('advertHour');
      this.#readBatteryHourly();
    });
    this.#measure();
  }

  #measure(): void {
    if (this.#isStopped) return;
    const { battery, record } = this.#parts;
    this.#drawFlash();
    battery.measure(record);
  }

  #drawFlash(): void {
    const operations = this.#parts.flashOperations?.() ?? 0;
    this.draw('flashOperation', operations - this.#flashDrawn);
    this.#flashDrawn = operations;
  }

  #checkHoldOpen(plan: HoldOpenPlan): void {
    const sinceMinuteMs = (plan.times.nowS() * 1_000) % HOLD_OPEN_CHECK_MS;
    this.#timers.start('holdOpen', HOLD_OPEN_CHECK_MS - sinceMinuteMs, () => {
      this.#checkHoldOpen(plan);
    });
    const rule = plan.rule();
    const isIn = rule !== undefined && plan.times.isInSchedule(rule.schedule, rule.exceptHolidays);
    this.#step({ type: 'holdWindow', isIn, needsFirstUnlock: rule?.needsFirstUnlock ?? false });
  }
}
