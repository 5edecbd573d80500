// What runs in the page: the Central of Web Bluetooth and the courier, reached by name from the test. Bundled for a browser.
import { decodeHex, encodeHex } from '#protocol/bytes.ts';
import { portableEngine } from '#protocol/crypto/portable-engine.ts';
import type { LockId } from '#protocol/ids.ts';
import { parsePackage } from '#protocol/table/package.ts';
import { deliver } from '#gateway/courier/delivery.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import type { Random } from '#protocol/ports/random.ts';
import { RadioError } from '#radio/ports/errors.ts';
import type { CentralLink, ConnectOptions } from '#radio/ports/central.ts';
import type { WebBluetooth } from '#radio/web-bluetooth/web-api.ts';
import { WebCentral } from '#radio/web-bluetooth/web-central.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';

/* eslint no-restricted-globals: 'off' -- a page's main: its clock is the browser's. */
const clock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};
const random: Random = seededRandom(crypto.getRandomValues(new Uint32Array(1))[0] ?? 0);

/** A browser's own, and what is asked of it here alone. */
type PageBluetooth = WebBluetooth & { getAvailability(): Promise<boolean> };
const { bluetooth } = (globalThis as unknown as { navigator: { bluetooth: PageBluetooth } }).navigator;

/** Until the emulated devices know of each link that this page let go of: one that is told late loses its next link. */
let ending: Promise<unknown> = Promise.resolve();

/**
 * To be told no sooner than the browser has let go itself: it has once it answers anything that was asked behind that. A device
 * that is gone before is not connected to again (measured: 3 of 220 on a busy machine).
 */
function hasEnded(id: string): Promise<unknown> {
  const told = bluetooth.getAvailability().then(() => test.ended(id));
  ending = Promise.all([ending, told]);
  return ending;
}

/** What the test answers for a cloud, in hex; undefined: nothing. */
export interface PageCloud {
  signTime(nonce: string): Promise<string | undefined>;
  takeLogBatch(batch: string): Promise<{ readonly ack: string; readonly next: number } | undefined>;
}

const test = globalThis as unknown as PageCloud & { ended(id: string): Promise<void> };
const NO_CLOUD = { withheld: 'NO_CLOUD' };

/** The emulation tells a peripheral of no disconnect: the page does. */
const watched: WebBluetooth = {
  async requestDevice(options) {
    const device = await bluetooth.requestDevice(options);
    device.addEventListener('gattserverdisconnected', () => void hasEnded(device.id));
    return device;
  },
};

/** Bytes in hex. */
export interface PageJob {
  readonly lockId: string;
  readonly advertisingKey: string;
  readonly package: string;
}

export interface Told {
  readonly value?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

/** Bytes travel as arrays of numbers, errors by their code. */
async function tell(work: () => Promise<unknown>): Promise<Told> {
  try {
    const value = await work();
    return { value: value instanceof Uint8Array ? [...value] : value };
  } catch (error) {
    if (!(error instanceof RadioError)) throw error;
    return { error: { code: error.code, message: error.message } };
  }
}

class PageRadio {
  readonly #centrals = new Map<number, WebCentral>();
  readonly #links = new Map<number, CentralLink>();
  #numbers = 0;

  open(services: readonly string[]): number {
    this.#centrals.set(++this.#numbers, new WebCentral({ bluetooth: watched, clock, services }));
    return this.#numbers;
  }

  /** At the click of the button: without a person's gesture a browser asks nothing. */
  chooseAtClick(central: number, service: string): void {
    const { document } = globalThis as unknown as {
      document: { querySelector(of: string): EventTarget | null };
    };
    const button = document.querySelector('button');
    const chosen = new Promise((resolve) => {
      button?.addEventListener('click', () => resolve(tell(() => this.#central(central).choose(service))), {
        once: true,
      });
    });
    this.chosen = chosen as Promise<Told>;
  }
  chosen: Promise<Told> = Promise.resolve({});

  connect(central: number, id: string, options: ConnectOptions): Promise<Told> {
    return tell(async () => {
      const link = await this.#connect(central, id, options);
      const number = ++this.#numbers;
      this.#links.set(number, link);
      return { number, mtu: link.mtu, gattTable: link.gattTable };
    });
  }

  read = (link: number, of: string, ms?: number): Promise<Told> => tell(() => this.#link(link).read(of, ms));
  write = (link: number, of: string, value: number[], ms?: number): Promise<Told> =>
    tell(() => this.#link(link).write(of, Uint8Array.from(value), ms));
  writeCommand = (link: number, of: string, value: number[]): Promise<Told> =>
    tell(() => this.#link(link).writeCommand(of, Uint8Array.from(value)));
  subscribe = (link: number, of: string): Promise<Told> =>
    tell(() => this.#link(link).subscribe(of, () => undefined));
  disconnect = (link: number): Promise<Told> =>
    tell(async () => {
      await this.#link(link).disconnect();
      await ending;
    });
  closed = (link: number): Promise<Told> => tell(() => this.#link(link).closed);
  close = (central: number): Promise<Told> => tell(() => this.#central(central).close());

  /** A whole delivery by the courier of this page; the receipt comes back in hex. */
  async deliver(central: number, id: string, job: PageJob): Promise<Told> {
    return tell(async () => {
      const progress: number[] = [];
      const bytes = (hex: string): Uint8Array => decodeHex(hex) ?? new Uint8Array(0);
      const lockId = bytes(job.lockId) as LockId;
      const delivery = {
        lockId,
        advertisingKey: bytes(job.advertisingKey),
        cloudNonce: random.bytes(16),
        package: parsePackage(portableEngine, bytes(job.package), lockId),
      };
      const outcome = await deliver({ engine: portableEngine, clock, random }, delivery, {
        connect: async (options) => {
          try {
            return await this.#connect(central, id, options);
          } catch (error) {
            // No event tells of an attempt that was given up, and the emulated device may have taken it.
            await hasEnded(id);
            throw error;
          }
        },
        keySetsAfter: async () => [],
        onProgress: ({ bytes }) => void progress.push(bytes),
        upkeep: {
          signTime: async (nonce) => {
            const signed = await test.signTime(encodeHex(nonce));
            return signed === undefined ? NO_CLOUD : { given: bytes(signed) };
          },
          takeLogBatch: async (batch) => {
            const taken = await test.takeLogBatch(encodeHex(batch));
            return taken === undefined ? NO_CLOUD : { given: { ack: bytes(taken.ack), next: taken.next } };
          },
        },
      });
      const receipt = 'receiptBytes' in outcome ? encodeHex(outcome.receiptBytes) : undefined;
      const { result, connections, framesSent, upkeep } = outcome;
      const detail =
        'detail' in outcome ? outcome.detail : 'error' in outcome ? outcome.error.message : undefined;
      return { result, connections, framesSent, receipt, steps: progress.length, upkeep, detail };
    });
  }

  async #connect(central: number, id: string, options: ConnectOptions): Promise<CentralLink> {
    await ending;
    return this.#central(central).connect(id, options);
  }

  #central(number: number): WebCentral {
    const central = this.#centrals.get(number);
    if (central === undefined) throw new Error(`no central ${number}`);
    return central;
  }
  #link(number: number): CentralLink {
    const link = this.#links.get(number);
    if (link === undefined) throw new Error(`no link ${number}`);
    return link;
  }
}

export type { PageRadio };
(globalThis as unknown as { radio: PageRadio }).radio = new PageRadio();
