// Every route of DOOR OS, by name. What is not in this table does not exist, and what is in it is refused
// without a token unless it says `open`.
import { accountRoutes } from './account-routes.ts';
import { activityRoutes } from './activity-routes.ts';
import { appRoutes } from './app-routes.ts';
import { auditRoutes } from './audit-routes.ts';
import { courierRoutes } from './courier-routes.ts';
import { eventRoutes } from './event-routes.ts';
import { importRoutes } from './import-routes.ts';
import { liveRoutes } from './live-routes.ts';
import { managerRoutes } from './manager-routes.ts';
import { mailRoutes } from './mail-routes.ts';
import { peopleRoutes } from './people-routes.ts';
import { propertyRoutes } from './property-routes.ts';
import { reportRoutes } from './report-routes.ts';

export const routes = {
  ...accountRoutes,
  ...mailRoutes,
  ...auditRoutes,
  ...propertyRoutes,
  ...peopleRoutes,
  ...importRoutes,
  ...managerRoutes,
  ...appRoutes,
  ...courierRoutes,
  ...liveRoutes,
  ...activityRoutes,
  ...eventRoutes,
  ...reportRoutes,
} as const;

export type Routes = typeof routes;
export type RouteName = keyof Routes;
