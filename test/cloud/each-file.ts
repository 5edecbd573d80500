// What the files of a worker share is made anew in each: they are loaded once, and what one of them left behind is
// nothing that the next may lean on.
type Ending = () => void | Promise<void>;

const endings: Ending[] = [];

/** For modules that keep something from test to test. Called once, as they are loaded. */
export function atEndOfFile(ending: Ending): void {
  endings.push(ending);
}

export async function endFile(): Promise<void> {
  for (const ending of endings) await ending();
}
