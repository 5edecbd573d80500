// DOOR OS as the gateway needs it, as a port, and its client over HTTP. Every method throws CloudError.
import { liveRoutes } from '#protocol/api/live-routes.ts';
import { routes } from '#protocol/api/routes.ts';
import type { ActivationAnswer, ActivationStart, Deactivation } from '#protocol/api/activation.ts';
import type { Session } from '#protocol/api/accounts.ts';
import type { CourierDoor, Delivery, LogBatchResult, ReceiptResult } from '#protocol/api/door-sync.ts';
import type { Door } from '#protocol/api/property.ts';
import { decodeHex, encodeHex } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { LockId } from '#protocol/ids.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import { parsePackage, type Package } from '#protocol/table/package.ts';
import { WireError } from '#protocol/wire-error.ts';
import { callCloud, fetchCloud, parseReply, type CallOptions, type CloudAddress } from './cloud-call.ts';
import { CloudError } from './cloud-error.ts';
import * as limits from './cloud-limits.ts';
import type { PackageCache } from './package-cache.ts';

export interface Cloud {
  /** Tells one cloud from another. */
  readonly baseUrl: string;
  /** Doors that have locks, all pages. */
  courierDoors(options?: CallOptions): Promise<readonly CourierDoor[]>;
  /** Every door of the portfolio, with or without a lock; for managers. */
  doors(options?: CallOptions): Promise<readonly Door[]>;
  startDelivery(doorId: string, options?: CallOptions): Promise<Delivery>;
  /**
   * The newest package, checked against its digests; from the cache where the cloud says that it is the same. With `base`,
   * a table hash in hex, a delta from that table where one leads to the newest.
   */
  package(doorId: string, lockId: LockId, options?: PackageOptions): Promise<Package>;
  /** Signed key sets after that number, in order. */
  keySetsAfter(number: number, options?: CallOptions): Promise<readonly Uint8Array[]>;
  postReceipt(doorId: string, receipt: Uint8Array, options?: CallOptions): Promise<ReceiptResult>;
  /** A time statement for the door's lock over that nonce. */
  signTime(doorId: string, nonce: Uint8Array, options?: CallOptions): Promise<Uint8Array>;
  postLogBatch(doorId: string, batch: Uint8Array, options?: CallOptions): Promise<LogBatchResult>;
  startActivation(doorId: string, options?: ActivationOptions): Promise<ActivationStart>;
  finishActivation(
    activationId: string,
    statement: Uint8Array,
    label: string,
    options?: CallOptions,
  ): Promise<ActivationAnswer>;
  /** That the door's lock is to leave it; `isLost`: at once, whatever becomes of the lock. */
  askDeactivation(doorId: string, isLost: boolean, options?: CallOptions): Promise<Deactivation>;
  /** What the lock is to be given for that. */
  deactivation(doorId: string, options?: CallOptions): Promise<Deactivation>;
}

export interface PackageOptions extends CallOptions {
  readonly base?: string | undefined;
}

export interface ActivationOptions extends CallOptions {
  /** The ownership epoch that the lock is at. */
  readonly above?: number | undefined;
}

export interface CloudClientParts {
  readonly address: CloudAddress;
  readonly engine: CryptoEngine;
  readonly clock: Clock;
  readonly cache: PackageCache;
}

export class CloudClient implements Cloud {
  readonly #address: CloudAddress;
  readonly #engine: CryptoEngine;
  readonly #clock: Clock;
  readonly #cache: PackageCache;

  constructor(parts: CloudClientParts) {
    this.#address = parts.address;
    this.#engine = parts.engine;
    this.#clock = parts.clock;
    this.#cache = parts.cache;
  }

  get baseUrl(): string {
    return this.#address.baseUrl;
  }

  /** Who the token is, and the cloud's clock where the answer says it. */
  async session(options: CallOptions = {}): Promise<{ session: Session; dateMs: number | undefined }> {
    const reply = await fetchCloud(
      this.#address,
      this.#clock,
      routes.session,
      {},
      {},
      limits.JSON_ANSWER_MAX_BYTES,
      options,
    );
    return { session: parseReply(routes.session, reply), dateMs: reply.dateMs };
  }

