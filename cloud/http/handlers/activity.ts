// Handlers of what happened, and of alarms.
import type { activityRoutes } from '#protocol/api/activity-routes.ts';
import type { Desk } from '../../desk.ts';
import { listActivity, listOwnActivity } from '../../domain/activity/activity.ts';
import { exportActivity } from '../../domain/activity/activity-export.ts';
import { listAlarms, markAlarmSeen } from '../../domain/activity/alarm-list.ts';
import type { Handlers } from '../handler.ts';

export const activityHandlers = (desk: Desk): Handlers<keyof typeof activityRoutes> => ({
  activity: { transaction: 'read', handle: (work, { query }) => listActivity(work, query) },
  exportActivity: {
    transaction: 'own',
    handle: async ({ asking, query }) => ({
      bytes: await exportActivity((run) => desk.read(asking, run), query),
      fileName: 'activity.csv',
    }),
  },
  ownActivity: { transaction: 'read', handle: (work, { query }) => listOwnActivity(work, query) },
  alarms: { transaction: 'read', handle: (work, { query }) => listAlarms(work, query) },
  seeAlarm: { transaction: 'write', handle: (work, { params }) => markAlarmSeen(work, params.alarmId) },
});
