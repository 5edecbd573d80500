// JSON out of files that anybody may have written: undefined where it is none.
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
