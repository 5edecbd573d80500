// A bug to be planted: which text of which file becomes which other one, and the tests that must notice. The text stands
// in its file exactly once, so that a bug which no longer fits the source is an error and never a bug that was "caught".

export interface Edit {
  readonly file: string;
  /** Exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

export interface PlantedBug {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** Under test/; one of their tests must fail. */
  readonly tests: readonly string[];
  /** A part of test names where a whole file would take long: only those are run. */
  readonly only?: string;
}

/** `replace` undefined: the text goes. */
export const bug = (
  name: string,
  tests: string | readonly string[],
  edit: Omit<Edit, 'replace'> & { readonly replace?: string },
  more: { readonly edits?: readonly Edit[]; readonly only?: string } = {},
): PlantedBug => ({
  name,
  tests: typeof tests === 'string' ? [tests] : tests,
  edits: [{ replace: '', ...edit }, ...(more.edits ?? [])],
  ...(more.only !== undefined && { only: more.only }),
});

export type Planted =
  | { readonly kind: 'planted'; readonly text: string }
  /** The source has moved on: the bug has to be written anew. */
  | { readonly kind: 'unfit'; readonly why: string };

export function plant(text: string, { file, find, replace }: Edit): Planted {
  const at = text.indexOf(find);
  if (at < 0) return { kind: 'unfit', why: `${file}: the text to change is not there: ${find}` };
  const isTwice = text.includes(find, at + 1);
  if (isTwice) return { kind: 'unfit', why: `${file}: the text to change is there twice: ${find}` };
  return { kind: 'planted', text: text.slice(0, at) + replace + text.slice(at + find.length) };
}
