// The schemas that have a name: all that the files of protocol/api export, each under its own.
import { z } from 'zod';
import * as accounts from '#protocol/api/accounts.ts';
import * as activation from '#protocol/api/activation.ts';
import * as activity from '#protocol/api/activity.ts';
import * as alarms from '#protocol/api/alarms.ts';
import * as app from '#protocol/api/app.ts';
import * as audit from '#protocol/api/audit.ts';
import * as doorSync from '#protocol/api/door-sync.ts';
import * as events from '#protocol/api/events.ts';
import * as imports from '#protocol/api/imports.ts';
import * as keycards from '#protocol/api/keycards.ts';
import * as live from '#protocol/api/live.ts';
import * as mails from '#protocol/api/mails.ts';
import * as managers from '#protocol/api/managers.ts';
import * as people from '#protocol/api/people.ts';
import * as problem from '#protocol/api/problem.ts';
import * as property from '#protocol/api/property.ts';
import * as reports from '#protocol/api/reports.ts';
import * as schedules from '#protocol/api/schedules.ts';
import * as syncRequests from '#protocol/api/sync-requests.ts';
import * as values from '#protocol/api/values.ts';
import type { SchemaWishes } from './json-schemas.ts';

const files: readonly object[] = [
  accounts,
  activation,
  activity,
  alarms,
  app,
  audit,
  doorSync,
  events,
  imports,
  keycards,
  live,
  mails,
  managers,
  people,
  problem,
  property,
  reports,
  schedules,
  syncRequests,
  values,
];

export function namedSchemas(): SchemaWishes {
  const exported = files.flatMap((file) => Object.entries(file) as [string, unknown][]);
  const named = new Map<string, z.ZodType>();
  const seen = new Set<unknown>();
  for (const [name, value] of exported) {
    // A second name for the same schema is dropped: a schema has one name.
    if (!(value instanceof z.ZodType) || seen.has(value)) continue;
    seen.add(value);
    named.set(name, value);
  }
  return named;
}
