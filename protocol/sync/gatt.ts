// The GATT layout of a lock: standard services first, Door Sync last, sync-data last in it, so that the large
// characteristic's handles come at the end of one discovery. WIRE 8.1.
export const DEVICE_INFORMATION = '180a';
export const MANUFACTURER_NAME = '2a29';
export const MODEL_NUMBER = '2a24';
export const FIRMWARE_REVISION = '2a26';
export const BATTERY_SERVICE = '180f';
export const BATTERY_LEVEL = '2a19';

export const DOOR_SYNC_SERVICE = 'd00b1ab0000140008000a1b2c3d4e5f6';
export const LOCK_STATUS = 'd00b1ab0000240008000a1b2c3d4e5f6';
export const SYNC_CONTROL = 'd00b1ab0000340008000a1b2c3d4e5f6';
export const CHANNEL = 'd00b1ab0000440008000a1b2c3d4e5f6';
export const SYNC_DATA = 'd00b1ab0000540008000a1b2c3d4e5f6';

/** Raised when the layout below changes, so that couriers drop cached handles. */
export const GATT_VERSION = 1;

export const lockServices = [
  {
    uuid: DEVICE_INFORMATION,
    characteristics: [
      { uuid: MANUFACTURER_NAME, properties: ['read'] },
      { uuid: MODEL_NUMBER, properties: ['read'] },
      { uuid: FIRMWARE_REVISION, properties: ['read'] },
    ],
  },
  { uuid: BATTERY_SERVICE, characteristics: [{ uuid: BATTERY_LEVEL, properties: ['read', 'notify'] }] },
  {
    uuid: DOOR_SYNC_SERVICE,
    characteristics: [
      { uuid: LOCK_STATUS, properties: ['read', 'notify'] },
      { uuid: SYNC_CONTROL, properties: ['read', 'write', 'writeWithoutResponse', 'notify'] },
      { uuid: CHANNEL, properties: ['write', 'writeWithoutResponse', 'notify'] },
      { uuid: SYNC_DATA, properties: ['writeWithoutResponse'] },
    ],
  },
] as const;
