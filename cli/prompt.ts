// Questions to a person. Asked on a terminal only, on stderr; without one a secret is the first line of stdin.
// With --no-input, or with nobody there, a question is an error that names the way around it.
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { CliError } from './errors.ts';

export interface Question {
  /** Without the colon. */
  readonly text: string;
  /** How to answer beforehand, such as "--label TEXT" or "pipe it to stdin". */
  readonly instead: string;
  /** Not shown while typed, and taken from a pipe where there is one. */
  readonly secret: boolean;
}

export interface Prompt {
  /** The answer, trimmed, never empty. Throws INPUT_NEEDED, or the signal's reason. */
  ask(question: Question): Promise<string>;
}

export interface PromptOptions {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stderr: { write(text: string): unknown };
  readonly noInput: boolean;
  readonly signal: AbortSignal;
}

export function createPrompt({ stdin, stderr, noInput, signal }: PromptOptions): Prompt {
  return {
    async ask(question) {
      const onTerminal = stdin.isTTY === true;
      if (onTerminal ? noInput : !question.secret) throw inputNeeded(question);
      if (onTerminal) stderr.write(`${question.text}: `);
      const answer = (
        await firstLine(stdin, onTerminal, question.secret ? undefined : stderr, signal)
      ).trim();
      if (onTerminal && question.secret) stderr.write('\n');
      if (answer === '') throw inputNeeded(question);
      return answer;
    },
  };
}

const inputNeeded = ({ text, instead }: Question): CliError =>
  new CliError('INPUT_NEEDED', `"${text}" needs an answer, and nobody can be asked.`, {
    next: `Give it beforehand: ${instead}.`,
  });

/** Empty at the end of the input. `echo` undefined keeps what is typed off the screen. */
function firstLine(
  input: NodeJS.ReadableStream,
  terminal: boolean,
  echo: { write(text: string): unknown } | undefined,
  signal: AbortSignal,
): Promise<string> {
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      echo?.write(chunk.toString());
      done();
    },
  });
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input, output, terminal });
    const leave = (): void => {
      signal.removeEventListener('abort', onAbort);
      lines.close();
    };
    const onAbort = (): void => {
      reject(signal.reason instanceof Error ? signal.reason : new CliError('INTERRUPTED', 'Interrupted.'));
      leave();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    lines.once('line', (line) => {
      resolve(line);
      leave();
    });
    lines.once('close', () => {
      resolve('');
      leave();
    });
    // readline puts a terminal in raw mode, where Ctrl-C is a key and no signal.
    lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    if (signal.aborted) onAbort();
  });
}
