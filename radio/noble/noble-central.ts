// The Central port on the real noble. Its calls may wait for ever and its connections collide; here each has a
// deadline, connecting takes turns and pauses the scan, and a cancelled attempt is waited for to its end.
import { withDeadline } from '#protocol/ports/deadline.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import { deferred, type Deferred } from '#protocol/ports/deferred.ts';
import { handled } from '../hci/defect.ts';
import { Turns } from '../hci/turns.ts';
import { HCI_ERROR } from '../hci/events.ts';
import type { HciPacket } from '../hci/h4.ts';
import type { Central, CentralLink, ConnectOptions, Scan, ScanOptions } from '../ports/central.ts';
import { RadioError } from '../ports/errors.ts';
import { discoverTable, shortUuid } from './discovery.ts';
import { watchNoble } from './host-events.ts';
import type { ConnectParameters, Noble, NoblePeripheral } from './load.ts';
import { NobleLink } from './noble-link.ts';
import { reportOf, SeenDevices } from './seen-devices.ts';

const CONNECT_DEADLINE_MS = 10_000;
const SCAN_DEADLINE_MS = 2_000;
/** A controller ends a cancelled attempt at once. */
const CANCEL_DEADLINE_MS = 2_000;
/** noble's scanner keeps each address that it hears. */
const REPORTS_KEPT = 10_000;

/** 30 ms, and a supervision timeout of 4 s: noble's own 420 ms drop a link at the first shadow. */
const PARAMETERS: ConnectParameters = { minInterval: 24, maxInterval: 24, latency: 0, timeout: 400 };

const MALFORMED = 'the link was closed after a malformed answer';

interface ConnectionEnd {
  readonly status: number;
  readonly handle: number;
}

export interface NobleCentralParts {
  readonly noble: Noble;
  readonly clock: Clock;
  /** Drops what noble keeps of the devices it heard. */
  readonly forget: () => void;
  /** Drops what noble keeps of one that is let go. */
  readonly forgetDevice: (peripheralId: string) => void;
  /** Gives the socket back, once, at the end. */
  readonly release: () => void;
}

export class NobleCentral implements Central {
  readonly #clock: Clock;
  readonly #noble: Noble;
  readonly #forget: () => void;
  readonly #release: () => void;
  #reports = 0;
  readonly #seen: SeenDevices;
  #initiating: string | undefined;
  readonly #links = new Map<string, NobleLink>();
  readonly #connecting = new Turns();
  readonly #scanning = new Turns();
  #scan: ScanOptions | undefined;
  #paused = false;
  #scans = false;
  #connectionEnd: Deferred<ConnectionEnd> | undefined;
  #mtuExchanges = new Map<number, Deferred<void>>();
  /** By the handle of a link whose packets are longer than they begin. */
  readonly #packetBytes = new Map<number, number>();
  readonly #closing: Deferred<RadioError> = deferred();
  #closed: Promise<void> | undefined;
  #lost: RadioError | undefined;

