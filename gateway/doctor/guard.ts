// The guard of what needs a real adapter: the first of doctor's checks that is broken, as the error of the command, with the
// same sentence and the same remedy. What can't be known stops nobody.
import { RadioError, type RadioErrorCode } from '#radio/ports/errors.ts';
import type { Check, CheckId } from './check.ts';
import { checkMachine, type AdapterWish } from './machine.ts';
import { thisMachine, type Machine } from './machine-facts.ts';

/** The socket's own error names what is not built. */
const GUARDED: ReadonlyMap<CheckId, RadioErrorCode> = new Map<CheckId, RadioErrorCode>([
  ['kernel-bluetooth', 'ADAPTER_MISSING'],
  ['adapter', 'ADAPTER_MISSING'],
  ['rfkill', 'ADAPTER_OFF'],
  ['adapter-permission', 'ADAPTER_MISSING'],
]);

/** Throws RadioError. */
export function guardAdapter(adapter: number | undefined, machine: Machine = thisMachine()): void {
  const wish: AdapterWish = { isWanted: true, adapter };
  const error = adapterFlaw(checkMachine(machine, wish));
  if (error !== undefined) throw error;
}

export function adapterFlaw(checks: readonly Check[]): RadioError | undefined {
  for (const { id, status, detail, remedy } of checks) {
    const code = GUARDED.get(id);
    if (status !== 'fail' || code === undefined) continue;
    return new RadioError(code, detail, remedy === undefined ? {} : { next: remedy });
  }
  return undefined;
}
