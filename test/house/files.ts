// The project's own files, for the tests of the house.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const SOURCE_FOLDERS = [
  'protocol',
  'radio',
  'lock-sim',
  'gateway',
  'cloud',
  'web',
  'lab',
  'cli',
  'test',
  'scripts',
];
const NOT_OURS = new Set(['node_modules', 'dist', '.cache', 'coverage', 'data', 'generated']);
const SOURCE = /\.(ts|tsx|mjs|cjs|js)$/;

/** Paths from the root, with slashes. */
export function filesIn(folder: string, matching: RegExp): string[] {
  const start = path.join(ROOT, folder);
  if (!existsSync(start)) return [];
  return readdirSync(start, { withFileTypes: true }).flatMap((entry) => {
    const inside = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : filesIn(inside, matching);
    return matching.test(entry.name) ? [inside] : [];
  });
}

export const sourceFiles = (): string[] => SOURCE_FOLDERS.flatMap((folder) => filesIn(folder, SOURCE));

export const textOf = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
