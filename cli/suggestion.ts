// The nearest known word to a mistyped one.

/** More changes than this make another word, not a mistake. */
const CHANGES_MAX = 3;

/** The known word with the fewest changes, if they are few for its length. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const limit = Math.min(CHANGES_MAX, Math.floor(word.length / 2));
  let best: { word: string; changes: number } | undefined;
  for (const candidate of known) {
    const changes = changesBetween(word, candidate);
    if (changes <= limit && (best === undefined || changes < best.changes))
      best = { word: candidate, changes };
  }
  return best?.word;
}

/** Insertions, deletions and substitutions from one word to the other (Levenshtein). */
function changesBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const [i, letter] of Array.from(from).entries()) {
    const next = [i + 1];
    for (const [j, other] of Array.from(to).entries()) {
      const substituted = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(substituted, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
