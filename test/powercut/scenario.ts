// What a scenario is: how the machine is prepared, what happens to it while the power may go, and what an honest
// courier brings it to in the end. What must hold at any cut is the same for all of them: invariants.ts.
import type { BuiltSet } from '#test/builders/signed-set.ts';
import type { Claims } from './claims.ts';
import type { Parts, Setup } from './setup.ts';
import type { World } from './world.ts';

export interface Scenario extends Setup {
  /** As `--scenario` takes it. */
  readonly name: string;
  /** Before power comes; in words, the machine that the cuts fall on. */
  readonly machine: string;
  /** What goes on while the power may go, boot included. */
  readonly happens: string;
  /** Beyond the invariants. */
  readonly holds?: string;
  /** Tears an operation; the whole list where left out. */
  readonly tears?: number;
  /** The newest set: what an honest courier ends with. */
  readonly goal: BuiltSet;
  prepare?(world: World): void;
  /** What befalls the parts while the power is off. */
  befall?(parts: Parts): Parts;
  play(world: World): void;
  /** What the cloud still wants of a lock that was cut, before the goal; an activation where left out. */
  wants?(world: World): void;
  /** Of a lock that was cut and then brought to the goal; what is broken, in words. */
  afterwards?(world: World, claims: Claims): string | undefined;
}
