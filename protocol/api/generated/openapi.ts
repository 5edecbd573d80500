// Types of the API, generated from its OpenAPI document by `npm run openapi`. Not to be edited.

export interface paths {
  readonly '/api/v1/activations/{activationId}/finish': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Hand in the lock’s statement and the label; again is harmless
     * @description Needs the permission `activate`: Device Management with Activate/Deactivate.
     */
    readonly post: operations['finishActivation'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/activity': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * What happened at doors, newest first; residents’ own life at home left out
     * @description Needs the permission `activity`: rows at doors in Keys that the manager manages.
     */
    readonly get: operations['activity'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/activity.csv': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * The same as a file for spreadsheets, at most 50,000 rows
     * @description Needs the permission `activity`: rows at doors in Keys that the manager manages.
     */
    readonly get: operations['exportActivity'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/alarms': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Alarms of doors and their locks, open ones unless asked otherwise
     * @description Needs the permission `devices`: Device Management.
     */
    readonly get: operations['alarms'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/alarms/{alarmId}/seen': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Somebody has seen it; what does not end by itself ends with it
     * @description Needs the permission `devices`: Device Management.
     */
    readonly post: operations['seeAlarm'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/app/activity': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * The entries of the account and of its guests, newest first
     * @description Needs the permission `app`: the account’s own doors, as a person with the app.
     */
    readonly get: operations['ownActivity'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/app/codes': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * The doorcodes of the account
     * @description Needs the permission `app`: the account’s own doors, as a person with the app.
     */
    readonly get: operations['appCodes'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/app/doors': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Doors that open for the account, now or later, and how to bring them their newest set
     * @description Needs the permission `app`: the account’s own doors, as a person with the app.
     */
    readonly get: operations['appDoors'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/app/doors/{doorId}/code-reset': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Another doorcode for a residence; the old one works until the lock has the new set
     * @description Needs the permission `app`: the account’s own doors, as a person with the app.
     */
    readonly post: operations['resetAppCode'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/app/guests': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Keys that the account gave to guests
     * @description Needs the permission `app`: the account’s own doors, as a person with the app.
     */
    readonly get: operations['appGuests'];
    readonly put?: never;
    /**
     * Invite a guest with a Key that may be shared
     * @description Needs the permission `app`: the account’s own doors, as a person with the app.
     */
    readonly post: operations['inviteGuest'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/app/guests/{guestId}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    readonly post?: never;
    /**
     * Take a Key from a guest
     * @description Needs the permission `app`: the account’s own doors, as a person with the app.
     */
    readonly delete: operations['revokeGuest'];
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/app/guests/{guestId}/codes': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Daily doorcodes that a Key of the account gives a guest, for the host to pass on
     * @description Needs the permission `app`: the account’s own doors, as a person with the app.
     */
    readonly get: operations['guestCodes'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/app/keys': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Keys in force or to come, and which of them can be shared
     * @description Needs the permission `app`: the account’s own doors, as a person with the app.
     */
    readonly get: operations['appKeys'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/app/me': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * The account, where it is a person, and its phone
     * @description Needs the permission `app`: the account’s own doors, as a person with the app.
     */
    readonly get: operations['appMe'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/app/phone': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Register the phone’s public key; the one before stops opening
     * @description Needs the permission `app`: the account’s own doors, as a person with the app.
     */
    readonly post: operations['appPhone'];
    /**
     * No phone opens doors for the account any more
     * @description Needs the permission `app`: the account’s own doors, as a person with the app.
     */
    readonly delete: operations['removeAppPhone'];
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/audit': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * What managers changed, newest first
     * @description Needs the permission `portfolio`: portfolio managers alone.
     */
    readonly get: operations['listAudit'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/courier/doors': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Doors with locks, or with one that they lost, as a courier needs them
     * @description Needs the permission `carry`: to bring signed sets to a door, which its lock and people with the app may as well.
     */
    readonly get: operations['courierDoors'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/demo/mails': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * The mailbox of a demo, newest first; nothing is here otherwise
     * @description Needs the permission `portfolio`: portfolio managers alone.
     */
    readonly get: operations['demoMails'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/doors/{doorId}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * One door with its sync state
     * @description Needs the permission `property`: anybody who was given the property.
     */
    readonly get: operations['door'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    /**
     * Change name, type, connection or what the lock does on its own; the type is fixed once a lock is bound
     * @description Needs the permission `devices`: Device Management.
     */
    readonly patch: operations['editDoor'];
    readonly trace?: never;
  };
  readonly '/api/v1/doors/{doorId}/activations': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Ask for what the lock is to sign
     * @description Needs the permission `activate`: Device Management with Activate/Deactivate.
     */
    readonly post: operations['startActivation'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/doors/{doorId}/daily-slots': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    /**
     * How many daily doorcodes of each kind the door has
     * @description Needs the permission `devices`: Device Management.
     */
    readonly put: operations['setDailySlots'];
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/doors/{doorId}/deactivation': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * What the door’s lock is to be given to leave the door
     * @description Needs the permission `carry`: to bring signed sets to a door, which its lock and people with the app may as well.
     */
    readonly get: operations['deactivation'];
    readonly put?: never;
    /**
     * Take the lock off the door: signed for the lock, and done with its proof
     * @description Needs the permission `activate`: Device Management with Activate/Deactivate.
     */
    readonly post: operations['askDeactivation'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/doors/{doorId}/deliveries': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Begin an attempt: the target and a fresh nonce
     * @description Needs the permission `carry`: to bring signed sets to a door, which its lock and people with the app may as well.
     */
    readonly post: operations['startDelivery'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/doors/{doorId}/log-batches': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * A sealed batch of the lock’s event log; again is harmless
     * @description Needs the permission `carry`: to bring signed sets to a door, which its lock and people with the app may as well.
     */
    readonly post: operations['postLogBatch'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/doors/{doorId}/package': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * The newest signed and sealed set, from that base where a delta leads there; with a strong entity tag
     * @description Needs the permission `carry`: to bring signed sets to a door, which its lock and people with the app may as well.
     */
    readonly get: operations['package'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/doors/{doorId}/receipts': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * The lock’s signed proof; nothing else closes a sync task
     * @description Needs the permission `carry`: to bring signed sets to a door, which its lock and people with the app may as well.
     */
    readonly post: operations['postReceipt'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/doors/{doorId}/sync-requests': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * What became of the newest requests at a door
     * @description Needs the permission `carry`: to bring signed sets to a door, which its lock and people with the app may as well.
     */
    readonly get: operations['syncRequests'];
    readonly put?: never;
    /**
     * Sync now: tell whoever can reach the door; again is harmless while one is open
     * @description Needs the permission `carry`: to bring signed sets to a door, which its lock and people with the app may as well.
     */
    readonly post: operations['requestSync'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/doors/{doorId}/time': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * The time, signed for the door’s lock and its challenge
     * @description Needs the permission `carry`: to bring signed sets to a door, which its lock and people with the app may as well.
     */
    readonly post: operations['signTime'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/events': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Server-sent events: what changed at the properties of the caller, from now or from Last-Event-ID on
     * @description Needs the permission `property`: anybody who was given the property.
     */
    readonly get: operations['events'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/grants/{grantId}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    readonly post?: never;
    /**
     * Take one Key away
     * @description Needs the permission `people`: any Key Management, with the Keys that it covers.
     */
    readonly delete: operations['revokeGrant'];
    readonly options?: never;
    readonly head?: never;
    /**
     * Change start or expiration
     * @description Needs the permission `people`: any Key Management, with the Keys that it covers.
     */
    readonly patch: operations['editGrant'];
    readonly trace?: never;
  };
  readonly '/api/v1/imports/{importId}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * How far an upload is, and what has become of its rows
     * @description Needs the permission `people`: any Key Management, with the Keys that it covers.
     */
    readonly get: operations['import'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/imports/{importId}/cancel': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Stop between two rows; what is done stays
     * @description Needs the permission `people`: any Key Management, with the Keys that it covers.
     */
    readonly post: operations['cancelImport'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/imports/{importId}/confirm': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Begin to do what the preview said; again is harmless
     * @description Needs the permission `people`: any Key Management, with the Keys that it covers.
     */
    readonly post: operations['confirmImport'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/key-sets': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** Signed key sets after a number, at most 16 */
    readonly get: operations['keySets'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/keys/{keyId}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * One Key with its doors
     * @description Needs the permission `people`: any Key Management, with the Keys that it covers.
     */
    readonly get: operations['key'];
    readonly put?: never;
    readonly post?: never;
    /**
     * Delete a Key, and take it from everyone who holds it
     * @description Needs the permission `keys`: full Key Management.
     */
    readonly delete: operations['deleteKey'];
    readonly options?: never;
    readonly head?: never;
    /**
     * Change name or sharing
     * @description Needs the permission `keys`: full Key Management.
     */
    readonly patch: operations['editKey'];
    readonly trace?: never;
  };
  readonly '/api/v1/keys/{keyId}/doors/{doorId}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    /**
     * Put a door into a Key, or change its settings there
     * @description Needs the permission `keys`: full Key Management.
     */
    readonly put: operations['putKeyDoor'];
    readonly post?: never;
    /**
     * Take a door out of a Key
     * @description Needs the permission `keys`: full Key Management.
     */
    readonly delete: operations['removeKeyDoor'];
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/live': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * The live channel: a WebSocket that says at once what else has to be asked for
     * @description JSON in text frames, one message each. It only ever wakes: what is to be done is asked for over the routes.
     *
     *     The first frames are `hello`, with the present state of every door. The server pings every 20 s, and its frames have at most 1048576 bytes.
     *
     *     It closes with 1001 as it stops, 4401 as the token ended, 4400 for a frame that is none, 4408 for who reads too slowly: connect again, the hello has it all.
     */
    readonly get: operations['live'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/lock-sessions': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /** A nonce for a lock that has a network of its own to sign */
    readonly post: operations['startLockSession'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/lock-sessions/{sessionId}/proof': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /** Exchange the lock’s live proof for a token for its door */
    readonly post: operations['proveLock'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/managers': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Managers of the portfolio, each with the rights at every property given
     * @description Needs the permission `portfolio`: portfolio managers alone.
     */
    readonly get: operations['listManagers'];
    readonly put?: never;
    /**
     * Make an address a manager; it gets a mail
     * @description Needs the permission `portfolio`: portfolio managers alone.
     */
    readonly post: operations['addManager'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/managers/{managerId}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * One manager
     * @description Needs the permission `portfolio`: portfolio managers alone.
     */
    readonly get: operations['manager'];
    readonly put?: never;
    readonly post?: never;
    /**
     * Take all rights away; sessions and tokens end at once
     * @description Needs the permission `portfolio`: portfolio managers alone.
     */
    readonly delete: operations['removeManager'];
    readonly options?: never;
    readonly head?: never;
    /**
     * Change name or role
     * @description Needs the permission `portfolio`: portfolio managers alone.
     */
    readonly patch: operations['editManager'];
    readonly trace?: never;
  };
  readonly '/api/v1/managers/{managerId}/properties/{propertyId}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    /**
     * Give a property manager a property, or change the rights there
     * @description Needs the permission `portfolio`: portfolio managers alone.
     */
    readonly put: operations['putManagedProperty'];
    readonly post?: never;
    /**
     * Take a property from a property manager
     * @description Needs the permission `portfolio`: portfolio managers alone.
     */
    readonly delete: operations['removeManagedProperty'];
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/password': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    /** Change the own password; every other session and token of the account ends */
    readonly put: operations['changePassword'];
    /** Set a password by the token of a link, once; every session and token of the account ends */
    readonly post: operations['setPassword'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/password-resets': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /** Have a link to set a password sent; the answer is the same for every address */
    readonly post: operations['requestPasswordReset'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/people-template.csv': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** The template for an upload */
    readonly get: operations['peopleTemplate'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/people/{personId}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * One person with every grant
     * @description Needs the permission `people`: any Key Management, with the Keys that it covers.
     */
    readonly get: operations['person'];
    readonly put?: never;
    readonly post?: never;
    /**
     * Delete a person and the access of their guests; past activity stays
     * @description Needs the permission `people`: any Key Management, with the Keys that it covers.
     */
    readonly delete: operations['deletePerson'];
    readonly options?: never;
    readonly head?: never;
    /**
     * Change contact details and marks, and the address while the account is pending
     * @description Needs the permission `people`: any Key Management, with the Keys that it covers.
     */
    readonly patch: operations['editPerson'];
    readonly trace?: never;
  };
  readonly '/api/v1/people/{personId}/codes': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * The doorcodes of a person
     * @description Needs the permission `people`: any Key Management, with the Keys that it covers.
     */
    readonly get: operations['personCodes'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/people/{personId}/exposure': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Doors that may still open beyond what the person holds
     * @description Needs the permission `people`: any Key Management, with the Keys that it covers.
     */
    readonly get: operations['exposure'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/people/{personId}/grants': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Give a Key
     * @description Needs the permission `people`: any Key Management, with the Keys that it covers.
     */
    readonly post: operations['grantKey'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    /**
     * Change start or expiration of every Key that a person holds
     * @description Needs the permission `people`: any Key Management, with the Keys that it covers.
     */
    readonly patch: operations['editGrants'];
    readonly trace?: never;
  };
  readonly '/api/v1/people/{personId}/keycard': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * The one active keycard of a person
     * @description Needs the permission `people`: any Key Management, with the Keys that it covers.
     */
    readonly get: operations['keycard'];
    readonly put?: never;
    /**
     * Activate a keycard; the one before ends
     * @description Needs the permission `people`: any Key Management, with the Keys that it covers.
     */
    readonly post: operations['activateKeycard'];
    /**
     * End the active keycard
     * @description Needs the permission `people`: any Key Management, with the Keys that it covers.
     */
    readonly delete: operations['endKeycard'];
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/people/{personId}/mails': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Mails of a person’s invites, newest first, and whether they could be delivered
     * @description Needs the permission `people`: any Key Management, with the Keys that it covers.
     */
    readonly get: operations['personMails'];
    readonly put?: never;
    /**
     * Send the mail of the invite again
     * @description Needs the permission `people`: any Key Management, with the Keys that it covers.
     */
    readonly post: operations['resendInvite'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/people/{personId}/revoke-all-keys': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Remove all current access, also of guests, and keep the record
     * @description Needs the permission `people`: any Key Management, with the Keys that it covers.
     */
    readonly post: operations['revokeAllKeys'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/portfolio/tokens': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Sessions and tokens of all managers of the portfolio
     * @description Needs the permission `portfolio`: portfolio managers alone.
     */
    readonly get: operations['listManagerTokens'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/portfolio/tokens/{tokenId}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    readonly post?: never;
    /**
     * Revoke any token of the portfolio at once
     * @description Needs the permission `portfolio`: portfolio managers alone.
     */
    readonly delete: operations['revokeManagerToken'];
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/properties': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Properties of the portfolio
     * @description Needs the permission `property`: anybody who was given the property.
     */
    readonly get: operations['listProperties'];
    readonly put?: never;
    /**
     * Create a property, with its doors and Keys where given
     * @description Needs the permission `portfolio`: portfolio managers alone.
     */
    readonly post: operations['createProperty'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/properties/{propertyId}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * One property
     * @description Needs the permission `property`: anybody who was given the property.
     */
    readonly get: operations['property'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    /**
     * Change name, zone, length of doorcodes, retention or the alarm of doors that wait
     * @description Needs the permission `portfolio`: portfolio managers alone.
     */
    readonly patch: operations['editProperty'];
    readonly trace?: never;
  };
  readonly '/api/v1/properties/{propertyId}/doors': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Doors with their sync state
     * @description Needs the permission `property`: anybody who was given the property.
     */
    readonly get: operations['listDoors'];
    readonly put?: never;
    /**
     * Create a door
     * @description Needs the permission `devices`: Device Management.
     */
    readonly post: operations['createDoor'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/properties/{propertyId}/exposure': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Who can still open which door beyond what they hold, by what and until when
     * @description Needs the permission `people`: any Key Management, with the Keys that it covers.
     */
    readonly get: operations['propertyExposure'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/properties/{propertyId}/holidays': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Holidays that Key Schedules go by
     * @description Needs the permission `property`: anybody who was given the property.
     */
    readonly get: operations['listHolidays'];
    /**
     * The whole list of holidays; reaches every door of the property
     * @description Needs the permission `keys`: full Key Management.
     */
    readonly put: operations['setHolidays'];
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/properties/{propertyId}/imports': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Uploads of a property and how far they are
     * @description Needs the permission `people`: any Key Management, with the Keys that it covers.
     */
    readonly get: operations['listImports'];
    readonly put?: never;
    /**
     * Upload a CSV of people and see what it would do
     * @description Needs the permission `people`: any Key Management, with the Keys that it covers.
     */
    readonly post: operations['previewImport'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/properties/{propertyId}/keys': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Keys with their doors
     * @description Needs the permission `people`: any Key Management, with the Keys that it covers.
     */
    readonly get: operations['listKeys'];
    readonly put?: never;
    /**
     * Create a Key
     * @description Needs the permission `keys`: full Key Management.
     */
    readonly post: operations['createKey'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/properties/{propertyId}/people': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * People; those without any access left only with showExpired
     * @description Needs the permission `people`: any Key Management, with the Keys that it covers.
     */
    readonly get: operations['listPeople'];
    readonly put?: never;
    /**
     * Invite: the account exists at once, pending
     * @description Needs the permission `people`: any Key Management, with the Keys that it covers.
     */
    readonly post: operations['invitePerson'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/properties/{propertyId}/people.csv': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * People as a file that an upload takes; guests are left out
     * @description Needs the permission `people`: any Key Management, with the Keys that it covers.
     */
    readonly get: operations['exportPeople'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/reports/door-sync': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Doors with locks: Sync Needed, Reason, Battery, Days Since Reading
     * @description Needs the permission `reports`: full Key Management, or that of named Keys.
     */
    readonly get: operations['doorReport'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/reports/door-sync.csv': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * The same as a file for spreadsheets
     * @description Needs the permission `reports`: full Key Management, or that of named Keys.
     */
    readonly get: operations['exportDoorReport'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/session': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** Who this token is */
    readonly get: operations['session'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/sign-in': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /** Exchange an address and a password for a token, or for a cookie */
    readonly post: operations['signIn'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/sign-out': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /** Revoke the token of this request */
    readonly post: operations['signOut'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/sign-out-everywhere': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /** End every session of the account, this one too; tokens of programs and couriers stay */
    readonly post: operations['signOutEverywhere'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/sync-tasks': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Sync tasks, open ones unless asked otherwise
     * @description Needs the permission `carry`: to bring signed sets to a door, which its lock and people with the app may as well.
     */
    readonly get: operations['listSyncTasks'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/tokens': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** Sessions and tokens of the account in this portfolio, or of the app; ended ones included */
    readonly get: operations['listTokens'];
    readonly put?: never;
    /** Make a token for a courier or a program */
    readonly post: operations['createToken'];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/api/v1/tokens/{tokenId}': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    readonly post?: never;
    /** Revoke a token at once */
    readonly delete: operations['revokeToken'];
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/healthz': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** Whether the process lives */
    readonly get: operations['healthz'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/metrics': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Its figures, for Prometheus
     * @description Open to programs of the same machine, without a proxy between.
     */
    readonly get: operations['metrics'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly '/readyz': {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** Whether it can serve, with the reason where it can not */
    readonly get: operations['readyz'];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    readonly ActivationAnswer: {
      readonly answer: string;
      readonly doorId: components['schemas']['Id'];
      readonly lockId: string;
      readonly ownershipEpoch: number;
    };
    readonly ActivationFinish: {
      readonly label: string;
      /** @example 00000000 */
      readonly statement: string;
    };
    readonly ActivationStart: {
      readonly doorId: components['schemas']['Id'];
      readonly expiresAtS: components['schemas']['TimeS'];
      readonly id: components['schemas']['Id'];
      readonly keySet: string;
      readonly keySetNumber: number;
      readonly ownershipEpoch: number;
      readonly request: string;
    };
    readonly ActivityPage: {
      readonly items: readonly components['schemas']['ActivityRow'][];
      readonly next: string | null;
    };
    readonly ActivityPerson: {
      readonly deleted: boolean;
      readonly id: components['schemas']['Id'];
      readonly name: string;
    };
    readonly ActivityRow: {
      readonly atS: components['schemas']['TimeS'];
      readonly credential: ('doorcode' | 'keycard' | 'app' | 'daily' | 'dailySingleUse') | null;
      readonly date: {
        /** @enum {string} */
        readonly by: 'clock' | 'setting' | 'neighbours';
        readonly notAfterS: number | null;
        readonly notBeforeS: number | null;
        readonly uncertaintyS: number | null;
      };
      readonly doorId: components['schemas']['Id'];
      readonly doorName: string;
      readonly gapBefore: {
        readonly explained: boolean;
        readonly rows: number;
      } | null;
      readonly guestOf: components['schemas']['ActivityPerson'] | null;
      readonly id: components['schemas']['Id'];
      readonly person: components['schemas']['ActivityPerson'] | null;
      readonly propertyId: components['schemas']['Id'];
      readonly receivedAtS: components['schemas']['TimeS'];
      readonly sentence: string;
      readonly type: components['schemas']['ActivityType'] | null;
    };
    /** @enum {string} */
    readonly ActivityType:
      | 'gap'
      | 'booted'
      | 'flashReplaced'
      | 'tableCommitted'
      | 'opened'
      | 'refused'
      | 'activated'
      | 'alarm'
      | 'lockedOut'
      | 'lockoutEnded'
      | 'boltJammed'
      | 'doorAjar'
      | 'doorForced'
      | 'ajarEnded'
      | 'batteryLow'
      | 'batteryEmpty'
      | 'clockSet'
      | 'clockLost'
      | 'deactivated'
      | 'reset'
      | 'released'
      | 'keySetAdopted'
      | 'firmwareStaged'
      | 'firmwareTrial'
      | 'firmwareConfirmed'
      | 'firmwareFellBack'
      | 'tampered'
      | 'privacyThrown'
      | 'privacyReleased'
      | 'manualUnlock'
      | 'holdOpenStarted'
      | 'holdOpenEnded'
      | 'boltLocked'
      | 'boltUnlocked'
      | 'rowsCounted';
    readonly Alarm: {
      readonly detail: string;
      readonly doorId: components['schemas']['Id'];
      readonly doorName: string;
      readonly endedAtS: components['schemas']['TimeS'] | null;
      readonly id: components['schemas']['Id'];
      readonly kind: components['schemas']['AlarmKind'];
      readonly person: components['schemas']['ActivityPerson'] | null;
      readonly propertyId: components['schemas']['Id'];
      readonly raisedAtS: components['schemas']['TimeS'];
      readonly seenAtS: components['schemas']['TimeS'] | null;
    };
    /** @enum {string} */
    readonly AlarmKind:
      | 'unsynced'
      | 'other-table'
      | 'log-contradicts'
      | 'log-lost'
      | 'released-lock'
      | 'revoked-opened'
      | 'versions-running-out'
      | 'lock-reset';
    readonly AlarmPage: {
      readonly items: readonly components['schemas']['Alarm'][];
      readonly next: string | null;
    };
    readonly AppCode: {
      /** @enum {string} */
      readonly atLock: 'live' | 'starts-later' | 'waits-for-sync' | 'no-lock';
      readonly code: string;
      readonly doorId: components['schemas']['Id'];
      readonly doorName: string;
      readonly endsAtS: components['schemas']['TimeS'] | null;
      /** @constant */
      readonly kind: 'doorcode';
      readonly propertyId: components['schemas']['Id'];
      readonly propertyName: string;
      readonly startsAtS: components['schemas']['TimeS'] | null;
    };
    readonly AppCodes: {
      readonly items: readonly components['schemas']['AppCode'][];
    };
    readonly AppDoor: {
      readonly carry: components['schemas']['CourierDoor'] | null;
      readonly doorId: components['schemas']['Id'];
      readonly doorName: string;
      readonly endsAtS: components['schemas']['TimeS'] | null;
      readonly internet: boolean;
      readonly opensNow: boolean;
      readonly propertyId: components['schemas']['Id'];
      readonly propertyName: string;
      readonly startsAtS: components['schemas']['TimeS'] | null;
      readonly syncNeeded: boolean;
      readonly type: components['schemas']['DoorType'];
    };
    readonly AppDoorPage: {
      readonly items: readonly components['schemas']['AppDoor'][];
      readonly next: string | null;
    };
    readonly AppGuest: {
      readonly credential: components['schemas']['PersonCredential'];
      readonly email: string;
      readonly expiresAtS: components['schemas']['TimeS'] | null;
      readonly id: components['schemas']['Id'];
      readonly keyId: components['schemas']['Id'];
      readonly keyName: string;
      readonly name: string;
      readonly propertyId: components['schemas']['Id'];
      readonly startsAtS: components['schemas']['TimeS'];
      /** @enum {string} */
      readonly state: 'current' | 'future' | 'expired' | 'revoked';
    };
    readonly AppGuestChange: {
      readonly credential: components['schemas']['PersonCredential'];
      readonly doorsToSync: readonly components['schemas']['Id'][];
      readonly doorsUpdating: readonly components['schemas']['Id'][];
      readonly email: string;
      readonly expiresAtS: components['schemas']['TimeS'] | null;
      readonly id: components['schemas']['Id'];
      readonly keyId: components['schemas']['Id'];
      readonly keyName: string;
      readonly name: string;
      readonly propertyId: components['schemas']['Id'];
      readonly startsAtS: components['schemas']['TimeS'];
      /** @enum {string} */
      readonly state: 'current' | 'future' | 'expired' | 'revoked';
    };
    readonly AppGuestCodes: {
      readonly items: readonly components['schemas']['DailyCode'][];
    };
    readonly AppGuestPage: {
      readonly items: readonly components['schemas']['AppGuest'][];
      readonly next: string | null;
    };
    readonly AppKey: {
      readonly doors: readonly {
        readonly doorId: components['schemas']['Id'];
        readonly doorName: string;
      }[];
      readonly expiresAtS: components['schemas']['TimeS'] | null;
      readonly grantId: components['schemas']['Id'];
      readonly keyId: components['schemas']['Id'];
      readonly keyName: string;
      readonly propertyId: components['schemas']['Id'];
      readonly sharable: boolean;
      readonly startsAtS: components['schemas']['TimeS'];
      /** @enum {string} */
      readonly state: 'current' | 'future';
    };
    readonly AppKeys: {
      readonly items: readonly components['schemas']['AppKey'][];
    };
    readonly Applied: {
      readonly asOfS: components['schemas']['TimeS'];
      readonly batteryPercent: number;
      readonly firmware: number;
      readonly tableState: components['schemas']['TableState'];
      readonly triple: components['schemas']['Triple'];
    };
    readonly AppMe: {
      readonly accountId: components['schemas']['Id'];
      readonly email: string;
      readonly people: readonly components['schemas']['AppPerson'][];
      readonly phone: components['schemas']['AppPhone'] | null;
    };
    readonly AppPerson: {
      readonly firstName: string;
      readonly lastName: string;
      readonly mayShare: boolean;
      readonly personId: components['schemas']['Id'];
      readonly propertyId: components['schemas']['Id'];
      readonly propertyName: string;
      readonly resident: boolean;
      readonly zone: string;
    };
    readonly AppPhone: {
      readonly createdAtS: components['schemas']['TimeS'];
      readonly id: components['schemas']['Id'];
      readonly label: string;
      readonly publicKey: string;
    };
    readonly AppPhoneWish: {
      readonly label: components['schemas']['Line'];
      /** @example 0000000000000000000000000000000000000000000000000000000000000000 */
      readonly publicKey: string;
    };
    readonly AuditEntry: {
      readonly accountId: components['schemas']['Id'] | null;
      readonly action: string;
      readonly atS: components['schemas']['TimeS'];
      readonly email: string | null;
      readonly fields: readonly string[];
      readonly number: number;
      readonly propertyId: components['schemas']['Id'] | null;
      readonly subject: string | null;
      readonly tokenId: components['schemas']['Id'] | null;
      readonly tokenLabel: string | null;
    };
    readonly AuditPage: {
      readonly items: readonly components['schemas']['AuditEntry'][];
      readonly next: string | null;
    };
    /** @example 00000000 */
    readonly CardValue: string;
    readonly Code: {
      /** @enum {string} */
      readonly atLock: 'live' | 'starts-later' | 'waits-for-sync' | 'no-lock';
      readonly code: string;
      readonly doorId: components['schemas']['Id'];
      readonly doorName: string;
      readonly endsAtS: components['schemas']['TimeS'] | null;
      /** @constant */
      readonly kind: 'doorcode';
      readonly startsAtS: components['schemas']['TimeS'] | null;
    };
    readonly Codes: {
      readonly daily: readonly components['schemas']['DailyCode'][];
      readonly devices: readonly components['schemas']['DeviceAccess'][];
      readonly items: readonly components['schemas']['Code'][];
    };
    readonly CourierDoor: {
      readonly advertisingKey: string;
      readonly channelKey: string;
      readonly doorId: components['schemas']['Id'];
      readonly doorName: string;
      readonly leaving: components['schemas']['Leaving'] | null;
      readonly lockId: string;
      readonly propertyId: components['schemas']['Id'];
      readonly sync: components['schemas']['DoorSync'];
    };
    readonly CourierDoorPage: {
      readonly items: readonly components['schemas']['CourierDoor'][];
      readonly next: string | null;
    };
    readonly DailyCode: {
      /** @enum {string} */
      readonly atLock: 'live' | 'starts-later' | 'waits-for-sync' | 'no-lock' | 'not-today';
      readonly code: string | null;
      readonly doorId: components['schemas']['Id'];
      readonly doorName: string;
      readonly isSingleUse: boolean;
      readonly startsAtS: components['schemas']['TimeS'] | null;
      readonly untilS: components['schemas']['TimeS'];
    };
    readonly DailySlots: {
      readonly dailySlots: number;
      readonly singleUseSlots: number;
    };
    readonly Deactivation: {
      readonly askedAtS: components['schemas']['TimeS'];
      readonly doorId: components['schemas']['Id'];
      readonly keyEpoch: number;
      readonly lockId: string;
      readonly ownershipEpoch: number;
      /** @enum {string} */
      readonly state: 'asked' | 'ended';
      /** @example 00000000 */
      readonly statement: string;
    };
    readonly DeactivationWish: {
      /** @default false */
      readonly isLost?: boolean;
    };
    readonly Delivery: {
      readonly cloudNonce: string;
      readonly delta: {
        readonly base: string;
        readonly packageBytes: number;
        readonly packageTag: string;
      } | null;
      readonly doorId: components['schemas']['Id'];
      readonly expiresAtS: components['schemas']['TimeS'];
      readonly leaving: components['schemas']['Leaving'] | null;
      readonly lockId: string;
      readonly packageBytes: number;
      readonly packageTag: string;
      readonly tableHash: string;
      readonly target: components['schemas']['Triple'];
    };
    readonly DemoMail: {
      readonly attempts: number;
      readonly content: {
        readonly html: string;
        readonly subject: string;
        readonly text: string;
      } | null;
      readonly createdAtS: components['schemas']['TimeS'];
      readonly id: components['schemas']['Id'];
      readonly kind: components['schemas']['MailKind'];
      readonly lastError: string | null;
      readonly personId: components['schemas']['Id'] | null;
      readonly sentAtS: components['schemas']['TimeS'] | null;
      readonly state: components['schemas']['MailState'];
      readonly to: string;
    };
    readonly DemoMailPage: {
      readonly items: readonly components['schemas']['DemoMail'][];
      readonly next: string | null;
    };
    readonly DeviceAccess: {
      /** @enum {string} */
      readonly atLock: 'live' | 'starts-later' | 'waits-for-sync' | 'no-lock';
      readonly doorId: components['schemas']['Id'];
      readonly doorName: string;
      /** @enum {string} */
      readonly kind: 'app' | 'keycard';
      readonly startsAtS: components['schemas']['TimeS'] | null;
    };
    readonly Door: {
      readonly dailySlots: number;
      readonly holdOpen: components['schemas']['HoldOpen'] | null;
      readonly id: components['schemas']['Id'];
      readonly internet: boolean;
      readonly lockId: string | null;
      readonly lockoutProfile: components['schemas']['LockoutProfile'];
      readonly name: string;
      readonly propertyId: components['schemas']['Id'];
      readonly singleUseSlots: number;
      readonly sync: components['schemas']['DoorSync'];
      readonly type: components['schemas']['DoorType'];
      readonly unlockSeconds: number;
    };
    /** @example 7 */
    readonly DoorcodeLength: number;
    readonly DoorEdit: {
      readonly holdOpen?: components['schemas']['HoldOpenInput'] | null;
      readonly internet?: boolean;
      readonly lockoutProfile?: components['schemas']['LockoutProfile'];
      readonly name?: components['schemas']['Line'];
      readonly type?: components['schemas']['DoorType'];
      readonly unlockSeconds?: number;
    };
    readonly DoorPage: {
      readonly items: readonly components['schemas']['Door'][];
      readonly next: string | null;
    };
    readonly DoorReport: {
      readonly applied: components['schemas']['Triple'] | null;
      readonly asOfS: components['schemas']['TimeS'] | null;
      readonly batteryPercent: number | null;
      readonly daysSinceReading: number | null;
      readonly doorId: components['schemas']['Id'];
      readonly doorName: string;
      readonly dueS: components['schemas']['TimeS'] | null;
      readonly firmware: number | null;
      readonly heldOpen: boolean;
      readonly internet: boolean;
      readonly overdue: boolean;
      readonly propertyId: components['schemas']['Id'];
      readonly propertyName: string;
      readonly reasons: readonly components['schemas']['SyncReason'][];
      readonly sinceS: components['schemas']['TimeS'] | null;
      /** @enum {string} */
      readonly state: 'no-lock' | 'up-to-date' | 'pending' | 'degraded';
      readonly syncNeeded: boolean;
      readonly type: components['schemas']['DoorType'];
      readonly wanted: components['schemas']['Triple'] | null;
    };
    readonly DoorReportPage: {
      readonly items: readonly components['schemas']['DoorReport'][];
      readonly next: string | null;
    };
    readonly DoorSync: {
      readonly applied: components['schemas']['Applied'] | null;
      readonly dueS: components['schemas']['TimeS'] | null;
      readonly pendingSinceS: components['schemas']['TimeS'] | null;
      readonly reasons: readonly components['schemas']['SyncReason'][];
      /** @enum {string} */
      readonly state: 'no-lock' | 'up-to-date' | 'pending' | 'degraded';
      readonly target: components['schemas']['Triple'] | null;
    };
    /** @enum {string} */
    readonly DoorType: 'building-entrance' | 'residence' | 'service' | 'communal';
    readonly DoorWish: {
      /** @default false */
      readonly internet?: boolean;
      readonly name: components['schemas']['Line'];
      readonly type: components['schemas']['DoorType'];
    };
    /**
     * Format: email
     * @example ada@example.com
     */
    readonly Email: string;
    readonly Empty: Record<string, never>;
    readonly Ended: {
      readonly ended: number;
    };
    readonly ExposedPerson: {
      readonly by: readonly ('app' | 'doorcode' | 'keycard' | 'daily-doorcode' | 'single-use-doorcode')[];
      readonly deleted: boolean;
      readonly doorId: components['schemas']['Id'];
      readonly doorName: string;
      readonly personId: components['schemas']['Id'];
      readonly personName: string;
      readonly sinceS: components['schemas']['TimeS'] | null;
      readonly untilS: components['schemas']['TimeS'] | null;
    };
    readonly ExposedPersonPage: {
      readonly items: readonly components['schemas']['ExposedPerson'][];
      readonly next: string | null;
    };
    readonly Exposure: {
      readonly by: readonly ('app' | 'doorcode' | 'keycard' | 'daily-doorcode' | 'single-use-doorcode')[];
      readonly doorId: components['schemas']['Id'];
      readonly doorName: string;
      readonly untilS: components['schemas']['TimeS'] | null;
    };
    readonly Exposures: {
      readonly items: readonly components['schemas']['Exposure'][];
    };
    /**
     * @default false
     * @enum {string}
     */
    readonly Flag: 'true' | 'false';
    readonly Grant: {
      readonly expiresAtS: components['schemas']['TimeS'] | null;
      readonly host: {
        readonly firstName: string;
        readonly lastName: string;
        readonly personId: components['schemas']['Id'];
      } | null;
      readonly id: components['schemas']['Id'];
      readonly keyId: components['schemas']['Id'];
      readonly keyName: string;
      readonly revokedAtS: components['schemas']['TimeS'] | null;
      readonly startsAtS: components['schemas']['TimeS'];
      /** @enum {string} */
      readonly state: 'current' | 'future' | 'expired' | 'revoked';
    };
    readonly GrantChange: {
      readonly doorsToSync: readonly components['schemas']['Id'][];
      readonly doorsUpdating: readonly components['schemas']['Id'][];
      readonly expiresAtS: components['schemas']['TimeS'] | null;
      readonly host: {
        readonly firstName: string;
        readonly lastName: string;
        readonly personId: components['schemas']['Id'];
      } | null;
      readonly id: components['schemas']['Id'];
      readonly keyId: components['schemas']['Id'];
      readonly keyName: string;
      readonly revokedAtS: components['schemas']['TimeS'] | null;
      readonly startsAtS: components['schemas']['TimeS'];
      /** @enum {string} */
      readonly state: 'current' | 'future' | 'expired' | 'revoked';
    };
    readonly GrantEdit: {
      readonly expiresAtS?: components['schemas']['TimeS'] | null;
      readonly startsAtS?: components['schemas']['TimeS'];
    };
    readonly GrantsEdit: {
      readonly expiresAtS?: components['schemas']['TimeS'] | null;
      readonly keyIds?: readonly components['schemas']['Id'][];
      readonly startsAtS?: components['schemas']['TimeS'];
    };
    readonly GrantWish: {
      /** @default null */
      readonly expiresAtS?: components['schemas']['TimeS'] | null;
      readonly keyId: components['schemas']['Id'];
      readonly startsAtS?: components['schemas']['TimeS'];
    };
    readonly GuestWish: {
      /** @default app */
      readonly credential?: components['schemas']['PersonCredential'];
      readonly email: components['schemas']['Email'];
      readonly expiresAtS?: components['schemas']['TimeS'];
      readonly firstName: components['schemas']['Line'];
      readonly keyId: components['schemas']['Id'];
      readonly lastName: components['schemas']['Line'];
      readonly phone?: components['schemas']['Phone'] | null;
      readonly startsAtS?: components['schemas']['TimeS'];
    };
    readonly HoldOpen: {
      /** @default true */
      readonly exceptHolidays: boolean;
      /** @default false */
      readonly firstUnlock: boolean;
      readonly schedule: components['schemas']['KeySchedule'];
    };
    readonly HoldOpenInput: {
      /** @default true */
      readonly exceptHolidays?: boolean;
      /** @default false */
      readonly firstUnlock?: boolean;
      readonly schedule: components['schemas']['KeyScheduleInput'];
    };
    readonly HolidayList: {
      readonly items: readonly {
        readonly date: string;
        readonly name: components['schemas']['Line'];
      }[];
    };
    /** @example door_abcdefghijklmnopqrstuvwxyz */
    readonly Id: string;
    readonly ImportConfirm: {
      /** @default null */
      readonly expiresAtS?: components['schemas']['TimeS'] | null;
      readonly keyIds?: readonly components['schemas']['Id'][];
      readonly startsAtS?: components['schemas']['TimeS'];
    };
    readonly ImportError: {
      readonly column: string | null;
      readonly line: number;
      readonly reason: string;
    };
    readonly ImportPage: {
      readonly items: readonly components['schemas']['ImportStatus'][];
      readonly next: string | null;
    };
    readonly ImportPreview: {
      readonly additions: number;
      readonly dateChanges: number;
      readonly errors: readonly components['schemas']['ImportError'][];
      readonly errorsLeftOut: number;
      readonly expiresAtS: components['schemas']['TimeS'];
      readonly id: components['schemas']['Id'];
      readonly invites: number;
      readonly isShortened: boolean;
      readonly items: readonly components['schemas']['ImportRow'][];
      readonly itemsLeftOut: number;
      readonly restored: number;
      readonly rows: number;
      readonly skipped: number;
      readonly unchanged: number;
    };
    readonly ImportRow: {
      readonly action: components['schemas']['RowAction'];
      readonly email: string;
      readonly line: number;
    };
    readonly ImportStatus: {
      readonly additions: number;
      readonly createdAtS: components['schemas']['TimeS'];
      readonly dateChanges: number;
      readonly doorsToSync: readonly components['schemas']['Id'][];
      readonly doorsUpdating: readonly components['schemas']['Id'][];
      readonly errors: readonly components['schemas']['ImportError'][];
      readonly errorsLeftOut: number;
      readonly expiresAtS: components['schemas']['TimeS'];
      readonly failure: string | null;
      readonly id: components['schemas']['Id'];
      readonly invites: number;
      readonly isShortened: boolean;
      readonly propertyId: components['schemas']['Id'];
      readonly restored: number;
      readonly rows: number;
      readonly rowsDone: number;
      readonly rowsTotal: number;
      readonly skipped: number;
      /** @enum {string} */
      readonly state: 'previewed' | 'running' | 'done' | 'cancelled' | 'failed';
      readonly unchanged: number;
    };
    readonly Invite: {
      /** @default app */
      readonly credential?: components['schemas']['PersonCredential'];
      readonly email: components['schemas']['Email'];
      /** @default null */
      readonly expiresAtS?: components['schemas']['TimeS'] | null;
      readonly firstName: components['schemas']['Line'];
      readonly keyIds?: readonly components['schemas']['Id'][];
      readonly lastName: components['schemas']['Line'];
      /** @default false */
      readonly mayShare?: boolean;
      readonly phone?: components['schemas']['Phone'] | null;
      /** @default false */
      readonly resident?: boolean;
      /** @default false */
      readonly singleUse?: boolean;
      readonly startsAtS?: components['schemas']['TimeS'];
    };
    readonly Key: {
      readonly doors: readonly {
        readonly doorId: components['schemas']['Id'];
        readonly name: string;
        readonly provideDoorcodes: boolean;
        readonly schedule: components['schemas']['KeySchedule'] | null;
      }[];
      readonly id: components['schemas']['Id'];
      readonly mayShare: boolean;
      readonly name: string;
      readonly propertyId: components['schemas']['Id'];
    };
    readonly Keycard: {
      readonly activatedAtS: components['schemas']['TimeS'];
      readonly value: string;
    };
    readonly KeycardWish: {
      readonly value: components['schemas']['CardValue'];
    };
    readonly KeyDeleted: {
      readonly doorsToSync: readonly components['schemas']['Id'][];
      readonly doorsUpdating: readonly components['schemas']['Id'][];
      readonly id: components['schemas']['Id'];
      readonly people: number;
    };
    readonly KeyDoorSettings: {
      /** @default true */
      readonly provideDoorcodes?: boolean;
      readonly schedule?: components['schemas']['KeyScheduleInput'] | null;
    };
    readonly KeyEdit: {
      readonly mayShare?: boolean;
      readonly name?: components['schemas']['Line'];
    };
    readonly KeyEdited: {
      readonly doors: readonly {
        readonly doorId: components['schemas']['Id'];
        readonly name: string;
        readonly provideDoorcodes: boolean;
        readonly schedule: components['schemas']['KeySchedule'] | null;
      }[];
      readonly guestsRemaining: number;
      readonly id: components['schemas']['Id'];
      readonly mayShare: boolean;
      readonly name: string;
      readonly propertyId: components['schemas']['Id'];
    };
    /** @enum {string} */
    readonly KeyManagement: 'none' | 'limited' | 'specific' | 'full';
    readonly KeyPage: {
      readonly items: readonly components['schemas']['Key'][];
      readonly next: string | null;
    };
    readonly KeySchedule: {
      readonly windows: readonly {
        readonly days: unknown;
        readonly end: string;
        readonly start: string;
      }[];
    };
    readonly KeyScheduleInput: {
      readonly windows: readonly {
        readonly days: readonly ('mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun' | 'holidays')[];
        readonly end: string;
        readonly start: string;
      }[];
    };
    readonly KeySets: {
      readonly current: number;
      readonly items: readonly {
        /** @example 00000000 */
        readonly keySet: string;
        readonly number: number;
      }[];
    };
    readonly KeyWish: {
      readonly doors?: readonly {
        readonly doorId: components['schemas']['Id'];
        /** @default true */
        readonly provideDoorcodes?: boolean;
        readonly schedule?: components['schemas']['KeyScheduleInput'] | null;
      }[];
      /** @default false */
      readonly mayShare?: boolean;
      readonly name: components['schemas']['Line'];
    };
    readonly Leaving: {
      readonly advertisingKey: string;
    };
    /** @example Ada */
    readonly Line: string;
    readonly LiveClientMessage:
      | {
          /** @constant */
          readonly type: 'pong';
        }
      | {
          readonly number: number;
          /** @constant */
          readonly type: 'seen';
        };
    readonly LiveDoor: {
      readonly applied: components['schemas']['Triple'] | null;
      readonly doorId: components['schemas']['Id'];
      /** @enum {string} */
      readonly state: 'no-lock' | 'up-to-date' | 'pending' | 'degraded';
      readonly target: components['schemas']['Triple'] | null;
    };
    readonly LiveServerMessage:
      | {
          readonly doors: readonly components['schemas']['LiveDoor'][];
          readonly more: boolean;
          readonly number: number;
          /** @constant */
          readonly type: 'hello';
        }
      | {
          readonly doorId: components['schemas']['Id'];
          readonly number: number;
          readonly target: components['schemas']['Triple'];
          /** @constant */
          readonly type: 'target';
        }
      | {
          readonly doorId: components['schemas']['Id'];
          readonly requestId: string;
          /** @constant */
          readonly type: 'sync-request';
        }
      | {
          /** @constant */
          readonly type: 'ping';
        };
    /** @enum {string} */
    readonly LockoutProfile: 'exponential' | 'matter' | 'igloohome' | 'schlage';
    readonly LockProof: {
      /** @example 00000000 */
      readonly proof: string;
    };
    readonly LockSession: {
      readonly expiresAtS: components['schemas']['TimeS'];
      /** @example 0000000000000000000000000000000000000000000000000000000000000000 */
      readonly nonce: string;
      readonly sessionId: components['schemas']['Id'];
    };
    readonly LockSessionStart: {
      /** @example 00000000000000000000000000000000 */
      readonly lockId: string;
    };
    readonly LockToken: {
      readonly doorId: components['schemas']['Id'];
      readonly doorName: string;
      readonly expiresAtS: components['schemas']['TimeS'];
      readonly token: string;
    };
    readonly LogBatchPost: {
      /** @example 00000000 */
      readonly batch: string;
    };
    readonly LogBatchResult: {
      readonly ack: string | null;
      readonly next: number;
    };
    readonly Mail: {
      readonly attempts: number;
      readonly createdAtS: components['schemas']['TimeS'];
      readonly id: components['schemas']['Id'];
      readonly kind: components['schemas']['MailKind'];
      readonly lastError: string | null;
      readonly personId: components['schemas']['Id'] | null;
      readonly sentAtS: components['schemas']['TimeS'] | null;
      readonly state: components['schemas']['MailState'];
      readonly to: string;
    };
    /** @enum {string} */
    readonly MailKind:
      'welcome' | 'invited' | 'daily-code' | 'manager-welcome' | 'password-reset' | 'password-changed';
    readonly Mails: {
      readonly items: readonly components['schemas']['Mail'][];
    };
    /** @enum {string} */
    readonly MailState: 'waiting' | 'sent' | 'dropped' | 'failed';
    readonly ManagedProperty: {
      readonly activation: boolean;
      readonly deviceManagement: boolean;
      readonly keyIds: readonly components['schemas']['Id'][];
      readonly keyManagement: components['schemas']['KeyManagement'];
      readonly propertyId: components['schemas']['Id'];
      readonly propertyName: string;
    };
    readonly Manager: {
      /** @enum {string} */
      readonly account: 'pending' | 'active';
      readonly createdAtS: components['schemas']['TimeS'];
      readonly email: string;
      readonly id: components['schemas']['Id'];
      readonly name: string;
      readonly properties: readonly components['schemas']['ManagedProperty'][];
      readonly role: components['schemas']['ManagerRole'];
    };
    readonly ManagerEdit: {
      readonly name?: components['schemas']['Line'];
      readonly role?: components['schemas']['ManagerRole'];
    };
    readonly ManagerPage: {
      readonly items: readonly components['schemas']['Manager'][];
      readonly next: string | null;
    };
    /** @enum {string} */
    readonly ManagerRole: 'portfolio' | 'property';
    readonly ManagerToken: {
      readonly accountId: components['schemas']['Id'];
      readonly createdAtS: components['schemas']['TimeS'];
      readonly email: string;
      readonly expiresAtS: components['schemas']['TimeS'];
      readonly id: components['schemas']['Id'];
      /** @enum {string} */
      readonly kind: 'session' | 'bearer' | 'lock';
      readonly label: string;
      readonly lastUsedAtS: components['schemas']['TimeS'] | null;
      readonly revokedAtS: components['schemas']['TimeS'] | null;
      readonly scopes: readonly ('manager' | 'courier' | 'activate' | 'app' | 'lock' | 'metrics')[];
    };
    readonly ManagerTokenPage: {
      readonly items: readonly components['schemas']['ManagerToken'][];
      readonly next: string | null;
    };
    readonly ManagerWish: {
      readonly email: components['schemas']['Email'];
      readonly name: components['schemas']['Line'];
      readonly properties?: readonly {
        readonly propertyId: components['schemas']['Id'];
        readonly rights: components['schemas']['PropertyRightsWish'];
      }[];
      readonly role: components['schemas']['ManagerRole'];
    };
    readonly NewToken: {
      readonly createdAtS: components['schemas']['TimeS'];
      readonly expiresAtS: components['schemas']['TimeS'];
      readonly id: components['schemas']['Id'];
      /** @enum {string} */
      readonly kind: 'session' | 'bearer' | 'lock';
      readonly label: string;
      readonly lastUsedAtS: components['schemas']['TimeS'] | null;
      readonly revokedAtS: components['schemas']['TimeS'] | null;
      readonly scopes: readonly ('manager' | 'courier' | 'activate' | 'app' | 'lock' | 'metrics')[];
      readonly token: string;
    };
    readonly Password: string;
    readonly PasswordChange: {
      readonly password: components['schemas']['Password'];
      readonly present: string;
    };
    readonly PasswordResetWish: {
      readonly email: components['schemas']['Email'];
    };
    readonly PasswordSet: {
      readonly email: string;
      readonly surfaces: readonly components['schemas']['Surface'][];
    };
    readonly PasswordWish: {
      readonly password: components['schemas']['Password'];
      readonly token: string;
    };
    readonly Person: {
      /** @enum {string} */
      readonly access: 'current' | 'future' | 'expired' | 'none';
      /** @enum {string} */
      readonly account: 'pending' | 'active';
      readonly credential: components['schemas']['PersonCredential'];
      readonly email: string;
      readonly expiringSoon: boolean;
      readonly firstName: string;
      readonly grants: readonly components['schemas']['Grant'][];
      readonly id: components['schemas']['Id'];
      readonly lastName: string;
      readonly mail: components['schemas']['PersonMail'] | null;
      readonly mayShare: boolean;
      readonly otherKeys: number;
      readonly phone: string | null;
      readonly propertyId: components['schemas']['Id'];
      readonly resident: boolean;
    };
    readonly PersonChange: {
      /** @enum {string} */
      readonly access: 'current' | 'future' | 'expired' | 'none';
      /** @enum {string} */
      readonly account: 'pending' | 'active';
      readonly credential: components['schemas']['PersonCredential'];
      readonly doorsToSync: readonly components['schemas']['Id'][];
      readonly doorsUpdating: readonly components['schemas']['Id'][];
      readonly email: string;
      readonly expiringSoon: boolean;
      readonly firstName: string;
      readonly grants: readonly components['schemas']['Grant'][];
      readonly id: components['schemas']['Id'];
      readonly lastName: string;
      readonly mail: components['schemas']['PersonMail'] | null;
      readonly mayShare: boolean;
      readonly otherKeys: number;
      readonly phone: string | null;
      readonly propertyId: components['schemas']['Id'];
      readonly resident: boolean;
    };
    /** @enum {string} */
    readonly PersonCredential: 'app' | 'daily-doorcode';
    readonly PersonDeleted: {
      readonly doorsToSync: readonly components['schemas']['Id'][];
      readonly doorsUpdating: readonly components['schemas']['Id'][];
      readonly guests: number;
      readonly id: components['schemas']['Id'];
    };
    readonly PersonEdit: {
      readonly credential?: components['schemas']['PersonCredential'];
      readonly email?: components['schemas']['Email'];
      readonly firstName?: components['schemas']['Line'];
      readonly lastName?: components['schemas']['Line'];
      readonly mayShare?: boolean;
      readonly phone?: components['schemas']['Phone'] | null;
      readonly resident?: boolean;
    };
    readonly PersonEdited: {
      /** @enum {string} */
      readonly access: 'current' | 'future' | 'expired' | 'none';
      /** @enum {string} */
      readonly account: 'pending' | 'active';
      readonly credential: components['schemas']['PersonCredential'];
      readonly doorsToSync: readonly components['schemas']['Id'][];
      readonly doorsUpdating: readonly components['schemas']['Id'][];
      readonly email: string;
      readonly expiringSoon: boolean;
      readonly firstName: string;
      readonly grants: readonly components['schemas']['Grant'][];
      readonly guestsRemaining: number;
      readonly id: components['schemas']['Id'];
      readonly lastName: string;
      readonly mail: components['schemas']['PersonMail'] | null;
      readonly mayShare: boolean;
      readonly otherKeys: number;
      readonly phone: string | null;
      readonly propertyId: components['schemas']['Id'];
      readonly resident: boolean;
    };
    readonly PersonMail: {
      readonly createdAtS: components['schemas']['TimeS'];
      readonly kind: components['schemas']['MailKind'];
      readonly lastError: string | null;
      readonly sentAtS: components['schemas']['TimeS'] | null;
      readonly state: components['schemas']['MailState'];
    };
    readonly PersonPage: {
      readonly items: readonly components['schemas']['Person'][];
      readonly next: string | null;
    };
    /** @example +1 555 0100 */
    readonly Phone: string;
    readonly Problem: {
      readonly code: string;
      readonly detail: string;
      readonly errors?: readonly {
        readonly message: string;
        readonly path: string;
      }[];
      readonly next?: string;
      readonly retryAfterS?: number;
      readonly status: number;
      readonly subject?: string;
      readonly title: string;
      readonly type: string;
    };
    readonly Property: {
      readonly createdAtS: components['schemas']['TimeS'];
      readonly doorcodeLength: number;
      readonly id: components['schemas']['Id'];
      readonly name: string;
      readonly retentionDays: number;
      readonly unsyncedAlarmS: number;
      readonly zone: string;
    };
    readonly PropertyEdit: {
      readonly doorcodeLength?: components['schemas']['DoorcodeLength'];
      readonly name?: components['schemas']['Line'];
      readonly retentionDays?: number;
      readonly unsyncedAlarmS?: number;
      readonly zone?: components['schemas']['Zone'];
    };
    readonly PropertyRightsWish: {
      /** @default false */
      readonly activation?: boolean;
      /** @default false */
      readonly deviceManagement?: boolean;
      readonly keyIds?: readonly components['schemas']['Id'][];
      readonly keyManagement: components['schemas']['KeyManagement'];
    };
    readonly PropertyWish: {
      /** @default 7 */
      readonly doorcodeLength?: components['schemas']['DoorcodeLength'];
      readonly doors?: readonly components['schemas']['DoorWish'][];
      readonly keys?: readonly {
        readonly doors?: readonly {
          readonly door: components['schemas']['Line'];
          /** @default true */
          readonly provideDoorcodes?: boolean;
          readonly schedule?: components['schemas']['KeyScheduleInput'] | null;
        }[];
        /** @default false */
        readonly mayShare?: boolean;
        readonly name: components['schemas']['Line'];
      }[];
      readonly name: components['schemas']['Line'];
      readonly zone: components['schemas']['Zone'];
    };
    readonly ReceiptPost: {
      /** @example 00000000 */
      readonly receipt: string;
    };
    readonly ReceiptResult: {
      readonly closedTasks: number;
      /** @enum {string} */
      readonly outcome: 'applied' | 'behind' | 'degraded' | 'repeated' | 'older' | 'deactivated';
      readonly sync: components['schemas']['DoorSync'];
    };
    readonly Revoked: {
      readonly doorsToSync: readonly components['schemas']['Id'][];
      readonly doorsUpdating: readonly components['schemas']['Id'][];
      readonly guests: number;
      readonly person: components['schemas']['Person'];
    };
    /** @enum {string} */
    readonly RowAction: 'invite' | 'add-access' | 'restore-access' | 'change-dates' | 'nothing';
    readonly Session: {
      readonly accountId: components['schemas']['Id'];
      readonly csrfToken?: string;
      readonly email: string;
      readonly expiresAtS: components['schemas']['TimeS'];
      readonly portfolioId: components['schemas']['Id'] | null;
      readonly rights: components['schemas']['SessionRights'];
      readonly scopes: readonly ('manager' | 'courier' | 'activate' | 'app' | 'lock' | 'metrics')[];
    };
    readonly SessionRights: {
      readonly properties: readonly components['schemas']['ManagedProperty'][];
      /** @enum {string} */
      readonly role: 'portfolio' | 'property' | 'app' | 'none';
    };
    readonly SignedIn: {
      readonly createdAtS: components['schemas']['TimeS'];
      readonly csrfToken?: string;
      readonly expiresAtS: components['schemas']['TimeS'];
      readonly id: components['schemas']['Id'];
      /** @enum {string} */
      readonly kind: 'session' | 'bearer' | 'lock';
      readonly label: string;
      readonly lastUsedAtS: components['schemas']['TimeS'] | null;
      readonly revokedAtS: components['schemas']['TimeS'] | null;
      readonly scopes: readonly ('manager' | 'courier' | 'activate' | 'app' | 'lock' | 'metrics')[];
      readonly token?: string;
    };
    readonly SignedTime: {
      /** @example 00000000 */
      readonly statement: string;
    };
    readonly SignIn: {
      readonly email: components['schemas']['Email'];
      readonly password: string;
      readonly portfolioId?: components['schemas']['Id'];
      /**
       * @default token
       * @enum {string}
       */
      readonly session?: 'token' | 'cookie';
      /** @default door-os */
      readonly surface?: components['schemas']['Surface'];
    };
    /** @enum {string} */
    readonly Surface: 'door-os' | 'app';
    /** @enum {string} */
    readonly SyncReason:
      | 'lock-activated'
      | 'access-given'
      | 'access-changed'
      | 'access-revoked'
      | 'key-changed'
      | 'settings-changed'
      | 'table-lost'
      | 'keys-rotated'
      | 'database-restored'
      | 'deactivation-asked';
    readonly SyncRequest: {
      readonly createdAtS: components['schemas']['TimeS'];
      readonly doorId: components['schemas']['Id'];
      readonly endedAtS: components['schemas']['TimeS'] | null;
      readonly expiresAtS: components['schemas']['TimeS'];
      readonly id: components['schemas']['Id'];
      /** @enum {string} */
      readonly state: 'waiting' | 'taken' | 'done' | 'expired';
    };
    readonly SyncRequests: {
      readonly items: readonly components['schemas']['SyncRequest'][];
    };
    readonly SyncTask: {
      readonly closedAtS: components['schemas']['TimeS'] | null;
      readonly doorId: components['schemas']['Id'];
      readonly dueS: components['schemas']['TimeS'];
      readonly id: components['schemas']['Id'];
      readonly reason: components['schemas']['TaskReason'];
      readonly sinceS: components['schemas']['TimeS'];
      readonly target: components['schemas']['Triple'];
    };
    readonly SyncTaskPage: {
      readonly items: readonly components['schemas']['SyncTask'][];
      readonly next: string | null;
    };
    /** @enum {string} */
    readonly TableState: 'active' | 'degraded' | 'none';
    /** @enum {string} */
    readonly TaskReason:
      | 'lock-activated'
      | 'access-given'
      | 'access-changed'
      | 'access-revoked'
      | 'key-changed'
      | 'settings-changed'
      | 'table-lost'
      | 'keys-rotated'
      | 'database-restored';
    readonly TimeChallengePost: {
      /** @example 00000000000000000000000000000000 */
      readonly challenge: string;
    };
    /** @example 1893456000 */
    readonly TimeS: number;
    readonly Token: {
      readonly createdAtS: components['schemas']['TimeS'];
      readonly expiresAtS: components['schemas']['TimeS'];
      readonly id: components['schemas']['Id'];
      /** @enum {string} */
      readonly kind: 'session' | 'bearer' | 'lock';
      readonly label: string;
      readonly lastUsedAtS: components['schemas']['TimeS'] | null;
      readonly revokedAtS: components['schemas']['TimeS'] | null;
      readonly scopes: readonly ('manager' | 'courier' | 'activate' | 'app' | 'lock' | 'metrics')[];
    };
    readonly TokenWish: {
      readonly label: components['schemas']['Line'];
      /** @default 7776000 */
      readonly lifeS?: number;
      readonly scopes: readonly ('manager' | 'courier' | 'activate' | 'metrics')[];
    };
    readonly Triple: {
      readonly keyEpoch: number;
      readonly ownershipEpoch: number;
      readonly tableVersion: number;
    };
    /** @example America/New_York */
    readonly Zone: string;
  };
  responses: {
    /** @description Refused. */
    readonly Refused: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/problem+json': components['schemas']['Problem'];
      };
    };
  };
  parameters: {
    /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
    readonly IdempotencyKey: string;
    /** @description The entity tag of what the caller has. */
    readonly IfNoneMatch: string;
  };
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  readonly finishActivation: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly activationId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['ActivationFinish'];
      };
    };
    readonly responses: {
      /** @description Hand in the lock’s statement and the label; again is harmless */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ActivationAnswer'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly activity: {
    readonly parameters: {
      readonly query?: {
        readonly after?: string;
        readonly doorId?: components['schemas']['Id'];
        readonly fromS?: number;
        readonly limit?: number;
        readonly personId?: components['schemas']['Id'];
        readonly propertyId?: components['schemas']['Id'];
        readonly search?: string;
        readonly toS?: number;
        readonly type?: components['schemas']['ActivityType'];
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description What happened at doors, newest first; residents’ own life at home left out */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ActivityPage'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly exportActivity: {
    readonly parameters: {
      readonly query?: {
        readonly doorId?: components['schemas']['Id'];
        readonly fromS?: number;
        readonly personId?: components['schemas']['Id'];
        readonly propertyId?: components['schemas']['Id'];
        readonly search?: string;
        readonly toS?: number;
        readonly type?: components['schemas']['ActivityType'];
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The same as a file for spreadsheets, at most 50,000 rows */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'text/csv': Uint8Array;
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly alarms: {
    readonly parameters: {
      readonly query?: {
        readonly after?: string;
        readonly doorId?: components['schemas']['Id'];
        readonly ended?: components['schemas']['Flag'];
        readonly kind?: components['schemas']['AlarmKind'];
        readonly limit?: number;
        readonly propertyId?: components['schemas']['Id'];
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Alarms of doors and their locks, open ones unless asked otherwise */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['AlarmPage'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly seeAlarm: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly alarmId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Somebody has seen it; what does not end by itself ends with it */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Alarm'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly ownActivity: {
    readonly parameters: {
      readonly query?: {
        readonly after?: string;
        readonly doorId?: components['schemas']['Id'];
        readonly limit?: number;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The entries of the account and of its guests, newest first */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ActivityPage'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly appCodes: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The doorcodes of the account */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['AppCodes'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly appDoors: {
    readonly parameters: {
      readonly query?: {
        readonly after?: string;
        readonly limit?: number;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Doors that open for the account, now or later, and how to bring them their newest set */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['AppDoorPage'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly resetAppCode: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly doorId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Another doorcode for a residence; the old one works until the lock has the new set */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['AppCode'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly appGuests: {
    readonly parameters: {
      readonly query?: {
        readonly after?: string;
        readonly limit?: number;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Keys that the account gave to guests */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['AppGuestPage'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly inviteGuest: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['GuestWish'];
      };
    };
    readonly responses: {
      /** @description Invite a guest with a Key that may be shared */
      readonly 201: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['AppGuestChange'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly revokeGuest: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly guestId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Take a Key from a guest */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['AppGuestChange'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly guestCodes: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly guestId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Daily doorcodes that a Key of the account gives a guest, for the host to pass on */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['AppGuestCodes'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly appKeys: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Keys in force or to come, and which of them can be shared */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['AppKeys'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly appMe: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The account, where it is a person, and its phone */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['AppMe'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly appPhone: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['AppPhoneWish'];
      };
    };
    readonly responses: {
      /** @description Register the phone’s public key; the one before stops opening */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['AppPhone'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly removeAppPhone: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description No phone opens doors for the account any more */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Empty'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly listAudit: {
    readonly parameters: {
      readonly query?: {
        readonly accountId?: components['schemas']['Id'];
        readonly action?: string;
        readonly after?: string;
        readonly fromS?: number;
        readonly limit?: number;
        readonly propertyId?: components['schemas']['Id'];
        readonly subject?: components['schemas']['Id'];
        readonly toS?: number;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description What managers changed, newest first */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['AuditPage'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly courierDoors: {
    readonly parameters: {
      readonly query?: {
        readonly after?: string;
        readonly limit?: number;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Doors with locks, or with one that they lost, as a courier needs them */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['CourierDoorPage'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly demoMails: {
    readonly parameters: {
      readonly query?: {
        readonly after?: string;
        readonly limit?: number;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The mailbox of a demo, newest first; nothing is here otherwise */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['DemoMailPage'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly door: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly doorId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description One door with its sync state */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Door'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly editDoor: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly doorId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['DoorEdit'];
      };
    };
    readonly responses: {
      /** @description Change name, type, connection or what the lock does on its own; the type is fixed once a lock is bound */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Door'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly startActivation: {
    readonly parameters: {
      readonly query?: {
        readonly above?: number;
      };
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly doorId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Ask for what the lock is to sign */
      readonly 201: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ActivationStart'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly setDailySlots: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly doorId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['DailySlots'];
      };
    };
    readonly responses: {
      /** @description How many daily doorcodes of each kind the door has */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Door'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly deactivation: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly doorId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description What the door’s lock is to be given to leave the door */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Deactivation'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly askDeactivation: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly doorId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['DeactivationWish'];
      };
    };
    readonly responses: {
      /** @description Take the lock off the door: signed for the lock, and done with its proof */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Deactivation'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly startDelivery: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly doorId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Begin an attempt: the target and a fresh nonce */
      readonly 201: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Delivery'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly postLogBatch: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly doorId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['LogBatchPost'];
      };
    };
    readonly responses: {
      /** @description A sealed batch of the lock’s event log; again is harmless */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['LogBatchResult'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly package: {
    readonly parameters: {
      readonly query?: {
        readonly base?: string;
      };
      readonly header?: {
        /** @description The entity tag of what the caller has. */
        readonly 'If-None-Match'?: components['parameters']['IfNoneMatch'];
      };
      readonly path: {
        readonly doorId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The newest signed and sealed set, from that base where a delta leads there; with a strong entity tag */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/octet-stream': Uint8Array;
        };
      };
      /** @description The one that the caller has is the newest. */
      readonly 304: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly postReceipt: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly doorId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['ReceiptPost'];
      };
    };
    readonly responses: {
      /** @description The lock’s signed proof; nothing else closes a sync task */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ReceiptResult'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly syncRequests: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly doorId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description What became of the newest requests at a door */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['SyncRequests'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly requestSync: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly doorId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Sync now: tell whoever can reach the door; again is harmless while one is open */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['SyncRequest'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly signTime: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly doorId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['TimeChallengePost'];
      };
    };
    readonly responses: {
      /** @description The time, signed for the door’s lock and its challenge */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['SignedTime'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly events: {
    readonly parameters: {
      readonly query?: {
        readonly kinds?: string;
        readonly propertyId?: components['schemas']['Id'];
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Server-sent events: what changed at the properties of the caller, from now or from Last-Event-ID on */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'text/event-stream': Uint8Array;
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly revokeGrant: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly grantId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Take one Key away */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['GrantChange'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly editGrant: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly grantId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['GrantEdit'];
      };
    };
    readonly responses: {
      /** @description Change start or expiration */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['GrantChange'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly import: {
    readonly parameters: {
      readonly query?: {
        readonly rowsDone?: number;
        readonly waitS?: number;
      };
      readonly header?: never;
      readonly path: {
        readonly importId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description How far an upload is, and what has become of its rows */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ImportStatus'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly cancelImport: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly importId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Stop between two rows; what is done stays */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ImportStatus'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly confirmImport: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly importId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['ImportConfirm'];
      };
    };
    readonly responses: {
      /** @description Begin to do what the preview said; again is harmless */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ImportStatus'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly keySets: {
    readonly parameters: {
      readonly query?: {
        readonly after?: number;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Signed key sets after a number, at most 16 */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['KeySets'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly key: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly keyId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description One Key with its doors */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Key'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly deleteKey: {
    readonly parameters: {
      readonly query?: {
        readonly confirm?: number;
      };
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly keyId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Delete a Key, and take it from everyone who holds it */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['KeyDeleted'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly editKey: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly keyId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['KeyEdit'];
      };
    };
    readonly responses: {
      /** @description Change name or sharing */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['KeyEdited'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly putKeyDoor: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly doorId: components['schemas']['Id'];
        readonly keyId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['KeyDoorSettings'];
      };
    };
    readonly responses: {
      /** @description Put a door into a Key, or change its settings there */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Key'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly removeKeyDoor: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly doorId: components['schemas']['Id'];
        readonly keyId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Take a door out of a Key */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Key'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly live: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The WebSocket. No compression. */
      readonly 101: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly startLockSession: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['LockSessionStart'];
      };
    };
    readonly responses: {
      /** @description A nonce for a lock that has a network of its own to sign */
      readonly 201: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['LockSession'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly proveLock: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly sessionId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['LockProof'];
      };
    };
    readonly responses: {
      /** @description Exchange the lock’s live proof for a token for its door */
      readonly 201: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['LockToken'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly listManagers: {
    readonly parameters: {
      readonly query?: {
        readonly after?: string;
        readonly limit?: number;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Managers of the portfolio, each with the rights at every property given */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ManagerPage'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly addManager: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['ManagerWish'];
      };
    };
    readonly responses: {
      /** @description Make an address a manager; it gets a mail */
      readonly 201: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Manager'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly manager: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly managerId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description One manager */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Manager'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly removeManager: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly managerId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Take all rights away; sessions and tokens end at once */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Empty'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly editManager: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly managerId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['ManagerEdit'];
      };
    };
    readonly responses: {
      /** @description Change name or role */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Manager'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly putManagedProperty: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly managerId: components['schemas']['Id'];
        readonly propertyId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['PropertyRightsWish'];
      };
    };
    readonly responses: {
      /** @description Give a property manager a property, or change the rights there */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Manager'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly removeManagedProperty: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly managerId: components['schemas']['Id'];
        readonly propertyId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Take a property from a property manager */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Manager'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly changePassword: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['PasswordChange'];
      };
    };
    readonly responses: {
      /** @description Change the own password; every other session and token of the account ends */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Ended'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly setPassword: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['PasswordWish'];
      };
    };
    readonly responses: {
      /** @description Set a password by the token of a link, once; every session and token of the account ends */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['PasswordSet'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly requestPasswordReset: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['PasswordResetWish'];
      };
    };
    readonly responses: {
      /** @description Have a link to set a password sent; the answer is the same for every address */
      readonly 202: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Empty'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly peopleTemplate: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The template for an upload */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'text/csv': Uint8Array;
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly person: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly personId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description One person with every grant */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Person'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly deletePerson: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly personId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Delete a person and the access of their guests; past activity stays */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['PersonDeleted'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly editPerson: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly personId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['PersonEdit'];
      };
    };
    readonly responses: {
      /** @description Change contact details and marks, and the address while the account is pending */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['PersonEdited'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly personCodes: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly personId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The doorcodes of a person */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Codes'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly exposure: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly personId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Doors that may still open beyond what the person holds */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Exposures'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly grantKey: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly personId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['GrantWish'];
      };
    };
    readonly responses: {
      /** @description Give a Key */
      readonly 201: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['GrantChange'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly editGrants: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly personId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['GrantsEdit'];
      };
    };
    readonly responses: {
      /** @description Change start or expiration of every Key that a person holds */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['PersonChange'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly keycard: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly personId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The one active keycard of a person */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Keycard'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly activateKeycard: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly personId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['KeycardWish'];
      };
    };
    readonly responses: {
      /** @description Activate a keycard; the one before ends */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Keycard'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly endKeycard: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly personId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description End the active keycard */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Empty'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly personMails: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly personId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Mails of a person’s invites, newest first, and whether they could be delivered */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Mails'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly resendInvite: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly personId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Send the mail of the invite again */
      readonly 201: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Mail'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly revokeAllKeys: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly personId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Remove all current access, also of guests, and keep the record */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Revoked'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly listManagerTokens: {
    readonly parameters: {
      readonly query?: {
        readonly after?: string;
        readonly limit?: number;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Sessions and tokens of all managers of the portfolio */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ManagerTokenPage'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly revokeManagerToken: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly tokenId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Revoke any token of the portfolio at once */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Token'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly listProperties: {
    readonly parameters: {
      readonly query?: {
        readonly after?: string;
        readonly limit?: number;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Properties of the portfolio */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': {
            readonly items: readonly components['schemas']['Property'][];
            readonly next: string | null;
          };
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly createProperty: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['PropertyWish'];
      };
    };
    readonly responses: {
      /** @description Create a property, with its doors and Keys where given */
      readonly 201: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Property'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly property: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly propertyId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description One property */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Property'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly editProperty: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly propertyId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['PropertyEdit'];
      };
    };
    readonly responses: {
      /** @description Change name, zone, length of doorcodes, retention or the alarm of doors that wait */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Property'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly listDoors: {
    readonly parameters: {
      readonly query?: {
        readonly after?: string;
        readonly limit?: number;
        readonly pending?: components['schemas']['Flag'];
      };
      readonly header?: never;
      readonly path: {
        readonly propertyId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Doors with their sync state */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['DoorPage'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly createDoor: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly propertyId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['DoorWish'];
      };
    };
    readonly responses: {
      /** @description Create a door */
      readonly 201: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Door'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly propertyExposure: {
    readonly parameters: {
      readonly query?: {
        readonly after?: string;
        readonly doorId?: components['schemas']['Id'];
        readonly limit?: number;
      };
      readonly header?: never;
      readonly path: {
        readonly propertyId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Who can still open which door beyond what they hold, by what and until when */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ExposedPersonPage'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly listHolidays: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        readonly propertyId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Holidays that Key Schedules go by */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['HolidayList'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly setHolidays: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly propertyId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['HolidayList'];
      };
    };
    readonly responses: {
      /** @description The whole list of holidays; reaches every door of the property */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['HolidayList'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly listImports: {
    readonly parameters: {
      readonly query?: {
        readonly after?: string;
        readonly limit?: number;
      };
      readonly header?: never;
      readonly path: {
        readonly propertyId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Uploads of a property and how far they are */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ImportPage'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly previewImport: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly propertyId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    /** @description At most 10485760 bytes. */
    readonly requestBody: {
      readonly content: {
        readonly 'text/csv': Uint8Array;
      };
    };
    readonly responses: {
      /** @description Upload a CSV of people and see what it would do */
      readonly 201: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['ImportPreview'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly listKeys: {
    readonly parameters: {
      readonly query?: {
        readonly after?: string;
        readonly limit?: number;
      };
      readonly header?: never;
      readonly path: {
        readonly propertyId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Keys with their doors */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['KeyPage'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly createKey: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly propertyId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['KeyWish'];
      };
    };
    readonly responses: {
      /** @description Create a Key */
      readonly 201: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Key'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly listPeople: {
    readonly parameters: {
      readonly query?: {
        readonly account?: 'pending' | 'active';
        readonly after?: string;
        readonly credential?: components['schemas']['PersonCredential'];
        readonly email?: components['schemas']['Email'];
        readonly expiringSoon?: components['schemas']['Flag'];
        readonly keyId?: components['schemas']['Id'];
        readonly limit?: number;
        readonly resident?: 'true' | 'false';
        readonly search?: string;
        readonly showExpired?: components['schemas']['Flag'];
      };
      readonly header?: never;
      readonly path: {
        readonly propertyId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description People; those without any access left only with showExpired */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['PersonPage'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly invitePerson: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly propertyId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['Invite'];
      };
    };
    readonly responses: {
      /** @description Invite: the account exists at once, pending */
      readonly 201: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['PersonChange'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly exportPeople: {
    readonly parameters: {
      readonly query?: {
        readonly showExpired?: components['schemas']['Flag'];
      };
      readonly header?: never;
      readonly path: {
        readonly propertyId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description People as a file that an upload takes; guests are left out */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'text/csv': Uint8Array;
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly doorReport: {
    readonly parameters: {
      readonly query?: {
        readonly after?: string;
        readonly batteryBelow?: number;
        readonly limit?: number;
        readonly needed?: components['schemas']['Flag'];
        readonly propertyId?: components['schemas']['Id'];
        readonly reason?: components['schemas']['TaskReason'];
        readonly unreadDays?: number;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Doors with locks: Sync Needed, Reason, Battery, Days Since Reading */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['DoorReportPage'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly exportDoorReport: {
    readonly parameters: {
      readonly query?: {
        readonly batteryBelow?: number;
        readonly needed?: components['schemas']['Flag'];
        readonly propertyId?: components['schemas']['Id'];
        readonly reason?: components['schemas']['TaskReason'];
        readonly unreadDays?: number;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The same as a file for spreadsheets */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'text/csv': Uint8Array;
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly session: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Who this token is */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Session'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly signIn: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['SignIn'];
      };
    };
    readonly responses: {
      /** @description Exchange an address and a password for a token, or for a cookie */
      readonly 201: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['SignedIn'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly signOut: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Revoke the token of this request */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Empty'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly signOutEverywhere: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description End every session of the account, this one too; tokens of programs and couriers stay */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Ended'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly listSyncTasks: {
    readonly parameters: {
      readonly query?: {
        readonly after?: string;
        readonly closed?: components['schemas']['Flag'];
        readonly doorId?: components['schemas']['Id'];
        readonly limit?: number;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Sync tasks, open ones unless asked otherwise */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['SyncTaskPage'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly listTokens: {
    readonly parameters: {
      readonly query?: {
        readonly after?: string;
        readonly limit?: number;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Sessions and tokens of the account in this portfolio, or of the app; ended ones included */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': {
            readonly items: readonly components['schemas']['Token'][];
            readonly next: string | null;
          };
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly createToken: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['TokenWish'];
      };
    };
    readonly responses: {
      /** @description Make a token for a courier or a program */
      readonly 201: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['NewToken'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly revokeToken: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: {
        /** @description Visible ASCII, drawn for this request. The same request with the same key gets the first reply again for a day; where that held a secret it is refused as `IDEMPOTENCY_REPLAY`, for it is not kept. */
        readonly 'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
      };
      readonly path: {
        readonly tokenId: components['schemas']['Id'];
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Revoke a token at once */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'application/json': components['schemas']['Token'];
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly healthz: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description It does. */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly metrics: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description One figure a line. */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly 'text/plain': string;
        };
      };
      readonly default: components['responses']['Refused'];
    };
  };
  readonly readyz: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description It can. */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
      readonly default: components['responses']['Refused'];
    };
  };
}
