// A people file as text: what spreadsheets and people write is read, and what is wrong is told with its line.
import { expect, test } from 'vitest';
import { utf8 } from '#protocol/bytes.ts';
import { parseCsv } from '#cloud/people-csv/csv-text.ts';
import { readRow } from '#cloud/people-csv/row-values.ts';
import { fileOf as file, HEADER } from './imports-at.ts';

const refusalOf = (text: string | Uint8Array): string => {
  try {
    parseCsv(typeof text === 'string' ? utf8(text) : text);
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  return 'taken';
};

test('BOM, any line ends, quoted commas, quoted line breaks and blank lines are read, lines are counted right', () => {
  const rows =
    '"Ada","Example, Jr.",ada@example.com,,,,,\r\n\r\n"Be\r\nn",Example,ben@example.com,,,,,\r\nC,C,c@example.com,,,,,';
  const parsed = parseCsv(utf8(`\ufeff${HEADER}\r\n${rows}`));
  expect(parsed.rows.map(({ line, cells }) => [line, cells['last name']])).toEqual([
    [2, 'Example, Jr.'],
    [4, 'Example'],
    [6, 'C'],
  ]);
  const broken = readRow(parsed.rows[1]!, 'UTC');
  expect(broken).toEqual([
    { line: 4, column: 'first name', reason: 'may not hold line breaks or control characters' },
  ]);
  expect(parseCsv(utf8(`${HEADER}\rA,B,a@example.com,,,,,`)).rows).toHaveLength(1);
});

test('a file with semicolons, as many spreadsheets write it, is read like one with commas', () => {
  const commas = parseCsv(utf8(file('Ada,"Example; Jr.",ada@example.com,,,"Unit; Front",,')));
  const rows = 'Ada;"Example; Jr.";ada@example.com;;;"Unit; Front";;';
  const header = HEADER.replaceAll(',', ';');
  for (const text of [`${header}\n${rows}`, `\ufeff${header}\r\n${rows}\r\n`, `\n${header}\n${rows}`])
    expect(parseCsv(utf8(text)).rows.map(({ cells }) => cells)).toEqual(
      commas.rows.map(({ cells }) => cells),
    );
});

test('what spreadsheets leave in a file is passed over: rows of separators alone, a separator line, nameless columns', () => {
  const header = `${HEADER.replaceAll(',', ';')};;`;
  const rows = ['Ada;Example;ada@example.com;;;;;;;', ';;;;;;;;;', 'Ben;Example;ben@example.com;;;;;;;x'];
  const parsed = parseCsv(utf8(`\ufeffsep=;\r\n${[header, ...rows].join('\r\n')}`));
  expect(parsed.rows.map(({ line, cells }) => [line, cells.email])).toEqual([[3, 'ada@example.com']]);
  expect(parsed.errors).toEqual([
    { line: 5, column: null, reason: 'column 10 has no name, and the row a cell in it' },
  ]);
});

test('a quote in the wrong place spoils its row, an open one what is behind it, and both are told', () => {
  const middle = parseCsv(utf8(file('A,x"y,a@example.com,,,,,', 'B,B,b@example.com,,,,,')));
  expect([middle.rows.length, middle.errors]).toEqual([
    1,
    [{ line: 2, column: null, reason: 'a quote stands in the middle of a cell' }],
  ]);
  const open = parseCsv(
    utf8(file('A,A,a@example.com,,,,,', 'B,"B,b@example.com,,,,,', 'C,C,c@example.com,,,,,')),
  );
  expect(open.rows).toHaveLength(1);
  expect(open.errors[0]?.reason).toContain('never closed');
});

test('a file that is wrong as a whole is refused with what is wrong', () => {
  expect(refusalOf('')).toMatch(/empty/);
  expect(refusalOf('name;email\n')).toMatch(/column "name" is not known/);
  expect(refusalOf(`${HEADER},shoe size\n`)).toMatch(/"shoe size" is not known/);
  expect(refusalOf('first name,last name,email,EMAIL\n')).toMatch(/"email" is there twice/);
  expect(refusalOf('first name,email\n')).toMatch(/"last name" is missing/);
  expect(refusalOf(Uint8Array.of(...utf8(HEADER), 10, 0xff, 0xfe))).toMatch(/not UTF-8/);
  expect(refusalOf('__proto__,last name,email\n')).toMatch(/not known/);
  expect(refusalOf(`${HEADER}\n${'A,B,a@example.com,,,,,\n'.repeat(10_001)}`)).toMatch(/10001 rows/);
  expect(refusalOf('first_name,Last  Name,Email\nA,B,a@example.com')).toBe('taken');
});

test('dates are days and times in the zone of the property, and only real ones', () => {
  const dates = (start: string, expiration: string, zone = 'Europe/Berlin') =>
    readRow(parseCsv(utf8(file(`A,B,a@example.com,,,,${start},${expiration}`))).rows[0]!, zone);
  expect(dates('2027-03-01', '2027-03-28')).toMatchObject({
    startsAtS: Date.UTC(2027, 1, 28, 23) / 1000,
    // Clocks go forward that night: the day ends at 22:00 UTC.
    expiresAtS: Date.UTC(2027, 2, 28, 22) / 1000,
  });
  expect(dates('2027-07-01 14:30', '')).toMatchObject({ startsAtS: Date.UTC(2027, 6, 1, 12, 30) / 1000 });
  expect(dates('', '2028-02-29')).toMatchObject({ expiresAtS: Date.UTC(2028, 1, 29, 23) / 1000 });
  expect(dates('31.5.2027', '01.06.2027 09:00')).toMatchObject({
    startsAtS: Date.UTC(2027, 4, 30, 22) / 1000,
    expiresAtS: Date.UTC(2027, 5, 1, 7) / 1000,
  });
  for (const wrong of [
    '5/6/2027',
    '31.2.2027',
    '2027-02-29',
    '2027-13-01',
    '2027-00-10',
    '2027-1-1',
    '2027-01-01 24:00',
    'soon',
  ]) {
    expect([wrong, dates(wrong, '')]).toMatchObject([wrong, [{ column: 'start' }]]);
  }
  expect(dates('2027-05-01', '2027-04-30')).toMatchObject([{ column: 'expiration' }]);
});

test('marks, phones and names are checked, and every error of a row is told at once', () => {
  const row = parseCsv(utf8(file(`"A\tB",${'x'.repeat(81)},@,call me,maybe,,,`))).rows[0]!;
  const errors = readRow(row, 'UTC');
  expect(Array.isArray(errors) && errors.map(({ column }) => column)).toEqual([
    'resident',
    'email',
    'first name',
    'last name',
    'phone',
  ]);
});
