// Handlers of mails and of the audit trail.
import type { auditRoutes } from '#protocol/api/audit-routes.ts';
import type { mailRoutes } from '#protocol/api/mail-routes.ts';
import type { Desk } from '../../desk.ts';
import { listAudit } from '../../domain/audit-list.ts';
import { demoMails, personMails, resendInvite } from '../../mail/mail-view.ts';
import type { Handlers } from '../handler.ts';

export const mailHandlers = (desk: Desk): Handlers<keyof typeof mailRoutes> => ({
  personMails: {
    transaction: 'read',
    handle: async (work, { params }) => ({ items: await personMails(work, params.personId) }),
  },
  resendInvite: { transaction: 'write', handle: (work, { params }) => resendInvite(work, params.personId) },
  demoMails: { transaction: 'read', handle: (work, { query }) => demoMails(work, desk.parts.mailbox, query) },
});

export const auditHandlers: Handlers<keyof typeof auditRoutes> = {
  listAudit: { transaction: 'read', handle: (work, { query }) => listAudit(work, query) },
};
