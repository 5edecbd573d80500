// Asks the adapter whether it is up, from a child process with a time limit: macOS ends a process that asks without
// permission, and a native socket may take its process with it.
import { execFile } from 'node:child_process';

export interface ProbeFacts {
  readonly state: 'up' | 'down' | 'unauthorized' | 'killed' | 'silent';
  /** What the child said, in a line. */
  readonly detail: string;
}

const PROBE_DEADLINE_MS = 6_000;
const LINE_CHARACTERS_MAX = 200;

/** Prints a state of noble's: on Linux from the socket, elsewhere from noble itself. */
const SCRIPTS = {
  socket: (adapter: number): string =>
    `const S = require('@abandonware/bluetooth-hci-socket'); const s = new S(); s.bindRaw(${adapter});` +
    `console.log(s.isDevUp() ? 'poweredOn' : 'poweredOff'); process.exit(0);`,
  noble:
    `require('@abandonware/noble').on('stateChange', (state) => { console.log(state); process.exit(0); });` +
    `setTimeout(() => process.exit(0), ${PROBE_DEADLINE_MS - 1_000});`,
};

/** Never rejects. */
export function probeAdapter(
  { platform }: { readonly platform: NodeJS.Platform },
  adapter: number,
): Promise<ProbeFacts> {
  const script = platform === 'linux' ? SCRIPTS.socket(adapter) : SCRIPTS.noble;
  const cwd = import.meta.dirname;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['-e', script],
      { cwd, timeout: PROBE_DEADLINE_MS },
      (error, stdout, stderr) => {
        const signal = error?.signal ?? undefined;
        resolve(judgeProbe({ stdout, stderr, signal, isLate: error?.killed === true }));
      },
    );
  });
}

export interface ProbeEnd {
  readonly stdout: string;
  readonly stderr: string;
  readonly signal: string | undefined;
  /** Ended by us. */
  readonly isLate: boolean;
}

export function judgeProbe({ stdout, stderr, signal, isLate }: ProbeEnd): ProbeFacts {
  const said = stdout.trim().split('\n').at(-1) ?? '';
  if (said === 'poweredOn') return { state: 'up', detail: said };
  if (said === 'poweredOff') return { state: 'down', detail: said };
  if (said === 'unauthorized') return { state: 'unauthorized', detail: said };
  if (isLate) return { state: 'silent', detail: `no answer within ${PROBE_DEADLINE_MS} ms` };
  if (signal !== undefined) return { state: 'killed', detail: signal };
  const why = /^\w*Error: .*$/m.exec(stderr)?.[0] ?? said;
  return { state: 'silent', detail: why === '' ? 'it said nothing' : why.slice(0, LINE_CHARACTERS_MAX) };
}
