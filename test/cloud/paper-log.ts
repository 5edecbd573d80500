// The event log of a lock on paper: rows that are chained, signed and sealed as a lock must, and can be lost, torn or
// told anew as no honest lock would.
import { encodeHex } from '#protocol/bytes.ts';
import type { Hash } from '#protocol/ids.ts';
import { encodeEvent, type LockEvent } from '#protocol/log/event-fields.ts';
import { EVENT_TYPES } from '#protocol/log/event-types.ts';
import { nextChain, NO_LOG, type LogEntry, type LogRow } from '#protocol/log/row.ts';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import { systemRandom as random } from '#protocol/node/system-random.ts';
import type { Signer } from '#protocol/signed/cose.ts';
import { signLogBatch } from '#protocol/signed/log-batch.ts';
import type { Client } from './cloud-fixture.ts';
import type { PaperLock } from './paper-lock.ts';

export interface WrittenWhen {
  readonly atS?: number;
  readonly boot?: number;
  readonly trust?: LogEntry['clockTrust'];
  /** Of the table that decided. */
  readonly tableVersion?: number;
}

export class PaperLog {
  readonly lock: PaperLock;
  rows: LogRow[] = [];
  #next = 1;
  #chain: Uint8Array = NO_LOG.chain;
  nowS: number;

  constructor(lock: PaperLock, nowS: number) {
    this.lock = lock;
    this.nowS = nowS;
  }

  write(event: LockEvent, when: WrittenWhen = {}): LogRow {
    return this.writeRaw(EVENT_TYPES[event.type], encodeEvent(event), when);
  }

  writeRaw(typeNumber: number, data: Uint8Array, { atS, boot = 1, trust = 'trusted' }: WrittenWhen = {}) {
    const entry: LogEntry = {
      typeNumber,
      bootCount: boot,
      timeS: atS ?? this.nowS,
      clockTrust: trust,
      data,
    };
    const sequence = this.#next++;
    const chain: Hash = nextChain(engine, this.#chain, sequence, entry);
    this.#chain = chain;
    const row: LogRow = { ...entry, sequence, chain };
    this.rows.push(row);
    return row;
  }

  opened(
    credentialId: number,
    when: WrittenWhen = {},
    credential: 'doorcode' | 'daily' = 'doorcode',
  ): LogRow {
    const { tableVersion = 1 } = when;
    return this.write({ type: 'opened', reason: 'OPENED', credential, credentialId, tableVersion }, when);
  }

  /** Numbers pass without a row: what a full log or a lie looks like. */
  skip(count: number): void {
    this.#next += count;
  }

  lose(from: number, to: number): void {
    this.rows = this.rows.filter(({ sequence }) => sequence < from || sequence > to);
  }

  batch(
    options: { from?: number; to?: number; logKey?: Uint8Array; keySetNumber?: number; signer?: Signer } = {},
  ): string {
    const { from = this.rows[0]?.sequence ?? this.#next, to = Infinity } = options;
    const keySet = this.lock.keySet!;
    const rows = this.rows.filter(({ sequence }) => sequence >= from && sequence <= to);
    const isLast = (rows.at(-1)?.sequence ?? from - 1) >= (this.rows.at(-1)?.sequence ?? 0);
    const sealing = {
      lockId: this.lock.lockId,
      keySetNumber: options.keySetNumber ?? keySet.number,
      logKey: options.logKey ?? keySet.logKey,
      ephemeralSecret: random.bytes(32),
    };
    return encodeHex(
      signLogBatch(engine, options.signer ?? this.lock.identity, sealing, { from, isLast, rows }),
    );
  }
}

export const postLog = (client: Client, doorId: string, batch: string) =>
  client.call('postLogBatch', { params: { doorId }, body: { batch } });
