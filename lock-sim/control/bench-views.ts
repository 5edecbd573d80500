// What an instrument at the bench shows of a lock: its door, a decision, its clock, rows of its log.
import { encodeHex } from '#protocol/bytes.ts';
import { EVENT_TYPES } from '#protocol/log/event-types.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import { NO_END } from '#protocol/table/rows.ts';
import type { Decision } from '../access/decision.ts';
import type { Firmware } from '../firmware.ts';
import type { Lock } from '../lock.ts';
import { LOG_ROWS_AT_ONCE_MAX } from './messages.ts';
import type { ClockAtBench, DecidedAtBench, DoorAtBench, LogRowAtBench, ReplyTo } from './replies.ts';

export function doorOf({ hands, hardware, isPowered }: Lock): DoorAtBench {
  const state = hands.state();
  return {
    powered: isPowered,
    body: hardware.body,
    isJammed: hardware.isJammed,
    opensFromOutside: state?.opensFromOutside,
    keypad: state?.keypad,
    batteryPercent: hardware.battery.reading.percent,
  };
}

export function decidedAtBench(lock: Lock, decision: Decision): DecidedAtBench {
  const { outcome, reason, sentence, credential, tableVersion, row, schedule, clock, lockout } = decision;
  const windows = schedule === undefined ? undefined : lock.firmware?.access.head?.schedules[schedule - 1];
  return {
    outcome,
    reason,
    sentence,
    credential: { kind: credential.kind, id: credential.id },
    tableVersion,
    row: row && {
      credentialId: row.credentialId,
      kind: row.kind,
      isGuest: row.isGuest,
      startS: row.startS,
      endS: row.endS === NO_END ? undefined : row.endS,
    },
    schedule:
      schedule === undefined
        ? undefined
        : { number: schedule, windows: (windows ?? []).map((window) => ({ ...window })) },
    clock: { nowS: clock.nowS, trust: clock.trust, uncertaintyS: clock.uncertaintyS },
    lockout: { failures: lockout.failures, remainingS: lockout.remainingS },
  };
}

export function clockOf(lock: Lock, clock: Clock): ClockAtBench {
  const time = lock.time();
  return {
    trueMs: clock.nowMs(),
    driftPpm: lock.clockPart.driftPpm,
    lock: time && { nowS: time.nowS, trust: time.trust, uncertaintyS: time.uncertaintyS },
    floorS: lock.firmware?.storage.settings.values.clockFloorS,
  };
}

export function logOf({ storage }: Firmware, from: number): ReplyTo<'log'> {
  const rows: LogRowAtBench[] = [];
  for (const { type, data, sequence, bootCount, timeS, clockTrust } of storage.events.read(from)) {
    if (rows.length === LOG_ROWS_AT_ONCE_MAX) break;
    const typeNumber = EVENT_TYPES[type];
    rows.push({ sequence, bootCount, timeS, clockTrust, typeNumber, data: encodeHex(data) });
  }
  return { rows, lastSequence: storage.events.lastSequence };
}
