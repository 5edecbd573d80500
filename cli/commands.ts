// Every command of the program. A command module loads what it runs on only inside its handler, so that
// `doorlab version` does not wait for a database or a radio.
import * as completion from './commands/completion.ts';
import * as demo from './commands/demo.ts';
import * as lock from './commands/lock.ts';
import * as radio from './commands/radio.ts';
import * as version from './commands/version.ts';
import type { RegisterCommand } from './program.ts';

export const COMMANDS: readonly RegisterCommand[] = [
  completion.register,
  demo.register,
  lock.register,
  radio.register,
  version.register,
];
