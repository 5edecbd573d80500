// What a noble program says to its WebSocket bindings (NOBLE_WEBSOCKET=1), parsed: one JSON object a message, an action and
// what it is about. Source: @abandonware/noble 1.9.2-26, lib/websocket/bindings.js.
import { z } from 'zod';

/** As long as any value that ATT carries, in hex. */
const VALUE_HEX_MAX = 2 * 512;
const UUIDS_MAX = 64;

const hex = z
  .string()
  .max(VALUE_HEX_MAX)
  .regex(/^(?:[0-9a-f]{2})*$/i)
  .transform((text): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex')));
/** noble writes 16-bit UUIDs without leading zeros. */
const uuid = z
  .string()
  .regex(/^(?:[0-9a-f]{1,4}|[0-9a-f]{32})$/i)
  .transform((text) => (text.length < 4 ? text.padStart(4, '0') : text).toLowerCase());
const uuids = z
  .array(uuid)
  .max(UUIDS_MAX)
  .nullish()
  .transform((list) => list ?? []);
const peripheralUuid = z.string().regex(/^[0-9a-f]{12}$/);
const handle = z.int().min(1).max(0xffff);
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value === true);

const about = { peripheralUuid };
const aboutCharacteristic = { peripheralUuid, serviceUuid: uuid, characteristicUuid: uuid };

const COMMAND = z.discriminatedUnion('action', [
  z.object({ action: z.literal('startScanning'), serviceUuids: uuids, allowDuplicates: flag }),
  z.object({ action: z.literal('stopScanning') }),
  z.object({ action: z.literal('connect'), ...about }),
  z.object({ action: z.literal('disconnect'), ...about }),
  z.object({ action: z.literal('updateRssi'), ...about }),
  z.object({ action: z.literal('discoverServices'), ...about, uuids }),
  z.object({ action: z.literal('discoverIncludedServices'), ...about, serviceUuid: uuid }),
  z.object({
    action: z.literal('discoverCharacteristics'),
    ...about,
    serviceUuid: uuid,
    characteristicUuids: uuids,
  }),
  z.object({ action: z.literal('discoverDescriptors'), ...aboutCharacteristic }),
  z.object({ action: z.literal('read'), ...aboutCharacteristic }),
  z.object({ action: z.literal('write'), ...aboutCharacteristic, data: hex, withoutResponse: flag }),
  z.object({ action: z.literal('notify'), ...aboutCharacteristic, notify: flag }),
  z.object({ action: z.literal('broadcast'), ...aboutCharacteristic, broadcast: flag }),
  z.object({ action: z.literal('readHandle'), ...about, handle }),
  z.object({ action: z.literal('writeHandle'), ...about, handle, data: hex, withoutResponse: flag }),
]);

export type NobleCommand = z.infer<typeof COMMAND>;

/** Undefined for anything else. */
export function parseNobleCommand(text: string): NobleCommand | undefined {
  try {
    return COMMAND.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Names of a characteristic's properties as noble has them, by bit (Vol 3 Part G, 3.3.1.1). */
const PROPERTIES = [
  'broadcast',
  'read',
  'writeWithoutResponse',
  'write',
  'notify',
  'indicate',
  'authenticatedSignedWrites',
  'extendedProperties',
] as const;

export const propertyNames = (bits: number): string[] =>
  PROPERTIES.filter((_name, bit) => (bits & (1 << bit)) !== 0);
