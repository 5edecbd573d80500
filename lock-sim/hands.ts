// What a person can do at the door, with the lock awake, asleep or dark: where there is no power the metal moves all
// the same, and nothing in the lock notices.
import type { Decision } from './access/decision.ts';
import type { DoorHardware } from './door-hardware.ts';
import type { Firmware } from './firmware.ts';
import type { Body, HandAct, Turn } from './mechanics/body.ts';
import type { Digit } from './mechanics/keypad.ts';
import type { MechanicsState } from './mechanics/mechanics.ts';

export interface HandsParts {
  readonly hardware: DoorHardware;
  /** Undefined while the power is off. */
  readonly firmware: () => Firmware | undefined;
  /** Runs the work; a power cut within it is dealt with and gives undefined. */
  readonly guard: <T>(work: () => T) => T | undefined;
  /** Something that the advert shows may have changed. */
  readonly onChange: () => void;
}

export class Hands {
  readonly #parts: HandsParts;

  constructor(parts: HandsParts) {
    this.#parts = parts;
  }

  /** Undefined without power: see the hardware then. */
  state(): MechanicsState | undefined {
    return this.#parts.firmware()?.door.mechanics.state();
  }

  /** Wakes the keypad. */
  touch(): void {
    this.#withFirmware((firmware) => firmware.door.mechanics.touch());
  }

  /** The decision where this key ended an entry. */
  key(key: Digit | 'check'): Decision | undefined {
    return this.#withFirmware((firmware) => firmware.door.key(key));
  }

  /** Undefined where nothing reads it: no power, an empty battery. */
  tap(cardBytes: Uint8Array): Decision | undefined {
    return this.#withFirmware((firmware) => firmware.door.tapCard(cardBytes));
  }

  /** A phone that has proven this X25519 key over its channel. */
  appUnlock(phoneKey: Uint8Array): Decision | undefined {
    return this.#withFirmware((firmware) => firmware.door.unlockByApp(phoneKey));
  }

  /** False where nothing can move. */
  lockCommand(): boolean {
    return this.#withFirmware((firmware) => firmware.door.mechanics.lockCommand()) ?? false;
  }

  /** `to` left out: to the other end. */
  turnThumbturn(side: 'inside' | 'outside', to?: Turn): void {
    const { body, profile } = this.#parts.hardware;
    const isOpen = profile === 'mortise' ? body.privacy === 'released' : body.bolt === 'retracted';
    this.#move({ type: 'thumbturn', side, to: to ?? (isOpen ? 'lock' : 'unlock') }, (firmware) =>
      firmware.door.mechanics.turnThumbturn(side, to),
    );
  }

  turnKey(to?: Turn): void {
    const { body, profile } = this.#parts.hardware;
    const isLocking = profile === 'motor-deadbolt' && body.bolt === 'retracted';
    this.#move({ type: 'key', to: to ?? (isLocking ? 'lock' : 'unlock') }, (firmware) =>
      firmware.door.mechanics.turnKey(to),
    );
  }

  /** Somebody inside leaves. */
  exit(): void {
    this.#move({ type: 'exit' }, (firmware) => firmware.door.mechanics.exit());
  }

  door(is: Body['door']): void {
    this.#move({ type: 'door', is }, (firmware) => firmware.door.mechanics.door(is));
  }

  privacy(is: Body['privacy']): void {
    this.#move({ type: 'privacy', is }, (firmware) => firmware.door.mechanics.privacy(is));
  }

  /** Somebody takes the cover off. A dark lock can't tell. */
  tamper(): void {
    this.#withFirmware((firmware) => firmware.tampered());
  }

  /** Something is put in the way of the bolt, or taken out of it. */
  jam(isJammed: boolean): void {
    this.#parts.hardware.isJammed = isJammed;
  }

  /** Other cells. */
  setBattery(percent: number): void {
    const done = this.#withFirmware((firmware) => {
      firmware.door.mechanics.setBattery(percent);
      return true;
    });
    if (done === undefined) this.#parts.hardware.battery.set(percent);
    this.#parts.onChange();
  }

  #move(act: HandAct, byFirmware: (firmware: Firmware) => void): void {
    if (this.#parts.firmware() === undefined) this.#parts.hardware.move(act);
    else this.#withFirmware(byFirmware);
  }

  #withFirmware<T>(work: (firmware: Firmware) => T): T | undefined {
    return this.#parts.guard(() => {
      const firmware = this.#parts.firmware();
      return firmware === undefined ? undefined : work(firmware);
    });
  }
}
