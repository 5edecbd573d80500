// Lists in parts that fit one statement: SQLite takes 32,766 values in one, PostgreSQL 65,535.

const BATCH = 500;

export function* batchesOf<T>(items: readonly T[], size = BATCH): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
