// Who may call what, written down here by hand from what DOOR OS promises and from nothing of its code: for every route
// the scopes of the tokens it takes, and what the account must be allowed to do at the property.
/** M manager, C courier, A activate, P app, L lock, X metrics. */
type ScopeLetter = 'M' | 'C' | 'A' | 'P' | 'L' | 'X';

/**
 * `nobody`: no object is touched, any account will do. `portfolio`: portfolio managers alone. `list`: over every property
 * of the caller with the need named beside it; a manager who has it nowhere is refused. `own`: the caller's own thing. The
 * others are of a property.
 */
export type Need =
  | 'nobody'
  | 'portfolio'
  | 'list'
  | 'own'
  | 'property'
  | 'people'
  | 'keys'
  | 'devices'
  | 'carry'
  | 'activate'
  | 'reports'
  | 'residence';

export interface Rule {
  /** `open` to strangers, `any` token, or one of these. */
  readonly scopes: 'open' | 'any' | readonly ScopeLetter[];
  readonly need: Need;
  /** Of a list: what it takes at one property at least. */
  readonly over?: Need;
}

const rule = (scopes: string, need: Need, over?: Need): Rule => ({
  scopes: scopes === 'open' || scopes === 'any' ? scopes : (scopes.split('') as ScopeLetter[]),
  need,
  ...(over === undefined ? {} : { over }),
});

/** A route that is not in here fails the matrix. */
export const RULES: Readonly<Partial<Record<string, Rule>>> = {
  signIn: rule('open', 'nobody'),
  requestPasswordReset: rule('open', 'nobody'),
  setPassword: rule('open', 'nobody'),
  startLockSession: rule('open', 'nobody'),
  proveLock: rule('open', 'nobody'),
  changePassword: rule('MP', 'nobody'),
  signOut: rule('any', 'nobody'),
  signOutEverywhere: rule('MP', 'nobody'),
  session: rule('MCAPX', 'nobody'),
  listTokens: rule('MP', 'nobody'),
  createToken: rule('M', 'nobody'),
  revokeToken: rule('MP', 'own'),
  listManagerTokens: rule('M', 'portfolio'),
  revokeManagerToken: rule('M', 'portfolio'),
  listAudit: rule('M', 'portfolio'),
  demoMails: rule('M', 'portfolio'),

  listProperties: rule('AM', 'list', 'property'),
  createProperty: rule('M', 'portfolio'),
  property: rule('M', 'property'),
  editProperty: rule('M', 'portfolio'),
  listHolidays: rule('M', 'property'),
  setHolidays: rule('M', 'keys'),
  listDoors: rule('AM', 'property'),
  createDoor: rule('M', 'devices'),
  door: rule('M', 'property'),
  editDoor: rule('M', 'devices'),
  setDailySlots: rule('M', 'devices'),
  listKeys: rule('M', 'people'),
  createKey: rule('M', 'keys'),
  key: rule('M', 'people'),
  editKey: rule('M', 'keys'),
  deleteKey: rule('M', 'keys'),
  putKeyDoor: rule('M', 'keys'),
  removeKeyDoor: rule('M', 'keys'),

  listPeople: rule('M', 'people'),
  invitePerson: rule('M', 'people'),
  person: rule('M', 'people'),
  editPerson: rule('M', 'people'),
  deletePerson: rule('M', 'people'),
  revokeAllKeys: rule('M', 'people'),
  grantKey: rule('M', 'people'),
  editGrants: rule('M', 'people'),
  editGrant: rule('M', 'people'),
  revokeGrant: rule('M', 'people'),
  personCodes: rule('M', 'people'),
  exposure: rule('M', 'people'),
  personMails: rule('M', 'people'),
  resendInvite: rule('M', 'people'),
  keycard: rule('M', 'people'),
  activateKeycard: rule('M', 'people'),
  endKeycard: rule('M', 'people'),
  peopleTemplate: rule('M', 'nobody'),
  exportPeople: rule('M', 'people'),
  listImports: rule('M', 'people'),
  previewImport: rule('M', 'people'),
  import: rule('M', 'people'),
  confirmImport: rule('M', 'people'),
  cancelImport: rule('M', 'people'),

  listManagers: rule('M', 'portfolio'),
  addManager: rule('M', 'portfolio'),
  manager: rule('M', 'portfolio'),
  editManager: rule('M', 'portfolio'),
  removeManager: rule('M', 'portfolio'),
  putManagedProperty: rule('M', 'portfolio'),
  removeManagedProperty: rule('M', 'portfolio'),

  appMe: rule('P', 'nobody'),
  appKeys: rule('P', 'nobody'),
  appDoors: rule('P', 'nobody'),
  appCodes: rule('P', 'nobody'),
  appGuests: rule('P', 'nobody'),
  ownActivity: rule('P', 'nobody'),
  resetAppCode: rule('P', 'residence'),
  inviteGuest: rule('P', 'own'),
  guestCodes: rule('P', 'own'),
  revokeGuest: rule('P', 'own'),
  appPhone: rule('P', 'nobody'),
  removeAppPhone: rule('P', 'nobody'),

  listSyncTasks: rule('CLM', 'list', 'carry'),
  courierDoors: rule('CLM', 'list', 'carry'),
  keySets: rule('CLPM', 'nobody'),
  startDelivery: rule('CLPM', 'carry'),
  package: rule('CLPM', 'carry'),
  postReceipt: rule('CLPM', 'carry'),
  signTime: rule('CLPM', 'carry'),
  postLogBatch: rule('CLPM', 'carry'),
  deactivation: rule('CLM', 'carry'),
  requestSync: rule('MCP', 'carry'),
  syncRequests: rule('MCP', 'carry'),
  startActivation: rule('AM', 'activate'),
  finishActivation: rule('AM', 'activate'),
  askDeactivation: rule('AM', 'activate'),

  activity: rule('M', 'list', 'people'),
  exportActivity: rule('M', 'list', 'people'),
  alarms: rule('M', 'list', 'devices'),
  seeAlarm: rule('M', 'devices'),
  doorReport: rule('M', 'list', 'reports'),
  exportDoorReport: rule('M', 'list', 'reports'),
  propertyExposure: rule('M', 'people'),
  events: rule('M', 'list', 'property'),
};
