// Routes of the audit trail.
import { AuditPage, AuditQuery } from './audit.ts';
import { API_BASE, contract, managerAccess } from './contract.ts';

export const auditRoutes = {
  listAudit: contract({
    method: 'GET',
    path: `${API_BASE}/audit`,
    access: managerAccess,
    permission: 'portfolio',
    summary: 'What managers changed, newest first',
    query: AuditQuery,
    reply: AuditPage,
    status: 200,
  }),
} as const;
