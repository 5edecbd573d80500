// Mechanics on the bench: in virtual time, with what it wrote, lit and left of the metal at hand.
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import type { MechanicsEvent } from '#lock-sim/mechanics/actuator.ts';
import { BatteryMeter } from '#lock-sim/mechanics/battery-meter.ts';
import { LOCKED_BODY, type Body } from '#lock-sim/mechanics/body.ts';
import type { Digit } from '#lock-sim/mechanics/keypad.ts';
import type { Led } from '#lock-sim/mechanics/keypad-panel.ts';
import { Mechanics, type MechanicsParts } from '#lock-sim/mechanics/mechanics.ts';

export const RIGHT_CODE = '2580';

/** What outlives a boot, and what is wrong with it. */
interface Door {
  body: Body;
  jams: 'never' | 'extending' | 'always';
}

export interface MechanicsBench {
  readonly clock: VirtualClock;
  readonly battery: BatteryMeter;
  /** Of the boot that runs. */
  mechanics: Mechanics;
  readonly door: Door;
  readonly rows: MechanicsEvent[];
  /** Types of the rows alone. */
  told(): string[];
  readonly leds: Led[];
  readonly entries: string[];
  /** Touch, digits, check. */
  enter(digits: string): void;
  keys(digits: string): void;
  /** The power goes and comes back. */
  reboot(): void;
}

export type BenchParts = Partial<Omit<MechanicsParts, 'clock'>> & { readonly clock?: VirtualClock };

export function aMechanicsBench(
  profile: MechanicsParts['profile'],
  { clock = new VirtualClock(), body = LOCKED_BODY, ...over }: BenchParts = {},
): MechanicsBench {
  const { battery = new BatteryMeter(clock) } = over;
  const door: Door = { body, jams: 'never' };
  const rows: MechanicsEvent[] = [];
  const leds: Led[] = [];
  const entries: string[] = [];
  const newMechanics = (): Mechanics =>
    new Mechanics({
      clock,
      profile,
      body: door.body,
      keepBody: (next) => {
        door.body = next;
      },
      battery,
      unlockSeconds: () => 10,
      record: (row) => rows.push(row),
      onEntry: (digits) => {
        entries.push(digits);
        return digits === RIGHT_CODE ? 'open' : 'refused';
      },
      jam: (run) => door.jams === 'always' || (door.jams === 'extending' && run === 'extend'),
      onLed: (led) => leds.push(led),
      ...over,
    });
  const bench: MechanicsBench = {
    clock,
    battery,
    mechanics: newMechanics(),
    door,
    rows,
    told: () => rows.map(({ type }) => type),
    leds,
    entries,
    enter(digits) {
      bench.mechanics.touch();
      bench.keys(digits);
      bench.mechanics.key('check');
    },
    keys(digits) {
      for (const digit of digits) bench.mechanics.key(digit as Digit);
    },
    reboot() {
      bench.mechanics.stop();
      bench.mechanics = newMechanics();
      bench.mechanics.start();
    },
  };
  bench.mechanics.start();
  return bench;
}
