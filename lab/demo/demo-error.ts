// The demo says what it expected and what it saw: a step that did not hold is an error, never a remark.
import { DoorlabError } from '#protocol/errors.ts';

export class DemoError extends DoorlabError {
  readonly code: 'DEMO_STEP_FAILED' | 'DEMO_PEOPLE_UNFIT';

  constructor(code: DemoError['code'], message: string, options: { cause?: unknown; next?: string } = {}) {
    super(message, options);
    this.code = code;
  }
}

export function expectThat(holds: boolean, message: string): asserts holds {
  if (!holds)
    throw new DemoError('DEMO_STEP_FAILED', message, {
      next: 'Run it again with --verbose and report what it prints.',
    });
}
