// A picture on a terminal that is drawn over itself: the cursor goes back up, and what is there is wiped.
export interface Screen {
  size(): { readonly rows: number; readonly columns: number };
  /** In the place of the one before. */
  draw(lines: readonly string[]): void;
  /** What was drawn stays. */
  end(): void;
}

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const WIPE_BELOW = '\u001b[0J';
const USUAL = { rows: 24, columns: 80 };

/** Undefined where stdout is no terminal that redraws. */
export function openScreen(
  terminal: { readonly stdout: NodeJS.WriteStream } | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Screen | undefined {
  const stdout = terminal?.stdout;
  if (stdout?.isTTY !== true || env['TERM'] === 'dumb') return undefined;
  let height = 0;
  return {
    size: () => ({ rows: stdout.rows || USUAL.rows, columns: stdout.columns || USUAL.columns }),
    draw(lines) {
      const up = height === 0 ? HIDE_CURSOR : `\u001b[${height}A`;
      height = lines.length;
      // Names come from a cloud: nothing in them moves the cursor.
      const plain = lines.map((line) => line.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '?'));
      stdout.write(`${up}\r${WIPE_BELOW}${plain.join('\n')}\n`);
    },
    end() {
      if (height > 0) stdout.write(SHOW_CURSOR);
    },
  };
}
