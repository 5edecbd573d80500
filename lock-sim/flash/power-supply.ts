// One sequence of everything that must survive a power cut: flash programs, flash erases and secure-element
// writes are numbered together, and the plan of a test cuts before, within or after any one of them. After a
// cut nothing works until a new supply is made, which is the next boot.
import { DoorlabError } from '#protocol/errors.ts';
import type { DurableOperation } from './durable-operation.ts';
import type { Tear } from './tears.ts';

/** The supply failed: thrown through the firmware, which may not catch it and go on. */
export class PowerCut extends DoorlabError {
  readonly code = 'POWER_CUT';
}

export class PowerSupply {
  #operations = 0;
  #cut: { readonly index: number; readonly tear: Tear } | undefined;
  #dead = false;
  #observe: ((operation: DurableOperation, index: number) => void) | undefined;

  /** Durable operations begun since this supply came up; the index of the next one. */
  get operations(): number {
    return this.#operations;
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** The operation of that index is torn, then PowerCut is thrown. */
  cutAt(index: number, tear: Tear): void {
    this.#cut = { index, tear };
  }

  /** Pulls the battery between two operations: whatever comes next throws. */
  cutNow(): void {
    this.#dead = true;
  }

  /** Called before each operation; a proof takes its snapshots here. The bytes are lent for the call. */
  observe(watch: (operation: DurableOperation, index: number) => void): void {
    this.#observe = watch;
  }

  /** For the simulated parts only: counts the operation and says how it is to be torn, if it is. */
  begin(operation: DurableOperation): Tear | undefined {
    this.assertOn();
    const index = this.#operations++;
    this.#observe?.(operation, index);
    return this.#cut?.index === index ? this.#cut.tear : undefined;
  }

  /** For the simulated parts only: the torn operation has left what it leaves. */
  fail(): never {
    this.#dead = true;
    throw new PowerCut(`power cut at operation ${this.#operations - 1}`);
  }

  /** For the simulated parts only: a dead part does not even read. */
  assertOn(): void {
    if (this.#dead) throw new PowerCut('the power is off');
  }
}
