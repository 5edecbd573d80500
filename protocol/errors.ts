// The base of every typed error: callers switch on `code`, people read `message` (what and why) and `next`.

export abstract class DoorlabError extends Error {
  abstract readonly code: string;
  /** What the reader can do now, one sentence. */
  readonly next: string | undefined;

  constructor(message: string, options: { cause?: unknown; next?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.next = options.next;
  }
}

/** A broken invariant: a defect of the program, never a consequence of input. On in production. */
export class InvariantError extends DoorlabError {
  readonly code = 'INVARIANT';
}

export function invariant(condition: unknown, message: string): asserts condition {
  if (condition === false || condition === null || condition === undefined) throw new InvariantError(message);
}
