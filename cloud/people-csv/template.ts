// The file to begin with.
import { csvColumns } from '#protocol/api/imports.ts';

/** Two rows to write over; an upload of the template as it is skips none and invites both. */
export const template = (): string =>
  [
    csvColumns.join(','),
    'Ada,Example,ada@example.com,+1 555 0100,app,yes,yes,Unit 4B;Front doors,2027-01-01,2027-12-31',
    'Ben,Example,ben@example.com,,daily doorcode,no,no,Front doors,,2027-06-30 18:00',
    '',
  ].join('\r\n');
