// Routes of managers, which portfolio managers alone may use.
import { API_BASE, contract, managerAccess } from './contract.ts';
import { Manager, ManagerEdit, ManagerPage, ManagerWish, PropertyRightsWish } from './managers.ts';
import { Empty, PageQuery } from './values.ts';

export const managerRoutes = {
  listManagers: contract({
    method: 'GET',
    path: `${API_BASE}/managers`,
    access: managerAccess,
    permission: 'portfolio',
    summary: 'Managers of the portfolio, each with the rights at every property given',
    query: PageQuery,
    reply: ManagerPage,
    status: 200,
  }),
  addManager: contract({
    method: 'POST',
    path: `${API_BASE}/managers`,
    access: managerAccess,
    permission: 'portfolio',
    summary: 'Make an address a manager; it gets a mail',
    body: ManagerWish,
    reply: Manager,
    status: 201,
  }),
  manager: contract({
    method: 'GET',
    path: `${API_BASE}/managers/{managerId}`,
    access: managerAccess,
    permission: 'portfolio',
    summary: 'One manager',
    reply: Manager,
    status: 200,
  }),
  editManager: contract({
    method: 'PATCH',
    path: `${API_BASE}/managers/{managerId}`,
    access: managerAccess,
    permission: 'portfolio',
    summary: 'Change name or role',
    body: ManagerEdit,
    reply: Manager,
    status: 200,
  }),
  removeManager: contract({
    method: 'DELETE',
    path: `${API_BASE}/managers/{managerId}`,
    access: managerAccess,
    permission: 'portfolio',
    summary: 'Take all rights away; sessions and tokens end at once',
    reply: Empty,
    status: 200,
  }),
  putManagedProperty: contract({
    method: 'PUT',
    path: `${API_BASE}/managers/{managerId}/properties/{propertyId}`,
    access: managerAccess,
    permission: 'portfolio',
    summary: 'Give a property manager a property, or change the rights there',
    body: PropertyRightsWish,
    reply: Manager,
    status: 200,
  }),
  removeManagedProperty: contract({
    method: 'DELETE',
    path: `${API_BASE}/managers/{managerId}/properties/{propertyId}`,
    access: managerAccess,
    permission: 'portfolio',
    summary: 'Take a property from a property manager',
    reply: Manager,
    status: 200,
  }),
} as const;
