// Routes of what happened, and of what a manager must hear of.
import { ActivityExportQuery, ActivityPage, ActivityQuery, OwnActivityQuery } from './activity.ts';
import { Alarm, AlarmPage, AlarmQuery } from './alarms.ts';
import { API_BASE, appAccess, contract, managerAccess } from './contract.ts';

export const activityRoutes = {
  activity: contract({
    method: 'GET',
    path: `${API_BASE}/activity`,
    access: managerAccess,
    permission: 'activity',
    summary: 'What happened at doors, newest first; residents’ own life at home left out',
    query: ActivityQuery,
    reply: ActivityPage,
    status: 200,
    refusals: ['NOT_FOUND'],
  }),
  exportActivity: contract({
    method: 'GET',
    path: `${API_BASE}/activity.csv`,
    access: managerAccess,
    permission: 'activity',
    summary: 'The same as a file for spreadsheets, at most 50,000 rows',
    query: ActivityExportQuery,
    reply: 'text/csv',
    status: 200,
    refusals: ['NOT_FOUND'],
  }),
  ownActivity: contract({
    method: 'GET',
    path: `${API_BASE}/app/activity`,
    access: appAccess,
    permission: 'app',
    summary: 'The entries of the account and of its guests, newest first',
    query: OwnActivityQuery,
    reply: ActivityPage,
    status: 200,
    refusals: ['NOT_FOUND'],
  }),
  alarms: contract({
    method: 'GET',
    path: `${API_BASE}/alarms`,
    access: managerAccess,
    permission: 'devices',
    summary: 'Alarms of doors and their locks, open ones unless asked otherwise',
    query: AlarmQuery,
    reply: AlarmPage,
    status: 200,
    refusals: ['NOT_FOUND'],
  }),
  seeAlarm: contract({
    method: 'POST',
    path: `${API_BASE}/alarms/{alarmId}/seen`,
    access: managerAccess,
    permission: 'devices',
    summary: 'Somebody has seen it; what does not end by itself ends with it',
    reply: Alarm,
    status: 200,
  }),
} as const;
