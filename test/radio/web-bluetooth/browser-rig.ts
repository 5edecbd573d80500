// One page in Chromium with our Central in it, and peripherals of the browser's emulation: a rig for the ports' contract. The
// chooser is answered as a person would, once for each question: a second answer ends the browser.
import { build } from 'esbuild';
import { chromium, type Browser, type CDPSession, type Page } from 'playwright-core';
import type { Central, CentralLink, ConnectOptions, Scan, ScanOptions } from '#radio/ports/central.ts';
import { RadioError, type RadioErrorCode } from '#radio/ports/errors.ts';
import type { GattTable, Uuid } from '#radio/ports/gatt.ts';
import type { RadioRig } from '../radio-rig.ts';
import { EmulatedPeripheral } from './emulated-peripheral.ts';
import type { PageCloud, PageRadio, Told } from './page.ts';

const PAGE = 'https://courier.test/';
const ARGS = ['--no-sandbox', '--enable-blink-features=WebBluetooth'];
type Call = (radio: PageRadio) => Promise<Told>;

/** The page as one script, for a browser: what leads to Node would fail to bundle. */
export async function bundledPage(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [new URL('page.ts', import.meta.url).pathname],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    target: 'es2023',
    conditions: ['source'],
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

export const openBrowser = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, args: ARGS });

export class BrowserRig implements RadioRig {
  readonly att: string[] = [];
  readonly page: Page;
  /** None until a test has one. */
  cloud: PageCloud = { signTime: async () => undefined, takeLogBatch: async () => undefined };
  readonly #session: CDPSession;
  readonly #services: readonly Uuid[];
  readonly #peripherals = new Map<string, EmulatedPeripheral>();
  readonly #byId = new Map<string, EmulatedPeripheral>();
  /** Whom the chooser is answered with: the newest that was not chosen by this central. */
  #wanted: EmulatedPeripheral | undefined;
  #declines = false;

  private constructor(page: Page, session: CDPSession, services: readonly Uuid[]) {
    this.page = page;
    this.#session = session;
    this.#services = services;
  }

  static async open(browser: Browser, script: string, services: readonly Uuid[]): Promise<BrowserRig> {
    const session = await browser.newBrowserCDPSession();
    await session.send('BluetoothEmulation.enable', { state: 'powered-on', leSupported: true });
    const context = await browser.newContext();
    const page = await context.newPage();
    const rig = new BrowserRig(page, session, services);
    const body = `<!doctype html><button>Choose a lock</button><script>${script}</script>`;
    await page.route('**/*', (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body }));
    await page.exposeFunction('ended', (id: string) => rig.letGo(id));
    await page.exposeFunction('signTime', (nonce: string) => rig.cloud.signTime(nonce));
    await page.exposeFunction('takeLogBatch', (batch: string) => rig.cloud.takeLogBatch(batch));
    await page.goto(PAGE);
    const own = await context.newCDPSession(page);
    await own.send('DeviceAccess.enable');
    let answered = '';
    own.on('DeviceAccess.deviceRequestPrompted', ({ id, devices }) => {
      const isThere = devices.some((device) => device.id === rig.#wanted?.address);
      if (answered === id || !(isThere || rig.#declines)) return;
      answered = id;
      void (rig.#declines
        ? own.send('DeviceAccess.cancelPrompt', { id })
        : own.send('DeviceAccess.selectPrompt', { id, deviceId: rig.#wanted?.address ?? '' }));
    });
    return rig;
  }

  async peripheral(): Promise<EmulatedPeripheral> {
    const number = this.#peripherals.size + 1;
    const address = `0A:00:00:00:00:${number.toString(16).padStart(2, '0').toUpperCase()}`;
    const peripheral = new EmulatedPeripheral(this.#session, address);
    this.#peripherals.set(address, peripheral);
    this.#wanted = peripheral;
    return peripheral;
  }

  async central(): Promise<PageCentral> {
    const number = await this.page.evaluate(
      (services) => (globalThis as unknown as { radio: PageRadio }).radio.open(services),
      this.#services,
    );
    return new PageCentral(this, number);
  }

  /** As a person: clicks, and takes the lock that came last, or none. Gives its id. */
  async choose(central: number, service: Uuid, { declines = false } = {}): Promise<string | undefined> {
    this.#declines = declines;
    const [page, chosen] = [this.page, this.#wanted];
    await page.evaluate(
      ([number, of]) => (globalThis as unknown as { radio: PageRadio }).radio.chooseAtClick(number, of),
      [central, service] as const,
    );
    await page.click('button');
    const told = await page.evaluate(() => (globalThis as unknown as { radio: PageRadio }).radio.chosen);
    const report = valueOf(told) as { peripheralId: string } | undefined;
    if (report !== undefined && chosen !== undefined) this.#byId.set(report.peripheralId, chosen);
    return report?.peripheralId;
  }

  async letGo(id: string): Promise<void> {
    await this.#byId.get(id)?.letGo();
  }
  dropLink(id: string): void {
    this.#byId.get(id)?.disconnect();
  }
  silence(id: string): void {
    const peripheral = this.#byId.get(id);
    if (peripheral !== undefined) peripheral.isSilent = true;
  }
  run(body: () => Promise<void>): Promise<void> {
    return body();
  }
  async close(): Promise<void> {
    await this.page.context().close();
    await this.#session.send('BluetoothEmulation.disable');
    await this.#session.detach();
  }
}

/** The page's Central, from here. */
export class PageCentral implements Central {
  readonly number: number;
  readonly #rig: BrowserRig;

  constructor(rig: BrowserRig, number: number) {
    this.#rig = rig;
    this.number = number;
  }

  async call<T>(name: keyof PageRadio, ...args: readonly unknown[]): Promise<T> {
    const told = await this.#rig.page.evaluate(
      ([of, given]) =>
        (
          (globalThis as unknown as { radio: Record<string, Call> }).radio[of] as unknown as (
            ...all: unknown[]
          ) => Promise<Told>
        ).apply((globalThis as unknown as { radio: PageRadio }).radio, given as unknown[]),
      [name, args] as const,
    );
    return valueOf(told) as T;
  }

  async scan({ serviceUuids, onReport }: ScanOptions): Promise<Scan> {
    const id = await this.#rig.choose(this.number, serviceUuids[0] ?? '');
    if (id !== undefined) onReport({ peripheralId: id, serviceUuids, rssi: 127, connectable: true });
    return { stop: async () => undefined };
  }

  async connect(peripheralId: string, options: ConnectOptions = {}): Promise<CentralLink> {
    const { signal: _, ...rest } = options;
    const link = await this.call<{ number: number; mtu: number; gattTable: GattTable }>(
      'connect',
      this.number,
      peripheralId,
      rest,
    );
    const { number, mtu, gattTable } = link;
    return {
      peripheralId,
      mtu,
      isMtuGuess: true,
      gattTable,
      closed: this.call<undefined>('closed', number).catch(() => undefined),
      read: async (of, ms) => Uint8Array.from(await this.call<number[]>('read', number, of, ms)),
      write: (of, value, ms) => this.call('write', number, of, [...value], ms),
      writeCommand: (of, value) => this.call('writeCommand', number, of, [...value]),
      subscribe: (of) => this.call('subscribe', number, of),
      disconnect: () => this.call('disconnect', number),
    };
  }

  close(): Promise<void> {
    return this.call('close', this.number);
  }
}

function valueOf({ value, error }: Told): unknown {
  if (error !== undefined) throw new RadioError(error.code as RadioErrorCode, error.message);
  return value;
}
