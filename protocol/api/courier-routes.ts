// Routes of whoever carries signed sets to locks and binds locks to doors.
import { ActivationAnswer, ActivationFinish, ActivationStart } from './activation.ts';
import { API_BASE, courierAccess, activateAccess, contract } from './contract.ts';
import {
  CourierDoorPage,
  Delivery,
  KeySetQuery,
  KeySets,
  ReceiptPost,
  ReceiptResult,
  SyncTaskPage,
  SyncTaskQuery,
} from './door-sync.ts';
import { PageQuery } from './values.ts';

export const courierRoutes = {
  listSyncTasks: contract({
    method: 'GET',
    path: `${API_BASE}/sync-tasks`,
    access: courierAccess,
    summary: 'Sync tasks, open ones unless asked otherwise',
    query: SyncTaskQuery,
    reply: SyncTaskPage,
    status: 200,
  }),
  courierDoors: contract({
    method: 'GET',
    path: `${API_BASE}/courier/doors`,
    access: courierAccess,
    summary: 'Doors with locks, as a courier needs them',
    query: PageQuery,
    reply: CourierDoorPage,
    status: 200,
  }),
  keySets: contract({
    method: 'GET',
    path: `${API_BASE}/key-sets`,
    access: courierAccess,
    summary: 'Signed key sets after a number, at most 16',
    query: KeySetQuery,
    reply: KeySets,
    status: 200,
  }),
  startDelivery: contract({
    method: 'POST',
    path: `${API_BASE}/doors/{doorId}/deliveries`,
    access: courierAccess,
    summary: 'Begin an attempt: the target and a fresh nonce',
    reply: Delivery,
    status: 201,
  }),
  package: contract({
    method: 'GET',
    path: `${API_BASE}/doors/{doorId}/package`,
    access: courierAccess,
    summary: 'The newest signed and sealed set, with a strong entity tag',
    reply: 'application/octet-stream',
    status: 200,
  }),
  postReceipt: contract({
    method: 'POST',
    path: `${API_BASE}/doors/{doorId}/receipts`,
    access: courierAccess,
    summary: 'The lock’s signed proof; nothing else closes a sync task',
    body: ReceiptPost,
    reply: ReceiptResult,
    status: 200,
  }),
  startActivation: contract({
    method: 'POST',
    path: `${API_BASE}/doors/{doorId}/activations`,
    access: activateAccess,
    summary: 'Ask for what the lock is to sign',
    reply: ActivationStart,
    status: 201,
  }),
  finishActivation: contract({
    method: 'POST',
    path: `${API_BASE}/activations/{activationId}/finish`,
    access: activateAccess,
    summary: 'Hand in the lock’s statement and the label; again is harmless',
    body: ActivationFinish,
    reply: ActivationAnswer,
    status: 200,
  }),
} as const;
