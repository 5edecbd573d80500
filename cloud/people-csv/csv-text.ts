// A CSV file as rows of named cells, each with the line it begins on. What is wrong with the file as a whole is
// refused; what is wrong with one row is told with its line and leaves the others alone.
import { parse, type CsvError } from 'csv-parse/sync';
import { csvColumns, CSV_MAX_ROWS, type ImportError } from '#protocol/api/imports.ts';
import { Refusal } from '../domain/refusal.ts';
import { readBack } from './cells.ts';

export type CsvColumn = (typeof csvColumns)[number];

/** Without these a row says nothing; the others may be left out of a file. */
const REQUIRED: readonly CsvColumn[] = ['first name', 'last name', 'email'];
/** No honest row comes near it: it bounds what an unclosed quote can swallow. */
const ROW_MAX_CHARACTERS = 16_384;

export interface CsvRow {
  /** The header is line 1. */
  readonly line: number;
  readonly cells: Readonly<Partial<Record<CsvColumn, string>>>;
}

export interface CsvFile {
  readonly rows: readonly CsvRow[];
  readonly errors: readonly ImportError[];
}

/** UTF-8 with or without BOM, any line ends, cells between commas or semicolons. Throws CSV_INVALID. */
export function parseCsv(bytes: Uint8Array): CsvFile {
  const errors: ImportError[] = [];
  const records = parseRecords(decodeText(bytes), errors);
  const header = records.shift();
  if (header === undefined) throw invalid('The file is empty.', 'Begin with the template.');
  const columns = parseHeader(header.record);
  if (records.length > CSV_MAX_ROWS) {
    throw invalid(`The file has ${records.length} rows; an upload takes ${CSV_MAX_ROWS}.`, 'Split the file.');
  }
  const rows: CsvRow[] = [];
  for (const { record, line } of records) {
    const cells = cellsOf(record, columns);
    if (typeof cells === 'string') errors.push({ line, column: null, reason: cells });
    else rows.push({ line, cells });
  }
  return { rows, errors };
}

/** What is wrong, where it is: a cell that no column is above, or a row that ends too soon. */
function cellsOf(record: readonly string[], columns: readonly Column[]): CsvRow['cells'] | string {
  const cells = new Map<CsvColumn, string>();
  const isShort = record.length < columns.length;
  if (isShort || record.slice(columns.length).some((cell) => cell.trim() !== '')) {
    return `the row has ${record.length} cells, the header ${columns.length}`;
  }
  for (const [i, column] of columns.entries()) {
    const text = readBack((record[i] ?? '').trim());
    if (column !== NO_COLUMN) cells.set(column, text);
    else if (text !== '') return `column ${i + 1} has no name, and the row a cell in it`;
  }
  return Object.fromEntries(cells);
}

interface CsvRecord {
  readonly record: readonly string[];
  readonly line: number;
}

function decodeText(bytes: Uint8Array): string {
  try {
    // The parser counts a line break within quotes once only if it is one character.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r\n?/g, '\n');
    // A line for the spreadsheet alone; it still counts as one.
    return text.replace(/^"?sep=."?(?=\n)/i, '');
  } catch (error) {
    throw invalid('The file is not UTF-8 text.', 'Save it as "CSV UTF-8".', error);
  }
}

function parseRecords(text: string, errors: ImportError[]): CsvRecord[] {
  const parsed = parse(text, {
    bom: true,
    delimiter: delimiterOf(text),
    info: true,
    max_record_size: ROW_MAX_CHARACTERS,
    record_delimiter: '\n',
    relax_column_count: true,
    skip_empty_lines: true,
    // A row of separators alone, as spreadsheets write rows that were emptied.
    skip_records_with_empty_values: true,
    skip_records_with_error: true,
    on_skip: (error) => {
      if (error !== undefined) errors.push(errorOf(error));
      return undefined;
    },
  }) as unknown as { record: string[]; info: { lines: number } }[];
  return parsed.map(({ record, info }) => ({ record, line: info.lines - lineBreaks(record) }));
}

/** Spreadsheets write semicolons where a comma stands in numbers. No name of a column holds either. */
function delimiterOf(text: string): ',' | ';' {
  const header = text.split('\n').find((line) => line.trim() !== '') ?? '';
  return header.includes(';') && !header.includes(',') ? ';' : ',';
}

const lineBreaks = (record: readonly string[]): number =>
  record.reduce((count, cell) => count + cell.split('\n').length - 1, 0);

function errorOf(error: CsvError): ImportError {
  const line = Number(error['lines'] ?? 0);
  return { line, column: null, reason: REASONS[error.code] ?? 'the row cannot be read' };
}

const REASONS: Partial<Record<string, string>> = {
  INVALID_OPENING_QUOTE: 'a quote stands in the middle of a cell',
  CSV_INVALID_CLOSING_QUOTE: 'text follows the closing quote of a cell',
  CSV_QUOTE_NOT_CLOSED: 'a quote is never closed, and nothing behind it was read',
  CSV_MAX_RECORD_SIZE: 'a quote is never closed, or the row is too long; nothing behind it was read',
};

/** Spreadsheets leave columns without a name behind that was emptied. */
const NO_COLUMN = '';
type Column = CsvColumn | typeof NO_COLUMN;

function parseHeader(record: readonly string[]): Column[] {
  const names = record.map((name) =>
    name
      .trim()
      .toLowerCase()
      .replace(/[\s_]+/g, ' '),
  );
  const columns = names.map((name): Column => {
    if (name === '') return NO_COLUMN;
    const column = csvColumns.find((known) => known === name);
    if (column === undefined) {
      throw invalid(`The column "${name}" is not known.`, `Columns are: ${csvColumns.join(', ')}.`);
    }
    return column;
  });
  const twice = columns.find((column, i) => column !== NO_COLUMN && columns.indexOf(column) !== i);
  if (twice !== undefined) throw invalid(`The column "${twice}" is there twice.`, 'Leave one of them.');
  const missing = REQUIRED.find((column) => !columns.includes(column));
  if (missing !== undefined) throw invalid(`The column "${missing}" is missing.`, 'Begin with the template.');
  return columns;
}

const invalid = (detail: string, next: string, cause?: unknown): Refusal =>
  new Refusal('CSV_INVALID', detail, { next, cause });
