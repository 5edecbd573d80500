// Text of the API: what nobody sees, or what turns a line around, is no name; the joiners of scripts that need them are.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Line } from '#protocol/api/values.ts';

const takes = (text: string): boolean => Line.safeParse(text).success;
const HIDDEN = /\p{Cf}/u;
const JOINERS = ['\u200c', '\u200d'];

const formats = Array.from({ length: 0x110000 }, (_, code) => code)
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code))
  .filter((character) => HIDDEN.test(character) && !JOINERS.includes(character));

test('names that turn text around, or hide something in it, are refused wherever that stands', () => {
  expect(formats.length).toBeGreaterThan(100);
  fc.assert(
    fc.property(
      fc.constantFrom(...formats),
      fc.stringMatching(/^[a-zA-Z]{1,5}$/),
      fc.stringMatching(/^[a-zA-Z]{1,5}$/),
      (hidden, before, after) => {
        expect(takes(before + hidden + after)).toBe(false);
        // A byte order mark is white space to `trim`: at an end it is taken away.
        expect(takes(before + hidden)).toBe(hidden.trim() === '');
        expect(takes(hidden)).toBe(false);
      },
    ),
  );
  expect(takes('Ada\u202egnp.exe')).toBe(false);
});

test('a name of nothing that is seen is none', () => {
  const invisible = [
    '\u200b',
    '\u2060',
    '\u3164',
    '\u2800',
    '\uffa0',
    '\u0301',
    '\ufe0f',
    '\u00a0',
    '\u200d',
    '\u034f',
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...invisible), { minLength: 1, maxLength: 8 }), (characters) => {
      expect(takes(characters.join(''))).toBe(false);
    }),
  );
});

test('names of the world are taken: joiners stand between letters, and nowhere else', () => {
  for (const name of [
    'Ada',
    'O’Neil',
    '李',
    'नील',
    'علی\u200cرضا',
    'ශ්\u200dරී',
    'क्\u200dष',
    'Ünal',
    '4B',
    'Zoë 2',
    '☀',
  ])
    expect([name, takes(name)]).toEqual([name, true]);
  for (const name of ['\u200dAda', 'Ada\u200c', 'A\u200d\u200dB', '1\u200d2', 'Ada \u200dB'])
    expect([name, takes(name)]).toEqual([name, false]);
});
