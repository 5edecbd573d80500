// Every route of DOOR OS, by name. What is not in this table does not exist, and what is in it is refused
// without a token unless it says `open`.
import { accountRoutes } from './account-routes.ts';
import { courierRoutes } from './courier-routes.ts';
import { liveRoutes } from './live-routes.ts';
import { peopleRoutes } from './people-routes.ts';
import { propertyRoutes } from './property-routes.ts';

export const routes = {
  ...accountRoutes,
  ...propertyRoutes,
  ...peopleRoutes,
  ...courierRoutes,
  ...liveRoutes,
} as const;

export type Routes = typeof routes;
export type RouteName = keyof Routes;
