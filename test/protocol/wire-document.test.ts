// docs/WIRE.md says what the code does: its byte examples are the vectors', its tables of refusals, messages,
// limits and UUIDs are the code's, complete in both directions.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as limits from '#protocol/limits.ts';
import { ADVERT_ROTATION_MS } from '#protocol/sync/advert.ts';
import { EVENT_CAUSES, EVENT_CREDENTIALS, EVENT_REASONS, EVENT_TYPES } from '#protocol/log/event-types.ts';
import { CHANNEL_MESSAGE } from '#protocol/channel/channel-messages.ts';
import { lockServices } from '#protocol/sync/gatt.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { refusalNumbers } from '#protocol/sync/refusals.ts';

const documentText = readFileSync(new URL('../../docs/WIRE.md', import.meta.url), 'utf8');

/** The text of one section, up to the next heading. */
function section(number: string): string {
  const heading = new RegExp(`^#+ ${number.replaceAll('.', '\\.')}\\.? .*$`, 'm');
  const start = heading.exec(documentText);
  if (start === null) throw new Error(`no section ${number}`);
  const rest = documentText.slice(start.index + start[0].length);
  return rest.slice(0, rest.search(/^#+ /m));
}

/** The cells of each row of a section's tables, without marks. */
const rowsOf = (number: string): string[][] =>
  section(number)
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
    .map((cells) => cells.slice(1, -1));

/** First column to second, of the rows whose cells fit. */
const table = (number: string, isName: RegExp, name: number, value: number): Map<string, number> =>
  new Map(
    rowsOf(number)
      .filter((cells) => isName.test(cells[name] ?? ''))
      .map((cells) => [cells[name]!, Number(cells[value]!.replaceAll(',', ''))]),
  );

function vectorOf(file: string, name: string, path: string): unknown {
  const text = readFileSync(new URL(`../vectors/${file}.json`, import.meta.url), 'utf8');
  const { cases } = JSON.parse(text) as { cases: Record<string, unknown> };
  const step = (value: unknown, key: string): unknown =>
    (value as Record<string, unknown> | undefined)?.[key];
  return [name, ...path.split('.')].reduce<unknown>(step, cases);
}

const examples = [...documentText.matchAll(/^```(?:hex|text) (\S+) (\S+) (\S+)\n([^`]*)```/gm)].map(
  ([, file, name, path, body]) => ({ file: file!, name: name!, path: path!, body: body! }),
);

describe('docs/WIRE.md', () => {
  it.each(examples)(
    'shows $path of $name as test/vectors/$file.json has it',
    ({ file, name, path, body }) => {
      const vector = vectorOf(file, name, path);
      expect(vector).toBeTypeOf('string');
      const [start, end, ...others] = body.split('...').map((part) => part.replaceAll(/\s/g, ''));
      expect(others).toEqual([]);
      if (end === undefined) expect(start).toBe(vector);
      else {
        expect(start!.length + end.length).toBeLessThan((vector as string).length);
        expect(vector).toMatch(new RegExp(`^${start}[0-9a-f]+${end}$`));
      }
    },
  );

  it('shows an example of every kind of message and leaves none of its blocks empty', () => {
    expect(examples.length).toBeGreaterThan(20);
    const blocks = documentText.match(/^```(hex|text)\b/gm) ?? [];
    expect(blocks).toHaveLength(examples.length);
  });

  it('numbers every refusal as the code does', () => {
    expect(table('9.8', /^[A-Z_]+$/, 1, 0)).toEqual(new Map(Object.entries(refusalNumbers)));
  });

  it('numbers every message as the code does', () => {
    expect(table('9', /^[a-z][A-Za-z]+$/, 1, 0)).toEqual(new Map(Object.entries(MESSAGE)));
  });

  it('numbers every message of the channel as the code does', () => {
    expect(table('14.2', /^[a-z]+$/, 1, 0)).toEqual(new Map(Object.entries(CHANNEL_MESSAGE)));
  });

  it('numbers every type of event and every word in one as the code does', () => {
    expect(table('13.2', /^[a-z][A-Za-z]+$/, 1, 0)).toEqual(new Map(Object.entries(EVENT_TYPES)));
    for (const numbers of [EVENT_REASONS, EVENT_CREDENTIALS, EVENT_CAUSES]) {
      const words = Object.entries(numbers).map(([name, number]) => `${number} \`${name}\``);
      expect(section('13.2')).toContain(words.join(', '));
    }
  });

  it('names every limit and deadline with its value', () => {
    const inDocument = [...table('12.1', /^[A-Z_]+$/, 0, 1), ...table('12.2', /^[A-Z_]+$/, 0, 1)];
    const inCode = Object.entries({ ...limits, ADVERT_ROTATION_MS });
    expect(new Map(inDocument)).toEqual(new Map(inCode));
  });

  it('lists the characteristics in the order in which the lock has them', () => {
    const text = section('8.1').replaceAll('-', '');
    const uuids = lockServices.flatMap(({ uuid, characteristics }) => [
      uuid,
      ...characteristics.map((c) => c.uuid),
    ]);
    const places = uuids.map((uuid) => text.indexOf(uuid));
    expect(places).not.toContain(-1);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
  });

  it('explains only codes that exist', () => {
    const codes = rowsOf('2.3')
      .map(([code]) => code!)
      .filter((code) => /^[A-Z_]+$/.test(code));
    expect(codes.length).toBeGreaterThan(10);
    expect(codes.filter((code) => !(code in refusalNumbers))).toEqual([]);
  });
});
