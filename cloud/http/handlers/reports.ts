// Handlers of reports over many doors.
import type { reportRoutes } from '#protocol/api/report-routes.ts';
import type { Desk } from '../../desk.ts';
import { doorReport, exportDoorReport } from '../../domain/sync/door-report.ts';
import { propertyExposure } from '../../domain/sync/exposure.ts';
import type { Handlers } from '../handler.ts';

export const reportHandlers = (desk: Desk): Handlers<keyof typeof reportRoutes> => ({
  doorReport: { transaction: 'read', handle: (work, { query }) => doorReport(work, query) },
  exportDoorReport: {
    transaction: 'own',
    handle: async ({ asking, query }) => ({
      bytes: await exportDoorReport((run) => desk.read(asking, run), query),
      fileName: 'door-sync.csv',
    }),
  },
  propertyExposure: {
    transaction: 'read',
    handle: (work, { params, query }) => propertyExposure(work, params.propertyId, query),
  },
});
