// The tables as types. Times are UTC seconds, flags 0 or 1, ids opaque text; bytes are Uint8Array.
import type { AccountSchema } from './schema/accounts.ts';
import type { ActivitySchema } from './schema/activity.ts';
import type { LockSchema } from './schema/locks.ts';
import type { PeopleSchema } from './schema/people.ts';
import type { PropertySchema } from './schema/property.ts';
import type { RunningSchema } from './schema/running.ts';

export interface Schema
  extends PropertySchema, AccountSchema, PeopleSchema, LockSchema, ActivitySchema, RunningSchema {}
