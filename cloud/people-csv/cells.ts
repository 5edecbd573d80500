// Cells as they are written and read back: one that a spreadsheet would take for a formula begins with an apostrophe,
// and what was written so is read as it was meant.
import { CSV_KEY_SEPARATOR } from '#protocol/api/imports.ts';

/** What makes a spreadsheet reckon, behind any apostrophes of its own. */
const FORMULA = /^'*[=+\-@\t\r]/;
/** The same within a cell, where one that splits at something else than commas begins another. */
const FORMULA_WITHIN = /([;|,\t\r\n] *)(?='*[=+\-@])/g;
const NEUTRAL_WITHIN = /([;|,\t\r\n] *)'(?='*[=+\-@])/g;

/** The apostrophe comes before apostrophes too, so that each cell is read back as it was. */
export function neutralised(cell: string): string {
  const within = cell.replace(FORMULA_WITHIN, "$1'");
  return FORMULA.test(within) ? `'${within}` : within;
}

export function readBack(cell: string): string {
  const bare = cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell;
  return bare.replace(NEUTRAL_WITHIN, '$1');
}

/** Names of Keys in one cell; a separator within a name stands behind a backslash. */
export const keysCell = (names: readonly string[]): string =>
  names.map((name) => name.replace(/[\\;]/g, '\\$&')).join(CSV_KEY_SEPARATOR);

/** Each once, in NFC. */
export function keyNamesOf(cell: string): string[] {
  const names: string[] = [];
  let name = '';
  for (let i = 0; i < cell.length; i++) {
    const [here = '', next = ''] = [cell[i], cell[i + 1]];
    if (here === '\\' && (next === '\\' || next === CSV_KEY_SEPARATOR)) {
      name += next;
      i++;
    } else if (here === CSV_KEY_SEPARATOR) {
      names.push(name);
      name = '';
    } else name += here;
  }
  names.push(name);
  return [...new Set(names.map((one) => one.normalize('NFC').trim()).filter((one) => one !== ''))];
}
