// The one way into the event log: gives a row its boot, its time and how far the time is to be trusted, and keeps
// each type within its day's budget.
import { encodeEventData } from '#protocol/log/event-fields.ts';
import type { EventType } from '#protocol/log/event-types.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import type { LockClock } from '../access/decision.ts';
import type { Storage } from '../storage/storage.ts';
import { RowBudget } from './row-budget.ts';

export interface EventWriterParts {
  readonly clock: Clock;
  readonly storage: Pick<Storage, 'settings' | 'events'>;
  readonly lockClock: () => LockClock;
}

export class EventWriter {
  readonly #parts: EventWriterParts;
  readonly #budget = new RowBudget();

  constructor(parts: EventWriterParts) {
    this.#parts = parts;
  }

  /** In flash when it returns, or counted where the day's budget of its type is used up. Throws StorageError. */
  record(type: EventType, data: Uint8Array = new Uint8Array(0)): void {
    this.settle();
    switch (this.#budget.take(type, this.#parts.clock.monotonicMs())) {
      case 'write':
        this.#append(type, data);
        return;
      case 'announce':
        this.#append('rowsCounted', encodeEventData('rowsCounted', { ofType: type, count: 0 }));
        return;
      case 'count':
        return;
    }
  }

  /** Tells what was counted on days that are over. */
  settle(): void {
    for (const counted of this.#budget.due(this.#parts.clock.monotonicMs())) {
      this.#append('rowsCounted', encodeEventData('rowsCounted', counted));
    }
  }

  #append(type: EventType, data: Uint8Array): void {
    const { settings, events } = this.#parts.storage;
    const { nowS, trust } = this.#parts.lockClock();
    const { bootCount } = settings.values;
    events.append({ type, bootCount, timeS: nowS, clockTrust: trust, data });
  }
}
