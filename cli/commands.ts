// Every command of the program. A command module loads what it runs on only inside its handler, so that
// `doorlab version` does not wait for a database or a radio.
import * as app from './commands/app.ts';
import * as agent from './commands/agent.ts';
import * as completion from './commands/completion.ts';
import * as cloud from './commands/cloud.ts';
import * as courier from './commands/courier.ts';
import * as demo from './commands/demo.ts';
import * as doctor from './commands/doctor.ts';
import * as explain from './commands/explain.ts';
import * as lock from './commands/lock.ts';
import * as people from './commands/people.ts';
import * as radio from './commands/radio.ts';
import * as update from './commands/update.ts';
import * as version from './commands/version.ts';
import * as watch from './commands/watch.ts';
import type { RegisterCommand } from './program.ts';

export const COMMANDS: readonly RegisterCommand[] = [
  agent.register,
  app.register,
  cloud.register,
  completion.register,
  courier.register,
  demo.register,
  doctor.register,
  explain.register,
  lock.register,
  people.register,
  radio.register,
  update.register,
  version.register,
  watch.register,
];
