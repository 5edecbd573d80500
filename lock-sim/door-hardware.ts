// The metal and the cells of one lock: they outlive the power, and hands move them with power or without.
import type { Clock } from '#protocol/ports/clock.ts';
import { BatteryMeter } from './mechanics/battery-meter.ts';
import { LOCKED_BODY, moveByHand, type Body, type HandAct } from './mechanics/body.ts';
import type { Led } from './mechanics/keypad-panel.ts';
import type { Profile } from './mechanics/profile.ts';

export const DEFAULT_PROFILE: Profile = 'motor-deadbolt';

const NOBODY_WATCHES = (): void => undefined;

export class DoorHardware {
  readonly profile: Profile;
  readonly battery: BatteryMeter;
  body: Body = LOCKED_BODY;
  /** A fault: something is in the way of the bolt. */
  isJammed = false;
  /** What the keypad's light does, for whoever watches. */
  onLed: (led: Led) => void = NOBODY_WATCHES;

  constructor(profile: Profile, clock: Clock) {
    this.profile = profile;
    this.battery = new BatteryMeter(clock);
  }

  /** By hand alone: nothing in the lock notices. */
  move(act: HandAct): void {
    this.body = moveByHand(this.profile, this.body, act);
  }
}
