// Handlers of the app of residents and guests.
import type { appRoutes } from '#protocol/api/app-routes.ts';
import { appCodes, resetAppCode } from '../../domain/app/app-codes.ts';
import { appDoors, appKeys } from '../../domain/app/app-doors.ts';
import { accountOfApp, appMe } from '../../domain/app/app-people.ts';
import { registerPhone } from '../../domain/app/app-phone.ts';
import { guestCodes } from '../../domain/people/guest-codes.ts';
import { inviteGuest, listGuests, revokeGuest } from '../../domain/people/guests.ts';
import { endPhone } from '../../domain/codes/phones.ts';
import type { Handlers } from '../handler.ts';

export const appHandlers: Handlers<keyof typeof appRoutes> = {
  appMe: { transaction: 'read', handle: (work) => appMe(work) },
  appKeys: { transaction: 'read', handle: async (work) => ({ items: await appKeys(work) }) },
  appDoors: { transaction: 'read', handle: (work, { query }) => appDoors(work, query) },
  appCodes: { transaction: 'read', handle: async (work) => ({ items: await appCodes(work) }) },
  resetAppCode: { transaction: 'write', handle: (work, { params }) => resetAppCode(work, params.doorId) },
  appGuests: { transaction: 'read', handle: (work, { query }) => listGuests(work, query) },
  inviteGuest: { transaction: 'write', handle: (work, { body }) => inviteGuest(work, body) },
  guestCodes: {
    transaction: 'read',
    handle: async (work, { params }) => ({ items: await guestCodes(work, params.guestId) }),
  },
  revokeGuest: { transaction: 'write', handle: (work, { params }) => revokeGuest(work, params.guestId) },
  appPhone: { transaction: 'write', handle: (work, { body }) => registerPhone(work, body) },
  removeAppPhone: {
    transaction: 'write',
    async handle(work) {
      await endPhone(work, accountOfApp(work));
      return {};
    },
  },
};
