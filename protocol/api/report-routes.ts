// Routes of reports over many doors.
import { API_BASE, contract, managerAccess } from './contract.ts';
import {
  DoorReportExportQuery,
  DoorReportPage,
  DoorReportQuery,
  ExposedPersonPage,
  ExposureQuery,
} from './reports.ts';

export const reportRoutes = {
  doorReport: contract({
    method: 'GET',
    path: `${API_BASE}/reports/door-sync`,
    access: managerAccess,
    permission: 'reports',
    summary: 'Doors with locks: Sync Needed, Reason, Battery, Days Since Reading',
    query: DoorReportQuery,
    reply: DoorReportPage,
    status: 200,
    refusals: ['NOT_FOUND'],
  }),
  exportDoorReport: contract({
    method: 'GET',
    path: `${API_BASE}/reports/door-sync.csv`,
    access: managerAccess,
    permission: 'reports',
    summary: 'The same as a file for spreadsheets',
    query: DoorReportExportQuery,
    reply: 'text/csv',
    status: 200,
    refusals: ['NOT_FOUND'],
  }),
  propertyExposure: contract({
    method: 'GET',
    path: `${API_BASE}/properties/{propertyId}/exposure`,
    access: managerAccess,
    permission: 'people',
    summary: 'Who can still open which door beyond what they hold, by what and until when',
    query: ExposureQuery,
    reply: ExposedPersonPage,
    status: 200,
  }),
} as const;
