// What the journal's entries amount to: receipts that the cloud has not taken yet, deliveries begun and not ended,
// and handles of locks met before. Pure: the state is a fold over the entries, and can be written as entries again.
import { z } from 'zod';
import { Triple } from '#protocol/api/values.ts';
import type { KnownHandles } from './courier/carrier.ts';

const Hex = z.string().regex(/^(?:[0-9a-f]{2})*$/);
const Handle = z.int().min(1).max(0xffff);

export const GattTable = z.strictObject({
  services: z.array(
    z.strictObject({
      uuid: z.string(),
      startHandle: Handle,
      endHandle: Handle,
      characteristics: z.array(
        z.strictObject({
          uuid: z.string(),
          properties: z.int(),
          startHandle: Handle,
          endHandle: Handle,
          valueHandle: Handle,
        }),
      ),
    }),
  ),
});

export const JournalEntry = z.discriminatedUnion('type', [
  /** In the journal before anybody is told of it. `id` follows from the bytes. */
  z.strictObject({
    type: z.literal('receipt-held'),
    id: z.string(),
    doorId: z.string(),
    lockId: Hex,
    receipt: Hex,
    /** Base URL of the one that it is for; without one, for whichever is there. */
    cloud: z.string().optional(),
    atS: z.int(),
  }),
  /** The cloud took it. */
  z.strictObject({ type: z.literal('receipt-posted'), id: z.string() }),
  /** The cloud will never take it, and says why by `code`; kept to be looked at. */
  z.strictObject({ type: z.literal('receipt-refused'), id: z.string(), code: z.string() }),
  z.strictObject({
    type: z.literal('delivery-begun'),
    doorId: z.string(),
    lockId: Hex,
    target: Triple,
    atS: z.int(),
  }),
  z.strictObject({ type: z.literal('delivery-ended'), doorId: z.string(), result: z.string() }),
  z.strictObject({
    type: z.literal('handles-learned'),
    lockId: Hex,
    gattVersion: z.int(),
    gattTable: GattTable,
  }),
]);
export type JournalEntry = z.infer<typeof JournalEntry>;

/** A power cut must not take it: what else there is the cloud or the lock says again. */
export const isLasting = ({ type }: JournalEntry): boolean =>
  type === 'receipt-held' || type === 'receipt-refused';

type EntryOf<T extends JournalEntry['type']> = Extract<JournalEntry, { readonly type: T }>;
export type HeldReceipt = EntryOf<'receipt-held'>;
export type BegunDelivery = EntryOf<'delivery-begun'>;

export interface JournalState {
  /** By id, in the order in which they came. */
  readonly held: ReadonlyMap<string, HeldReceipt>;
  readonly refused: ReadonlyMap<string, { readonly receipt: HeldReceipt; readonly code: string }>;
  /** By door: the last delivery that was begun and whose end nobody noted. */
  readonly begun: ReadonlyMap<string, BegunDelivery>;
  /** By lock. */
  readonly handles: ReadonlyMap<string, KnownHandles>;
}

export const emptyJournalState: JournalState = {
  held: new Map(),
  refused: new Map(),
  begun: new Map(),
  handles: new Map(),
};

/** Refused receipts beyond so many: the oldest is let go. */
const REFUSED_MAX = 64;
/** Locks whose handles are kept; the one learned longest ago is let go. */
const HANDLES_MAX = 4_096;

/** An entry about something that is not there (any more) changes nothing. */
export function applyEntry(state: JournalState, entry: JournalEntry): JournalState {
  switch (entry.type) {
    case 'receipt-held':
      return state.refused.has(entry.id) ? state : { ...state, held: added(state.held, entry.id, entry) };
    case 'receipt-posted':
      return { ...state, held: without(state.held, entry.id) };
    case 'receipt-refused': {
      const receipt = state.held.get(entry.id);
      if (receipt === undefined) return state;
      const refused = added(state.refused, entry.id, { receipt, code: entry.code }, REFUSED_MAX);
      return { ...state, held: without(state.held, entry.id), refused };
    }
    case 'delivery-begun':
      return { ...state, begun: added(state.begun, entry.doorId, entry) };
    case 'delivery-ended':
      return { ...state, begun: without(state.begun, entry.doorId) };
    case 'handles-learned': {
      const { lockId, gattVersion, gattTable } = entry;
      return { ...state, handles: added(state.handles, lockId, { gattVersion, gattTable }, HANDLES_MAX) };
    }
  }
}

/** The fewest entries that give this state. */
export function entriesOf(state: JournalState): JournalEntry[] {
  return [
    ...state.held.values(),
    ...[...state.refused.values()].flatMap(({ receipt, code }): JournalEntry[] => [
      receipt,
      { type: 'receipt-refused', id: receipt.id, code },
    ]),
    ...state.begun.values(),
    ...[...state.handles].map(([lockId, { gattVersion, gattTable }]) =>
      JournalEntry.parse({ type: 'handles-learned', lockId, gattVersion, gattTable }),
    ),
  ];
}

function added<V>(map: ReadonlyMap<string, V>, key: string, value: V, max = Infinity): Map<string, V> {
  const next = new Map(map);
  next.delete(key);
  next.set(key, value);
  if (next.size > max) {
    const [oldest] = next.keys();
    if (oldest !== undefined) next.delete(oldest);
  }
  return next;
}

function without<V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  if (!map.has(key)) return map;
  const next = new Map(map);
  next.delete(key);
  return next;
}
