// What a running lock answers at the bench, one schema a request. No code, no key, no card is in any of them: of a row
// of the table all is told but its verifier.
import { z } from 'zod';
import { PROFILES } from '../mechanics/profile.ts';
import type { ControlRequest } from './messages.ts';

const ClockTrust = z.enum(['trusted', 'drifting', 'lost']);

const Body = z.strictObject({
  bolt: z.enum(['extended', 'retracted', 'between']),
  door: z.enum(['open', 'closed']),
  privacy: z.enum(['thrown', 'released']),
});

const Report = z.strictObject({
  powered: z.boolean(),
  lockId: z.string().optional(),
  activated: z.boolean().optional(),
  activationWindowOpen: z.boolean().optional(),
  tableState: z.enum(['none', 'active', 'degraded']).optional(),
  version: z.string().optional(),
  tableHash: z.string().optional(),
  activeSlot: z.enum(['A', 'B']).optional(),
  staging: z.strictObject({ version: z.string(), chunks: z.int(), of: z.int() }).optional(),
  connected: z.boolean().optional(),
  boots: z.int().optional(),
  events: z.int().optional(),
  clockTrust: ClockTrust.optional(),
  batteryPercent: z.int(),
  profile: z.enum(PROFILES),
  body: Body,
  capacityRows: z.int(),
  firmware: z.int(),
  flashSectors: z.int(),
});

const Door = z.strictObject({
  powered: z.boolean(),
  body: Body,
  isJammed: z.boolean(),
  /** Undefined without power. */
  opensFromOutside: z.boolean().optional(),
  keypad: z.enum(['asleep', 'awake', 'overfull', 'deciding']).optional(),
  batteryPercent: z.int(),
});
export type DoorAtBench = z.infer<typeof Door>;

const LockClock = z.strictObject({ nowS: z.int(), trust: ClockTrust, uncertaintyS: z.int() });

const Decided = z.strictObject({
  outcome: z.enum(['open', 'refused']),
  reason: z.string(),
  sentence: z.string(),
  credential: z.strictObject({ kind: z.string(), id: z.int().optional() }),
  tableVersion: z.int().optional(),
  row: z
    .strictObject({
      credentialId: z.int(),
      kind: z.string(),
      isGuest: z.boolean(),
      startS: z.int(),
      /** Left out: no end. */
      endS: z.int().optional(),
    })
    .optional(),
  schedule: z
    .strictObject({
      number: z.int(),
      windows: z.array(z.strictObject({ days: z.int(), startMinute: z.int(), endMinute: z.int() })),
    })
    .optional(),
  clock: LockClock,
  lockout: z.strictObject({ failures: z.int(), remainingS: z.int() }),
});
export type DecidedAtBench = z.infer<typeof Decided>;

const ClockAtBench = z.strictObject({
  /** By the machine that simulates it. */
  trueMs: z.number(),
  driftPpm: z.number(),
  /** Undefined without power. */
  lock: LockClock.optional(),
  floorS: z.int().optional(),
});
export type ClockAtBench = z.infer<typeof ClockAtBench>;

const LogRow = z.strictObject({
  sequence: z.int(),
  bootCount: z.int(),
  timeS: z.int(),
  clockTrust: ClockTrust,
  typeNumber: z.int(),
  data: z.string().regex(/^(?:[0-9a-f]{2})*$/),
});
export type LogRowAtBench = z.infer<typeof LogRow>;

const DumpedRegion = z.strictObject({
  name: z.string(),
  firstSector: z.int(),
  sectors: z.int(),
  writtenSectors: z.int(),
  erases: z.int(),
});
export type DumpedRegion = z.infer<typeof DumpedRegion>;

const DumpedSector = z.strictObject({
  sector: z.int(),
  region: z.string(),
  /** `unstable`: a torn erase left cells that read now so, now so. */
  state: z.enum(['blank', 'written', 'unstable', 'bad']),
  erases: z.int(),
});
export type DumpedSector = z.infer<typeof DumpedSector>;

const Dump = z.strictObject({
  sectorBytes: z.int(),
  pageBytes: z.int(),
  regions: z.array(DumpedRegion),
  sectors: z.array(DumpedSector),
  /** The cells, base64. */
  image: z.string(),
});
export type Dump = z.infer<typeof Dump>;

const Done = z.strictObject({ done: z.literal(true) });

export const REPLIES = {
  report: z.strictObject({ report: Report }),
  press: z.strictObject({ decided: Decided }),
  /** Left out where the key ended no entry. */
  'press-key': z.strictObject({ decided: Decided.optional(), door: Door }),
  tap: z.strictObject({ decided: Decided }),
  hand: z.strictObject({ door: Door }),
  button: Done,
  tamper: Done,
  reset: z.strictObject({ isWiped: z.boolean() }),
  explain: z.strictObject({ decided: Decided }),
  clock: z.strictObject({ clock: ClockAtBench }),
  'clock-set': z.strictObject({ clock: ClockAtBench }),
  'clock-drift': z.strictObject({ clock: ClockAtBench }),
  'clock-lose': z.strictObject({ clock: ClockAtBench }),
  log: z.strictObject({ rows: z.array(LogRow), lastSequence: z.int() }),
  'cut-power': Done,
  'restore-power': Done,
  battery: Done,
  jam: Done,
  'bad-sector': Done,
  rot: z.strictObject({ sectors: z.array(z.int()), bits: z.int() }),
  'slow-flash': Done,
  dump: z.strictObject({ dump: Dump }),
} as const satisfies Record<ControlRequest['do'], z.ZodType>;

export type ReplyTo<D extends ControlRequest['do']> = z.infer<(typeof REPLIES)[D]>;

export const Failed = z.strictObject({
  failed: z.strictObject({ code: z.string(), message: z.string(), next: z.string().optional() }),
});
export type Failed = z.infer<typeof Failed>;
export type ControlReply = ReplyTo<ControlRequest['do']> | Failed;
