// Handlers of people by CSV.
import type { importRoutes } from '#protocol/api/import-routes.ts';
import { IMPORT_DEADLINE_MS } from '#protocol/api/imports.ts';
import { utf8 } from '#protocol/bytes.ts';
import type { Desk } from '../../desk.ts';
import { exportPeople } from '../../people-csv/export-people.ts';
import { awaitUpload } from '../../people-csv/import-wait.ts';
import { template } from '../../people-csv/template.ts';
import { cancelUpload, confirmUpload, listUploads, previewUpload } from '../../people-csv/uploads.ts';
import type { Handlers } from '../handler.ts';

/** A turn of the event loop, for whoever else waits for one. */
const pauseOf = (desk: Desk) => (): Promise<void> =>
  new Promise((resolve) => desk.parts.clock.after(0, resolve));

export const importHandlers = (desk: Desk): Handlers<keyof typeof importRoutes> => ({
  peopleTemplate: {
    transaction: 'own',
    handle: async () => ({ bytes: utf8(template()), fileName: 'people-template.csv' }),
  },
  exportPeople: {
    transaction: 'own',
    deadlineMs: IMPORT_DEADLINE_MS,
    async handle({ asking, params, query }) {
      const bytes = await exportPeople((run) => desk.read(asking, run), params.propertyId, query);
      return { bytes, fileName: 'people.csv' };
    },
  },
  listImports: {
    transaction: 'read',
    handle: (work, { params, query }) => listUploads(work, params.propertyId, query),
  },
  previewImport: {
    transaction: 'own',
    deadlineMs: IMPORT_DEADLINE_MS,
    handle: ({ asking, params, body }) =>
      previewUpload(
        { read: (run) => desk.read(asking, run), write: (run) => desk.write(asking, run) },
        params.propertyId,
        body,
        pauseOf(desk),
      ),
  },
  import: {
    transaction: 'own',
    handle: ({ asking, params, query }) => awaitUpload(desk, asking, params.importId, query),
  },
  confirmImport: {
    transaction: 'write',
    handle: (work, { params, body }) => confirmUpload(work, params.importId, body),
  },
  cancelImport: { transaction: 'write', handle: (work, { params }) => cancelUpload(work, params.importId) },
});
