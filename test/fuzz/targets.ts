// Every parser that bytes from outside reach, each with a name of its own.
import { BELIEVED_TARGETS } from './believed-targets.ts';
import { CHANNEL_TARGETS } from './channel-targets.ts';
import { COURIER_TARGETS } from './courier-targets.ts';
import type { Target } from './fuzzing.ts';
import { HOST_TARGETS } from './host-targets.ts';
import { LOCK_TARGETS } from './lock-targets.ts';
import { MESSAGE_TARGETS } from './message-targets.ts';

export const TARGETS: readonly Target[] = [
  ...MESSAGE_TARGETS,
  ...BELIEVED_TARGETS,
  ...LOCK_TARGETS,
  ...CHANNEL_TARGETS,
  ...COURIER_TARGETS,
  ...HOST_TARGETS,
];

export const inputsFor = ({ every = 1 }: Target, inputs: number): number => Math.ceil(inputs / every);
