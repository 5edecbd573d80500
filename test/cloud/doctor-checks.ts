// Reading what the doctor found.
import { expect } from 'vitest';
import type { CloudCheck, CloudCheckId } from '#cloud/doctor/check.ts';

export const find = (checks: readonly CloudCheck[], id: CloudCheckId): CloudCheck | undefined =>
  checks.find((check) => check.id === id);

export const containing = (text: string): unknown => expect.stringContaining(text);

export const failing = (checks: readonly CloudCheck[]): string[] =>
  checks.filter(({ status }) => status === 'fail').map(({ id }) => id);
