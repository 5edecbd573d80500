// What hands and instruments can do to a lock that runs in another process: one JSON request a line, one JSON
// reply a line. Validated at both ends.
import { z } from 'zod';

export const ControlRequest = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('report') }),
  /** Digits, then the check key. */
  z.strictObject({ do: z.literal('press'), digits: z.string().regex(/^[0-9]{1,16}$/) }),
  z.strictObject({ do: z.literal('button') }),
  z.strictObject({
    do: z.literal('cut-power'),
    /** Durable operations from now on; left out: at once. */
    atOperation: z.int().min(0).optional(),
    /** Bytes of that operation that still happen: a torn write. */
    tornAfterBytes: z.int().min(0).optional(),
    /** Left out: stays dark until `restore-power`. */
    restoreAfterMs: z.int().min(0).max(3_600_000).optional(),
  }),
  z.strictObject({ do: z.literal('restore-power') }),
  z.strictObject({ do: z.literal('battery'), percent: z.int().min(0).max(100) }),
  z.strictObject({ do: z.literal('dump') }),
]);
export type ControlRequest = z.infer<typeof ControlRequest>;

const Report = z.object({
  powered: z.boolean(),
  lockId: z.string().optional(),
  activated: z.boolean().optional(),
  activationWindowOpen: z.boolean().optional(),
  tableState: z.enum(['none', 'active', 'degraded']).optional(),
  version: z.string().optional(),
  tableHash: z.string().optional(),
  activeSlot: z.enum(['A', 'B']).optional(),
  staging: z.object({ version: z.string(), chunks: z.int(), of: z.int() }).optional(),
  connected: z.boolean().optional(),
  boots: z.int().optional(),
  events: z.int().optional(),
  batteryPercent: z.int(),
  capacityRows: z.int(),
  firmware: z.int(),
  flashSectors: z.int(),
});

const Pressed = z.object({
  outcome: z.enum(['open', 'refused']),
  reason: z.string(),
  sentence: z.string(),
  tableVersion: z.int().optional(),
});

export const DumpedRegion = z.object({
  name: z.string(),
  firstSector: z.int(),
  sectors: z.int(),
  writtenSectors: z.int(),
  erases: z.int(),
});
export type DumpedRegion = z.infer<typeof DumpedRegion>;

export const Dump = z.object({
  sectorBytes: z.int(),
  pageBytes: z.int(),
  regions: z.array(DumpedRegion),
  /** The cells, base64. */
  image: z.string(),
});
export type Dump = z.infer<typeof Dump>;

export const ControlReply = z.union([
  z.object({ report: Report }),
  z.object({ pressed: Pressed }),
  z.object({ dump: Dump }),
  z.object({ done: z.literal(true) }),
  z.object({ failed: z.object({ code: z.string(), message: z.string() }) }),
]);
export type ControlReply = z.infer<typeof ControlReply>;