  async courierDoors(options?: CallOptions): Promise<readonly CourierDoor[]> {
    const doors = await everyPage((after) =>
      callCloud(this.#address, this.#clock, routes.courierDoors, { query: { after } }, options),
    );
    this.#cache.keepOnly(doors.map(({ lockId }) => lockId));
    return doors;
  }

  async doors(options?: CallOptions): Promise<readonly Door[]> {
    const properties = await everyPage((after) =>
      callCloud(this.#address, this.#clock, routes.listProperties, { query: { after } }, options),
    );
    const doors: Door[] = [];
    for (const { id: propertyId } of properties) {
      const input = (after: string | undefined) => ({ params: { propertyId }, query: { after } });
      doors.push(
        ...(await everyPage((after) =>
          callCloud(this.#address, this.#clock, routes.listDoors, input(after), options),
        )),
      );
    }
    return doors;
  }

  startDelivery(doorId: string, options?: CallOptions): Promise<Delivery> {
    return callCloud(this.#address, this.#clock, routes.startDelivery, { params: { doorId } }, options);
  }

  async package(doorId: string, lockId: LockId, { base, ...options }: PackageOptions = {}): Promise<Package> {
    // A delta is made for one table of one lock and used once: only whole sets are kept.
    const cached = base === undefined ? this.#cache.get(lockId) : undefined;
    const reply = await fetchCloud(
      this.#address,
      this.#clock,
      routes.package,
      { params: { doorId }, query: { base } },
      cached === undefined ? {} : { 'if-none-match': cached.entityTag },
      limits.PACKAGE_MAX_BYTES,
      { deadlineMs: limits.PACKAGE_DEADLINE_MS, ...options },
    );
    if (reply.status === 304 && cached !== undefined) return cached.package;
    const bytes = parseReply(routes.package, reply);
    const fetched = this.#parsePackage(bytes, lockId);
    const isWhole = fetched.manifest.kind === 'full';
    if (isWhole && reply.entityTag !== undefined) this.#cache.put(lockId, reply.entityTag, bytes);
    return fetched;
  }

  async keySetsAfter(number: number, options?: CallOptions): Promise<readonly Uint8Array[]> {
    const query = { after: number };
    const { items } = await callCloud(this.#address, this.#clock, routes.keySets, { query }, options);
    return items.map(({ keySet }) => bytesOf(keySet));
  }

  postReceipt(doorId: string, receipt: Uint8Array, options?: CallOptions): Promise<ReceiptResult> {
    const body = { receipt: encodeHex(receipt) };
    return callCloud(this.#address, this.#clock, routes.postReceipt, { params: { doorId }, body }, options);
  }

  async signTime(doorId: string, nonce: Uint8Array, options?: CallOptions): Promise<Uint8Array> {
    const input = { params: { doorId }, body: { challenge: encodeHex(nonce) } };
    const { statement } = await callCloud(this.#address, this.#clock, liveRoutes.signTime, input, options);
    return bytesOf(statement);
  }

  postLogBatch(doorId: string, batch: Uint8Array, options?: CallOptions): Promise<LogBatchResult> {
    const input = { params: { doorId }, body: { batch: encodeHex(batch) } };
    return callCloud(this.#address, this.#clock, liveRoutes.postLogBatch, input, options);
  }

  startActivation(doorId: string, { above, ...options }: ActivationOptions = {}): Promise<ActivationStart> {
    const input = { params: { doorId }, query: { above } };
    return callCloud(this.#address, this.#clock, routes.startActivation, input, options);
  }

  finishActivation(
    activationId: string,
    statement: Uint8Array,
    label: string,
    options?: CallOptions,
  ): Promise<ActivationAnswer> {
    const body = { statement: encodeHex(statement), label };
    const input = { params: { activationId }, body };
    return callCloud(this.#address, this.#clock, routes.finishActivation, input, options);
  }

  askDeactivation(doorId: string, isLost: boolean, options?: CallOptions): Promise<Deactivation> {
    const input = { params: { doorId }, body: { isLost } };
    return callCloud(this.#address, this.#clock, routes.askDeactivation, input, options);
  }

  deactivation(doorId: string, options?: CallOptions): Promise<Deactivation> {
    return callCloud(this.#address, this.#clock, routes.deactivation, { params: { doorId } }, options);
  }

  #parsePackage(bytes: Uint8Array, lockId: LockId): Package {
    try {
      return parsePackage(this.#engine, bytes, lockId);
    } catch (cause) {
      if (!(cause instanceof WireError)) throw cause;
      throw new CloudError('CLOUD_RUBBISH', `The package that the cloud sent is damaged: ${cause.message}.`, {
        cause,
        next: 'Try again; if it stays, look at the log of the cloud.',
      });
    }
  }
}

/** Bytes that the cloud spells in hex. Throws CLOUD_RUBBISH. */
export function bytesOf(hex: string): Uint8Array {
  const bytes = decodeHex(hex);
  if (bytes === undefined) {
    throw new CloudError('CLOUD_RUBBISH', 'The cloud sent bytes that are not spelled in hex.');
  }
  return bytes;
}

/** All items of a paged list. Throws CLOUD_RUBBISH where it does not end. */
export async function everyPage<T>(
  page: (after: string | undefined) => Promise<{ items: T[]; next: string | null }>,
): Promise<T[]> {
  const items: T[] = [];
  let after: string | undefined;
  for (let pages = 0; pages < limits.PAGES_MAX; pages++) {
    const { items: more, next } = await page(after);
    items.push(...more);
    if (next === null) return items;
    after = next;
  }
  throw new CloudError('CLOUD_RUBBISH', `A list of the cloud has more than ${limits.PAGES_MAX} pages.`);
}
