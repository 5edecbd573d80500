// One noble program at the other end: its commands on a Central of its own, and what comes of them. The protocol knows no
// errors: an operation that fails ends the link, which the program hears, rather than leaving it to wait for ever.
import { shortUuid } from '../noble/discovery.ts';
import type { Central, CentralLink, Scan } from '../ports/central.ts';
import type { AdvertReport, GattTable, Uuid } from '../ports/gatt.ts';
import { Turns } from '../hci/turns.ts';
import type { NobleCommand } from './messages.ts';
import { propertyNames } from './messages.ts';

export type NobleEvent = Readonly<Record<string, unknown>> & { readonly type: string };

/** What a client has of its program. */
export interface NobleProgram {
  send(event: NobleEvent): void;
  /** It reads what it gets slower than that comes. */
  isBehind(): boolean;
  /** It asks for more than can be kept: nothing further is done for it. */
  overwhelmed(): void;
}

/** Commands that may wait for their turn on the air: a program may send a whole transfer at once. */
const OPEN_COMMANDS_MAX = 16_384;
/** Behind the value (see noble-link.ts). */
const CONFIGURATION_OFFSET = 1;

type Characteristic = GattTable['services'][number]['characteristics'][number];
type About<A extends NobleCommand['action']> = Extract<NobleCommand, { readonly action: A }>;

export class NobleClient {
  readonly #central: Central;
  readonly #program: NobleProgram;
  readonly #links = new Map<string, CentralLink>();
  /** The last advert told of each, as text, and how loud it was. */
  readonly #told = new Map<string, { readonly text: string; readonly rssi: number }>();
  readonly #scanning = new Turns();
  /** By peripheral and characteristic: whose values go on to the program, and under which name. */
  readonly #wanted = new Map<string, 'read' | 'handleNotify'>();
  #scan: Scan | undefined;
  #open = 0;

  constructor(central: Central, program: NobleProgram) {
    this.#central = central;
    this.#program = program;
    program.send({ type: 'stateChange', state: 'poweredOn' });
  }

  perform(command: NobleCommand): void {
    if (++this.#open > OPEN_COMMANDS_MAX) {
      this.#program.overwhelmed();
      return;
    }
    this.#answer(command)
      .catch(() => this.#end(command))
      .finally(() => this.#open--);
  }

  close(): Promise<void> {
    return this.#central.close();
  }

  async #answer(command: NobleCommand): Promise<void> {
    switch (command.action) {
      case 'startScanning':
        return this.#scanning.take(() => this.#startScan(command));
      case 'stopScanning':
        return this.#scanning.take(() => this.#stopScan());
      case 'connect':
        return this.#connect(command.peripheralUuid);
      case 'disconnect':
        await this.#links.get(command.peripheralUuid)?.disconnect();
        return;
      case 'updateRssi': {
        const rssi = this.#told.get(command.peripheralUuid)?.rssi;
        this.#tell('rssiUpdate', command, { rssi });
        return;
      }
      case 'discoverServices': {
        this.#discoverServices(command);
        return;
      }
      case 'discoverIncludedServices': {
        this.#tell('includedServicesDiscover', command, { includedServiceUuids: [] });
        return;
      }
      case 'discoverCharacteristics': {
        this.#discoverCharacteristics(command);
        return;
      }
      case 'discoverDescriptors': {
        this.#tell('descriptorsDiscover', command, { descriptors: [] });
        return;
      }
      case 'broadcast': {
        this.#tell('broadcast', command, { state: false });
        return;
      }
      case 'read': {
        const value = await this.#linkOf(command).read(command.characteristicUuid);
        this.#tell('read', command, { data: toHex(value), isNotification: false });
        return;
      }
      case 'write':
        await this.#write(command, command.characteristicUuid, command);
        {
          this.#tell('write', command);
          return;
        }
      case 'notify':
        await this.#notify(command, command.characteristicUuid, command.notify ? 'read' : undefined);
        {
          this.#tell('notify', command, { state: command.notify });
          return;
        }
      case 'readHandle': {
        const link = this.#linkOf(command);
        const value = await link.read(characteristicAt(link, command.handle).uuid);
        this.#tell('handleRead', command, { handle: command.handle, data: toHex(value) });
        return;
      }
      case 'writeHandle':
        await this.#writeHandle(command);
        {
          this.#tell('handleWrite', command, { handle: command.handle });
          return;
        }
    }
  }

  async #startScan({ serviceUuids, allowDuplicates }: About<'startScanning'>): Promise<void> {
    await this.#stopScan();
    this.#told.clear();
    const onReport = (report: AdvertReport): void => this.#report(report, allowDuplicates);
    this.#scan = await this.#central.scan({ serviceUuids, onReport });
  }

