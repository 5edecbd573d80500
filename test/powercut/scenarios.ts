// The list: every scenario that the power-cut proof goes through. A new one is an entry in the file of its kind.
import type { Scenario } from './scenario.ts';
import { CODE_SCENARIOS } from './scenarios/code-scenarios.ts';
import { DOOR_SCENARIOS } from './scenarios/door-scenarios.ts';
import { FIRMWARE_SCENARIOS } from './scenarios/firmware-scenarios.ts';
import { FLASH_SCENARIOS } from './scenarios/flash-scenarios.ts';
import { DELTA_SCENARIOS } from './scenarios/delta-scenarios.ts';
import { LIFE_SCENARIOS } from './scenarios/life-scenarios.ts';
import { LOG_SCENARIOS } from './scenarios/log-scenarios.ts';
import { OWNER_SCENARIOS } from './scenarios/owner-scenarios.ts';
import { SYNC_SCENARIOS } from './scenarios/sync-scenarios.ts';

export const SCENARIOS: readonly Scenario[] = [
  ...SYNC_SCENARIOS,
  ...DELTA_SCENARIOS,
  ...OWNER_SCENARIOS,
  ...LIFE_SCENARIOS,
  ...CODE_SCENARIOS,
  ...DOOR_SCENARIOS,
  ...FIRMWARE_SCENARIOS,
  ...LOG_SCENARIOS,
  ...FLASH_SCENARIOS,
];

export const scenarioNamed = (name: string): Scenario | undefined =>
  SCENARIOS.find((scenario) => scenario.name === name);
