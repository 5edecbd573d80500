// A file for spreadsheets: with its byte order mark, and no cell that one would take for a formula.
import { stringify } from 'csv-stringify/sync';
import { utf8 } from '#protocol/bytes.ts';
import { neutralised } from '../people-csv/cells.ts';

const BOM = '\ufeff';

export const csvFile = (rows: readonly (readonly string[])[]): Uint8Array =>
  utf8(
    BOM +
      stringify(
        rows.map((cells) => cells.map(neutralised)),
        { record_delimiter: '\r\n' },
      ),
  );

/** UTC, as spreadsheets read it. */
export const timeCell = (atS: number | null): string =>
  atS === null ? '' : `${new Date(atS * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
