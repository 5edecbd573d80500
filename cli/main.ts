// The main of the program: hands the real clock, chance, streams and signals to the run, and leaves with its
// exit code once everything written is out.
import { systemClock } from '#protocol/node/system-clock.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { COMMANDS } from './commands.ts';
import { EXIT } from './exit-codes.ts';
import { runCli } from './run.ts';

const INTERRUPTS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const SHOW_CURSOR = '\u001b[?25h';

const { stdin, stdout, stderr } = process;

/** Of a reader that has seen enough (`doorlab people import x.csv | head -1`), at its end and ever after. */
const READER_IS_GONE = ['EPIPE', 'ERR_STREAM_DESTROYED'];

// That is no error, and no reason to leave the work half done: the command goes on to its end and its exit code.
for (const stream of [stdout, stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (!READER_IS_GONE.includes(error.code ?? '')) process.exit(EXIT.failed);
  });

const exit = await runCli(
  process.argv.slice(2),
  {
    stdin,
    stdout,
    stderr,
    terminal: stderr.isTTY ? { stdout, stderr } : undefined,
    env: process.env,
    cwd: process.cwd(),
    clock: systemClock,
    random: systemRandom,
    onInterrupt(listener) {
      for (const name of INTERRUPTS) process.on(name, listener);
      return () => {
        for (const name of INTERRUPTS) process.off(name, listener);
      };
    },
  },
  COMMANDS,
);

// A drawing cut short leaves the cursor hidden.
if (stderr.isTTY) stderr.write(SHOW_CURSOR);
await Promise.all(
  [stdout, stderr].map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve()))),
);
process.exit(exit);