  async #stopScan(): Promise<void> {
    const scan = this.#scan;
    this.#scan = undefined;
    await scan?.stop();
  }

  /**
   * Each peripheral as it is first heard, and again as its advert changes: noble itself passes over the others, unless
   * its program wants them all. One that is behind misses some.
   */
  #report({ peripheralId, rssi, connectable, ...advert }: AdvertReport, isEachWanted: boolean): void {
    if (this.#program.isBehind()) return;
    const advertisement = {
      localName: advert.localName,
      serviceUuids: advert.serviceUuids.map(shortUuid),
      manufacturerData: advert.manufacturerData && toHex(advert.manufacturerData),
    };
    const text = JSON.stringify(advertisement);
    const isNew = this.#told.get(peripheralId)?.text !== text;
    this.#told.set(peripheralId, { text, rssi });
    if (!isNew && !isEachWanted) return;
    const address = peripheralId.replace(/..(?=.)/g, '$&:');
    const about = { peripheralUuid: peripheralId, address, addressType: 'public', connectable, rssi };
    this.#program.send({ type: 'discover', ...about, advertisement });
  }

  async #connect(peripheralUuid: string): Promise<void> {
    const link = await this.#central.connect(peripheralUuid);
    this.#links.set(peripheralUuid, link);
    void link.closed.then(() => {
      this.#links.delete(peripheralUuid);
      for (const key of this.#wanted.keys()) if (key.startsWith(peripheralUuid)) this.#wanted.delete(key);
      this.#program.send({ type: 'disconnect', peripheralUuid });
    });
    this.#program.send({ type: 'connect', peripheralUuid });
  }

  #discoverServices(command: About<'discoverServices'>): void {
    const found = this.#linkOf(command).gattTable.services.map(({ uuid }) => uuid);
    const wanted = found.filter((uuid) => command.uuids.length === 0 || command.uuids.includes(uuid));
    this.#tell('servicesDiscover', command, { serviceUuids: wanted.map(shortUuid) });
  }

  #discoverCharacteristics(command: About<'discoverCharacteristics'>): void {
    const { characteristicUuids: asked, serviceUuid } = command;
    const service = this.#linkOf(command).gattTable.services.find(({ uuid }) => uuid === serviceUuid);
    const characteristics = (service?.characteristics ?? [])
      .filter(({ uuid }) => asked.length === 0 || asked.includes(uuid))
      .map(({ uuid, properties }) => ({ uuid: shortUuid(uuid), properties: propertyNames(properties) }));
    this.#tell('characteristicsDiscover', command, { characteristics });
  }

  async #write(
    about: { readonly peripheralUuid: string },
    uuid: Uuid,
    { data, withoutResponse }: { readonly data: Uint8Array; readonly withoutResponse: boolean },
  ): Promise<void> {
    const link = this.#linkOf(about);
    await (withoutResponse ? link.writeCommand(uuid, data) : link.write(uuid, data));
  }

  async #writeHandle(command: About<'writeHandle'>): Promise<void> {
    const { services } = this.#linkOf(command).gattTable;
    const all = services.flatMap(({ characteristics }) => characteristics);
    const configured = all.find(({ valueHandle }) => valueHandle + CONFIGURATION_OFFSET === command.handle);
    if (configured === undefined) {
      return this.#write(command, characteristicAt(this.#linkOf(command), command.handle).uuid, command);
    }
    const isOn = (command.data[0] ?? 0) !== 0;
    return this.#notify(command, configured.uuid, isOn ? 'handleNotify' : undefined);
  }

  /** The port knows no way back: values that are not wanted any more stop here. */
  async #notify(
    about: { readonly peripheralUuid: string; readonly serviceUuid?: string },
    uuid: Uuid,
    wanted: 'read' | 'handleNotify' | undefined,
  ): Promise<void> {
    const link = this.#linkOf(about);
    const key = `${about.peripheralUuid}/${uuid}`;
    const wasSubscribed = this.#wanted.has(key);
    if (wanted === undefined) this.#wanted.delete(key);
    else this.#wanted.set(key, wanted);
    if (wanted === undefined || wasSubscribed) return;
    await link.subscribe(uuid, (value) => {
      const as = this.#wanted.get(key);
      const data = toHex(value);
      if (as === 'read') {
        this.#tell('read', { ...about, characteristicUuid: uuid }, { data, isNotification: true });
      } else if (as === 'handleNotify') {
        const handle = link.gattTable.services
          .flatMap(({ characteristics }) => characteristics)
          .find((one) => one.uuid === uuid)?.valueHandle;
        this.#tell('handleNotify', about, { handle, data });
      }
    });
  }

  /** Throws where there is no such link. */
  #linkOf({ peripheralUuid }: { readonly peripheralUuid: string }): CentralLink {
    const link = this.#links.get(peripheralUuid);
    if (link === undefined) throw new Error('no link');
    return link;
  }

  #tell(
    type: string,
    about: {
      readonly peripheralUuid: string;
      readonly serviceUuid?: string;
      readonly characteristicUuid?: string;
    },
    more: Readonly<Record<string, unknown>> = {},
  ): void {
    const { peripheralUuid, serviceUuid, characteristicUuid } = about;
    this.#program.send({
      type,
      peripheralUuid,
      ...(serviceUuid === undefined ? {} : { serviceUuid: shortUuid(serviceUuid) }),
      ...(characteristicUuid === undefined ? {} : { characteristicUuid: shortUuid(characteristicUuid) }),
      ...more,
    });
  }

  #end(command: NobleCommand): void {
    if (!('peripheralUuid' in command)) return;
    const { peripheralUuid } = command;
    const link = this.#links.get(peripheralUuid);
    // Its end is told as it comes; where there was none, at once.
    if (link === undefined) this.#program.send({ type: 'disconnect', peripheralUuid });
    else void link.disconnect();
  }
}

/** Throws where no value has that handle. */
function characteristicAt(link: CentralLink, handle: number): Characteristic {
  const found = link.gattTable.services
    .flatMap(({ characteristics }) => characteristics)
    .find(({ valueHandle }) => valueHandle === handle);
  if (found === undefined) throw new Error('no such handle');
  return found;
}

const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