  constructor({ noble, clock, forget, forgetDevice, release }: NobleCentralParts) {
    this.#noble = noble;
    this.#clock = clock;
    this.#forget = forget;
    this.#seen = new SeenDevices({
      isInUse: (id) => this.#links.has(id) || id === this.#initiating,
      onLetGo: forgetDevice,
    });
    this.#release = release;
    noble.on('discover', (peripheral: NoblePeripheral) => this.#onDiscover(peripheral));
  }

  /** Each packet from the controller, before noble sees it, and the ATT PDU that it completes. False hides it. */
  onPacket(packet: HciPacket, att: Buffer | undefined): boolean {
    let passes = true;
    watchNoble(packet, att, {
      connectionEnded: (status, handle) => {
        if (status === 0) this.#mtuExchanges.set(handle, deferred());
        this.#packetBytes.delete(handle);
        this.#connectionEnd?.resolve({ status, handle });
      },
      attError: (handle, error) => this.#linkOf(handle)?.onAttError(error),
      dataLengthChanged: (handle, octets) => this.#packetBytes.set(handle, octets),
      mtuExchanged: (handle) => this.#mtuExchanges.get(handle)?.resolve(),
      reported: () => {
        if (++this.#reports % REPORTS_KEPT === 0) this.#forget();
      },
      malformed: (handle) => {
        passes = false;
        this.#linkOf(handle)?.drop(new RadioError('LINK_LOST', MALFORMED));
      },
    });
    return passes;
  }

  async scan(options: ScanOptions): Promise<Scan> {
    this.#refuseClosed();
    if (this.#scan !== undefined) {
      throw new RadioError('SCAN_FAILED', 'a scan is on already', { next: 'Stop it before the next.' });
    }
    this.#scan = options;
    try {
      await this.#applyScan();
    } catch (error) {
      this.#scan = undefined;
      throw error;
    }
    return {
      stop: async () => {
        if (this.#scan !== options) return;
        this.#scan = undefined;
        await this.#applyScan();
      },
    };
  }

  async connect(peripheralId: string, options: ConnectOptions = {}): Promise<CentralLink> {
    this.#refuseClosed();
    const end = deferred<RadioError>();
    const { deadlineMs = CONNECT_DEADLINE_MS, signal } = options;
    const timer = this.#clock.after(deadlineMs, () =>
      end.resolve(new RadioError('CONNECT_TIMEOUT', `${peripheralId} was not met within ${deadlineMs} ms`)),
    );
    const onAbort = (): void => end.resolve(new RadioError('CONNECT_FAILED', 'the attempt was called off'));
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener('abort', onAbort);
    void this.#closing.promise.then((closed) => end.resolve(closed));
    // A turn that comes too late is taken all the same, and ends at once.
    const turn = this.#connecting.take(() => this.#initiate(peripheralId, end.promise));
    try {
      const link = await orEnd(turn, end.promise);
      return await this.#prepare(link, options, end.promise);
    } catch (error) {
      void turn.then((link) => link.disconnect()).catch(() => {});
      throw error;
    } finally {
      timer.cancel();
      signal?.removeEventListener('abort', onAbort);
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** The controller is gone: nothing can be asked of it any more. */
  lost(error: RadioError): void {
    this.#lost = error;
    this.#closing.resolve(error);
    this.#connectionEnd?.resolve({ status: HCI_ERROR.connectionTimeout, handle: 0 });
  }

  async #close(): Promise<void> {
    const closed = new RadioError('CLOSED', 'the radio was closed');
    this.#closing.resolve(closed);
    this.#scan = undefined;
    await this.#applyScan().catch(() => {});
    // An attempt under way ends first: it may still have brought up a link.
    await this.#connecting.take(async () => {});
    const links = [...this.#links.values()];
    for (const link of links) link.drop(closed);
    await Promise.all(links.map((link) => link.closed));
    this.#release();
  }

  /** From asking the controller to its answer; the answer to a cancel is waited for too. */
  async #initiate(peripheralId: string, ended: Promise<RadioError>): Promise<NobleLink> {
    const early = await Promise.race([ended, Promise.resolve(undefined)]);
    if (early !== undefined) throw early;
    const peripheral = this.#seen.get(peripheralId);
    if (peripheral === undefined) {
      const next = 'Scan until it is reported, then connect.';
      throw new RadioError('CONNECT_FAILED', `${peripheralId} was never seen by this radio`, { next });
    }
    if (this.#links.has(peripheralId)) {
      throw new RadioError('CONNECT_FAILED', `a link to ${peripheralId} is up already`);
    }
    const answer = deferred<ConnectionEnd>();
    this.#connectionEnd = answer;
    this.#initiating = peripheralId;
    this.#paused = true;
    try {
      await this.#applyScan().catch(() => {});
      peripheral.connect(PARAMETERS);
      const first = await Promise.race([answer.promise, ended]);
      if (!(first instanceof RadioError)) return this.#connected(peripheral, first);
      await this.#cancel(peripheral, answer.promise);
      throw first;
    } finally {
      this.#connectionEnd = undefined;
      this.#initiating = undefined;
      this.#paused = false;
      void this.#applyScan().catch(() => {});
    }
  }

  #connected(peripheral: NoblePeripheral, { status, handle }: ConnectionEnd): NobleLink {
    if (status !== 0) {
      const hex = `0x${status.toString(16).padStart(2, '0')}`;
      throw new RadioError('CONNECT_FAILED', `the controller answered ${hex} to connecting ${peripheral.id}`);
    }
    const link = new NobleLink(this.#noble, peripheral, handle, this.#clock, () =>
      this.#packetBytes.get(handle),
    );
    this.#links.set(peripheral.id, link);
    void link.closed.then(() => {
      this.#links.delete(peripheral.id);
      this.#mtuExchanges.delete(handle);
    });
    return link;
  }

  /** The link may have come up as the cancel was on its way: then it is dropped. */
  async #cancel(peripheral: NoblePeripheral, answer: Promise<ConnectionEnd>): Promise<void> {
    this.#noble.cancelConnect(peripheral.id);
    const late = new Error('no answer to the cancel');
    const end = await withDeadline(this.#clock, CANCEL_DEADLINE_MS, answer, () => late).catch(
      () => undefined,
    );
    if (end?.status !== 0) return;
    const link = this.#connected(peripheral, end);
    await link.disconnect();
  }

  /** The MTU exchange, which noble begins by itself, and the table: given, or discovered. */
  async #prepare(link: NobleLink, options: ConnectOptions, ended: Promise<RadioError>): Promise<NobleLink> {
    const lost = link.closed.then(
      () => new RadioError('LINK_LOST', `the link to ${link.peripheralId} was lost as it came up`),
    );
    try {
      await orEnd(orEnd(this.#mtuExchanges.get(link.handle)?.promise ?? Promise.resolve(), lost), ended);
      const peripheral = this.#seen.get(link.peripheralId);
      if (options.gattTable !== undefined) link.gattTable = options.gattTable;
      else if (peripheral !== undefined) {
        link.gattTable = await orEnd(discoverTable(link, peripheral, options.serviceUuids), ended);
      }
      return link;
    } catch (error) {
      link.drop(new RadioError('LINK_LOST', `the link to ${link.peripheralId} was not ready in time`));
      throw error;
    }
  }

  /** Brings noble's scan to what is wanted: on while there is one and nobody connects. */
  #applyScan(): Promise<void> {
    return this.#scanning.take(async () => {
      if (this.#lost !== undefined) throw this.#lost;
      const wanted = this.#scan !== undefined && !this.#paused;
      if (wanted === this.#scans) return;
      const answer = deferred();
      const event = wanted ? 'scanStart' : 'scanStop';
      const onAnswer = (): void => answer.resolve();
      this.#noble.once(event, onAnswer);
      try {
        if (wanted) this.#noble.startScanning((this.#scan?.serviceUuids ?? []).map(shortUuid), true);
        else this.#noble.stopScanning();
        this.#scans = wanted;
        await withDeadline(this.#clock, SCAN_DEADLINE_MS, answer.promise, () => {
          this.#scans = false;
          return new RadioError('SCAN_FAILED', `the controller did not answer within ${SCAN_DEADLINE_MS} ms`);
        });
      } finally {
        this.#noble.removeListener(event, onAnswer);
      }
    });
  }

  #onDiscover(peripheral: NoblePeripheral): void {
    this.#seen.hear(peripheral);
    const scan = this.#scan;
    if (scan === undefined) return;
    handled(() => scan.onReport(reportOf(peripheral)), undefined);
  }

  #linkOf(handle: number): NobleLink | undefined {
    for (const link of this.#links.values()) if (link.handle === handle) return link;
    return undefined;
  }

  #refuseClosed(): void {
    if (this.#closed !== undefined) throw new RadioError('CLOSED', 'the radio was closed');
    if (this.#lost !== undefined) throw this.#lost;
  }
}

/** What `work` gives, unless `end` comes first: that is thrown. */
async function orEnd<T>(work: Promise<T>, end: Promise<RadioError>): Promise<T> {
  work.catch(() => {});
  const first = await Promise.race([work, end]);
  if (first instanceof RadioError) throw first;
  return first;
}
