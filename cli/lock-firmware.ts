// What a running lock makes of a firmware image, as its own log says it: for whoever watches `doorlab lock run`.
import { EVENT_TYPES, type EventType } from '#protocol/log/event-types.ts';
import { describeRow } from '#protocol/log/event-sentence.ts';
import type { Timer } from '#protocol/ports/clock.ts';
import type { Lock } from '#lock-sim/lock.ts';
import type { Context } from './context.ts';

const LOOK_EVERY_MS = 500;
const OF_FIRMWARE: readonly EventType[] = [
  'firmwareStaged',
  'firmwareTrial',
  'firmwareConfirmed',
  'firmwareFellBack',
];

/** From now on, until the returned function is called. Nothing is told of a lock without power. */
export function tellFirmware({ clock, output }: Context, lock: Lock): () => void {
  let next = (lock.firmware?.storage.events.lastSequence ?? 0) + 1;
  let timer: Timer | undefined;
  const look = (): void => {
    const events = lock.firmware?.storage.events;
    // Reading the log costs more than its last number.
    if (events !== undefined && events.lastSequence >= next) {
      for (const row of events.read(next)) {
        next = row.sequence + 1;
        if (!OF_FIRMWARE.includes(row.type)) continue;
        const sentence = describeRow({ typeNumber: EVENT_TYPES[row.type], data: row.data });
        output.data('firmware', { what: row.type, runs: lock.report().firmware, sentence }, sentence);
      }
    }
    timer = clock.after(LOOK_EVERY_MS, look);
  };
  look();
  return () => timer?.cancel();
}
