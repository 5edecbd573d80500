// Keycards: one active card a person, known by the bytes that a reader reads.
import { z } from 'zod';
import { Bytes, TimeS } from './values.ts';

/** The longest that a reader hands on as one card; ISO 14443 has 4, 7 and 10. */
const CARD_BYTES_MAX = 32;
/** Fewer can be guessed. */
const CARD_BYTES_MIN = 4;

export const CardValue = Bytes(CARD_BYTES_MAX, CARD_BYTES_MIN);
export const KeycardWish = z.strictObject({ value: CardValue });

export const Keycard = z.object({ value: z.string(), activatedAtS: TimeS });
export type Keycard = z.infer<typeof Keycard>;
