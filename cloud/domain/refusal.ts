// What the cloud refuses on purpose: a code of the API with a sentence on what happened and one on what to do.
import { DoorlabError } from '#protocol/errors.ts';
import type { ProblemCode } from '#protocol/api/problem.ts';

export interface FieldError {
  readonly path: string;
  readonly message: string;
}

export class Refusal extends DoorlabError {
  readonly code: ProblemCode;
  readonly fields: readonly FieldError[];
  /** The id of what the refusal is about. */
  readonly subject: string | undefined;
  /** When trying again makes sense. */
  readonly retryAfterS: number | undefined;
  /** What the transaction wrote stays, though the request is refused: an alarm, a nonce that is used up. */
  readonly keepsChanges: boolean;

  constructor(
    code: ProblemCode,
    detail: string,
    options: {
      next?: string;
      subject?: string;
      fields?: readonly FieldError[];
      retryAfterS?: number;
      keepsChanges?: boolean;
      cause?: unknown;
    } = {},
  ) {
    super(detail, options);
    this.code = code;
    this.fields = options.fields ?? [];
    this.subject = options.subject;
    this.retryAfterS = options.retryAfterS;
    this.keepsChanges = options.keepsChanges ?? false;
  }
}

/** For anything not there, or not the caller's: the two look the same. */
export const notFound = (what: string): Refusal =>
  new Refusal('NOT_FOUND', `There is no such ${what}, or it is not yours to see.`);
