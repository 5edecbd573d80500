// What hands and instruments can ask of a lock that runs in another process: one JSON request a line, one JSON reply a
// line (replies.ts). Validated at both ends; a field that is not known is refused.
import { z } from 'zod';
import { SECTOR_FAULTS } from '../flash/aging-flash.ts';
import { DRIFT_MAX_PPM } from '../clock/rtc.ts';

/** More than any card has: what is too long for one is the lock's to say. */
const CARD_HEX_MAX_BYTES = 64;
const U32_MAX = 0xffff_ffff;
export const LOG_ROWS_AT_ONCE_MAX = 200;
export const ROT_BITS_MAX = 4_096;
/** Of a flash that takes that many times as long as it should. */
export const SLOWNESS_MAX = 1_000;

export const FLASH_REGIONS = ['settings', 'event-log', 'slot-a', 'slot-b', 'images'] as const;
export type FlashRegion = (typeof FLASH_REGIONS)[number];

const Digits = z.string().regex(/^[0-9]{1,16}$/);
const CardHex = z
  .string()
  .regex(/^(?:[0-9a-f]{2})+$/)
  .max(CARD_HEX_MAX_BYTES * 2);
export const KEYPAD_KEYS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'check'] as const;
const Turn = z.enum(['lock', 'unlock']);

export const HandAct = z.discriminatedUnion('act', [
  z.strictObject({ act: z.literal('touch') }),
  z.strictObject({ act: z.literal('door'), is: z.enum(['open', 'closed']) }),
  /** `to` left out: to the other end. */
  z.strictObject({
    act: z.literal('thumbturn'),
    side: z.enum(['inside', 'outside']),
    to: Turn.optional(),
  }),
  z.strictObject({ act: z.literal('key'), to: Turn.optional() }),
  z.strictObject({ act: z.literal('privacy'), is: z.enum(['thrown', 'released']) }),
  /** Somebody inside leaves. */
  z.strictObject({ act: z.literal('exit') }),
]);
export type HandAct = z.infer<typeof HandAct>;

const Presented = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('code'), digits: Digits }),
  z.strictObject({ kind: z.literal('card'), card: CardHex }),
]);
export type PresentedAtBench = z.infer<typeof Presented>;

export const ControlRequest = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('report') }),
  /** A touch, digits, then the check key. */
  z.strictObject({ do: z.literal('press'), digits: Digits }),
  /** One key, with no touch before it. */
  z.strictObject({ do: z.literal('press-key'), key: z.enum(KEYPAD_KEYS) }),
  /** The card's bytes, lower-case hex. */
  z.strictObject({ do: z.literal('tap'), card: CardHex }),
  z.strictObject({ do: z.literal('hand'), hand: HandAct }),
  z.strictObject({ do: z.literal('button') }),
  /** Takes the cover off. */
  z.strictObject({ do: z.literal('tamper') }),
  /** The button, held: wipes all access. */
  z.strictObject({ do: z.literal('reset') }),
  /** Asks without opening; `atS` left out: now, by the lock's clock. */
  z.strictObject({
    do: z.literal('explain'),
    presented: Presented,
    atS: z.int().min(0).max(U32_MAX).optional(),
  }),
  z.strictObject({ do: z.literal('clock') }),
  z.strictObject({ do: z.literal('clock-set'), utcMs: z.int().min(0).max(8.64e15) }),
  z.strictObject({ do: z.literal('clock-drift'), ppm: z.number().min(-DRIFT_MAX_PPM).max(DRIFT_MAX_PPM) }),
  z.strictObject({ do: z.literal('clock-lose') }),
  /** At most LOG_ROWS_AT_ONCE_MAX rows from that number on. */
  z.strictObject({ do: z.literal('log'), from: z.int().min(1).max(U32_MAX) }),
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
  z.strictObject({ do: z.literal('jam'), isJammed: z.boolean() }),
  z.strictObject({
    do: z.literal('bad-sector'),
    sector: z.int().min(0),
    fault: z.enum([...SECTOR_FAULTS, 'sound']),
  }),
  /** The same seed on the same cells flips the same bits. */
  z.strictObject({
    do: z.literal('rot'),
    region: z.enum(FLASH_REGIONS),
    bits: z.int().min(1).max(ROT_BITS_MAX),
    seed: z.int().min(0).max(U32_MAX),
  }),
  /** 1: as the lock was started. */
  z.strictObject({ do: z.literal('slow-flash'), factor: z.number().min(1).max(SLOWNESS_MAX) }),
  z.strictObject({ do: z.literal('dump') }),
]);
export type ControlRequest = z.infer<typeof ControlRequest>;
