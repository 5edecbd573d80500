// The small values the API's objects are made of. Ids are opaque, times are UTC seconds, bytes are lower-case
// hex, and no text carries control characters.
import { z } from 'zod';

export const NAME_MAX_CHARACTERS = 80;
export const EMAIL_MAX_CHARACTERS = 254;
export const PAGE_MAX_ITEMS = 200;
export const PAGE_DEFAULT_ITEMS = 100;
/** The wire format's u32 with its highest value kept for "no end". */
export const TIME_MAX_S = 0xffff_fffe;

export const Id = z.string().regex(/^[a-z]+_[a-z2-7]{26}$/, 'an id as the API gave it');

const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** Turn text around, or are not seen; the two joiners are letters of some scripts, and of nothing else. */
const FORMAT_CHARACTERS = /(?![\u200c\u200d])\p{Cf}|(?<![\p{L}\p{M}])[\u200c\u200d]|[\u200c\u200d](?!\p{L})/u;
/** Letters, digits, signs; the fillers of Hangul and the empty Braille cell are letters or signs that nobody sees. */
const VISIBLE = /(?![\u115f\u1160\u3164\uffa0\u2800])[\p{L}\p{N}\p{P}\p{S}]/u;

/** One line of text for people: trimmed, in NFC, of characters that are seen. */
export const Line = z
  .string()
  .transform((text) => text.normalize('NFC').trim())
  .pipe(
    z
      .string()
      .min(1, 'may not be empty')
      .max(NAME_MAX_CHARACTERS, `at most ${String(NAME_MAX_CHARACTERS)} characters`)
      .refine((text) => !CONTROL_CHARACTERS.test(text), 'may not hold line breaks or control characters')
      .refine(
        (text) => !FORMAT_CHARACTERS.test(text),
        'may not hold characters that turn text around or are not seen',
      )
      .refine((text) => text === '' || VISIBLE.test(text), 'holds nothing that is seen'),
  );

/** An address as identity: trimmed, lower case. Two spellings that differ in case are one person. */
export const Email = z
  .string()
  .transform((text) => text.trim().toLowerCase())
  .pipe(z.email('not an e-mail address').max(EMAIL_MAX_CHARACTERS, 'too long for an address'));

export const Phone = z
  .string()
  .transform((text) => text.trim())
  .pipe(z.string().regex(/^\+?[0-9][0-9 ().-]{3,23}$/, 'not a phone number'));

export const TimeS = z.int().min(0).max(TIME_MAX_S);

const HEX = /^(?:[0-9a-f]{2})*$/;
export const Bytes = (maxBytes: number, minBytes = 0) =>
  z
    .string()
    .min(2 * minBytes)
    .max(2 * maxBytes)
    .regex(HEX, 'bytes in lower-case hex');

/** A query flag: absent, `true` or `false`. */
export const Flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');

/** Query of every list. `after` is the `next` of the page before. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(PAGE_MAX_ITEMS).default(PAGE_DEFAULT_ITEMS),
  after: z.string().max(512).optional(),
};
export const PageQuery = z.strictObject(pageQuery);

/** One page of a list; `next` is null on the last. */
export const Page = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), next: z.string().nullable() });

/** The order of everything versioned, compared from left to right. */
export const Triple = z.object({ ownershipEpoch: z.int(), keyEpoch: z.int(), tableVersion: z.int() });
export type Triple = z.infer<typeof Triple>;

/** The reply of what has nothing to say. */
export const Empty = z.object({});
