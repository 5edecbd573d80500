// Every bug that is planted, each with a name of its own.
import { CHANNEL_BUGS } from './channel-bugs.ts';
import { COURIER_BUGS } from './courier-bugs.ts';
import { DOOR_BUGS } from './door-bugs.ts';
import { LOG_AND_TIME_BUGS } from './log-and-time-bugs.ts';
import { METAL_BUGS } from './metal-bugs.ts';
import type { PlantedBug } from './planted-bug.ts';
import { STORAGE_BUGS } from './storage-bugs.ts';
import { TRANSFER_BUGS } from './transfer-bugs.ts';
import { TRUST_BUGS } from './trust-bugs.ts';

export const BUGS: readonly PlantedBug[] = [
  ...TRUST_BUGS,
  ...STORAGE_BUGS,
  ...TRANSFER_BUGS,
  ...DOOR_BUGS,
  ...LOG_AND_TIME_BUGS,
  ...METAL_BUGS,
  ...CHANNEL_BUGS,
  ...COURIER_BUGS,
];
