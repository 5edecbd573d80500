// What may go wrong at a point of the matrix, once. A strike hits lock, link or courier there; a change befalls the value that
// passes; a trouble is had by the cloud or the disk at a step.
import type { Passing } from './points.ts';

/** Whom a strike hits. */
export type Struck =
  | 'link' // both hosts notice at once
  | 'lock' // loses its power, and has it back some seconds later
  | 'flash' // the lock loses its power within the next flash operation
  | 'host' // of the lock: it neither hears nor says anything for a minute, while its controller keeps the link up
  | 'courier' // its process dies; what its journal holds by then is opened by another
  | 'range'; // the courier goes out of range for good

export type Fault = { readonly name: string } & (
  | { readonly does: 'strike'; readonly struck: Struck; readonly when: 'before' | 'within' | 'behind' }
  | { readonly does: 'change'; readonly into: 'nothing' | 'twice' | 'late' | 'rubbish' | 'spoilt' }
  | { readonly does: 'trouble'; readonly when: 'before' | 'behind' }
);

const strike = (name: string, struck: Struck, when: 'before' | 'within' | 'behind'): Fault => ({
  name,
  does: 'strike',
  struck,
  when,
});

export const FAULTS: readonly Fault[] = [
  strike('the link drops before it', 'link', 'before'),
  strike('the link drops behind its first fragment', 'link', 'within'),
  strike('the link drops behind it', 'link', 'behind'),
  strike('the lock loses power before it', 'lock', 'before'),
  strike('the lock loses power behind it', 'lock', 'behind'),
  strike('the lock loses power in the first flash operation from it on', 'flash', 'before'),
  strike('the host of the lock is dead for a minute behind it', 'host', 'behind'),
  strike('the courier dies before it', 'courier', 'before'),
  strike('the courier dies behind it', 'courier', 'behind'),
  strike('the courier is out of range for good before it', 'range', 'before'),
  strike('the courier is out of range for good behind it', 'range', 'behind'),
  { name: 'it never comes', does: 'change', into: 'nothing' },
  { name: 'it comes twice', does: 'change', into: 'twice' },
  { name: 'it comes beyond every deadline', does: 'change', into: 'late' },
  { name: 'rubbish comes in its place', does: 'change', into: 'rubbish' },
  { name: 'it comes with a spoilt body', does: 'change', into: 'spoilt' },
];

/** Of steps that lean on a cloud or a disk, beside the courier's death there. */
export const TROUBLES: readonly Fault[] = [
  strike('the courier dies before it', 'courier', 'before'),
  strike('the courier dies behind it', 'courier', 'behind'),
  { name: 'it fails', does: 'trouble', when: 'before' },
  { name: 'it is done, and seems to have failed', does: 'trouble', when: 'behind' },
];

/** At a point that has a row of its own with all faults, what is worth another look in a second scenario. */
export const AGAIN: readonly Fault[] = FAULTS.filter(
  ({ name }) => name === 'the courier dies behind it' || name === 'it comes twice',
);

/** What is known of a point from a run without faults. */
export interface Seen {
  readonly from: Passing['from'] | undefined;
  /** Of the longest such message: one, or more. */
  fragments: 1 | 2;
  count: number;
}

/** Whether the fault can befall that point at all. */
export function befalls(fault: Fault, point: string, { from, fragments }: Seen): boolean {
  const isMessage = from !== undefined;
  if (fault.does === 'change') {
    if (point === 'status read') return fault.into === 'late' || fault.into === 'rubbish';
    if (point === 'connect' || point === 'subscribe') return fault.into === 'late';
    return isMessage;
  }
  if (fault.does === 'trouble') return point.startsWith('cloud ') || point.startsWith('journal ');
  if (fault.when === 'within') return fragments > 1;
  // There is no link yet to be lost.
  return !(point === 'connect' && fault.struck === 'link' && fault.when === 'before');
}
