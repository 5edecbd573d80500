// Imports as they are carried out: in each process a runner that takes one at a time and does it in short transactions,
// each of which writes down how far it came. So a crash, a restart or another process repeats no row and leaves none
// out; and the rights are those that the manager has at each batch.
import type { Timer } from '#protocol/ports/clock.ts';
import type { Principal } from '../accounts/tokens.ts';
import type { Schema } from '../db/schema.ts';
import type { Asking, Desk } from '../desk.ts';
import { Refusal } from '../domain/refusal.ts';
import { propertyOf } from '../domain/rights/tenancy.ts';
import type { Work } from '../domain/work.ts';
import { count } from './counted.ts';
import { fileContext, fileEntries, type Entry, type ImportDefaults } from './file-rows.ts';
import { importBatch } from './import-batch.ts';
import { endOf, noteImport, progressOf, type Progress } from './uploads.ts';
import { errorText } from '../error-text.ts';

export const IMPORT_BATCH_ROWS = 200;
/** How long an import stays with a process that says nothing any more. */
export const IMPORT_CLAIM_S = 30;
const POLL_MS = 5_000;
/** Failures in a row that are no refusal, before an import is given up. */
const FAILURES_MAX = 5;

type Upload = Schema['imports'] & { readonly portfolio_id: string };

export class ImportRunner {
  readonly #desk: Desk;
  readonly #unsubscribe: () => void;
  #poll: Timer | undefined;
  #running: Promise<void> | undefined;
  #isWanted = false;
  #isStopped = false;
  readonly #failures = new Map<string, number>();

  constructor(desk: Desk) {
    this.#desk = desk;
    this.#unsubscribe = desk.parts.feed.subscribe('now', (news) => {
      if (news.type !== 'rows' || news.rows.some(({ kind }) => kind === 'imports')) this.wake();
    });
    this.#schedule();
    this.wake();
  }

  /** There may be an import to do. Cheap, and harmless where there is none. */
  wake(): void {
    if (this.#isStopped) return;
    this.#isWanted = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Ends after the batch that is being done; another process, or the next start, goes on. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#unsubscribe();
    this.#poll?.cancel();
    await this.#running;
  }

  #schedule(): void {
    if (this.#isStopped) return;
    this.#poll = this.#desk.parts.clock.after(POLL_MS, () => {
      this.wake();
      this.#schedule();
    });
  }

  async #run(): Promise<void> {
    const { log } = this.#desk.parts;
    while (this.#isWanted && !this.#isStopped) {
      this.#isWanted = false;
      try {
        const upload = await this.#claim();
        if (upload === undefined) continue;
        await this.#carryOut(upload);
        this.#isWanted = true;
      } catch (error) {
        // The claim runs out, and then it is tried again.
        log.error('import.failed', { error: errorText(error) });
      }
    }
  }

  /** The oldest that no living process has. */
  #claim(): Promise<Upload | undefined> {
    const nowS = this.#desk.nowS();
    return this.#desk.parts.store.write(async (trx) => {
      const upload = await trx
        .selectFrom('imports')
        .innerJoin('properties', 'properties.id', 'imports.property_id')
        .selectAll('imports')
        .select('properties.portfolio_id')
        .where('imports.state', '=', 'running')
        .where((eb) =>
          eb.or([eb('imports.claimed_until_s', 'is', null), eb('imports.claimed_until_s', '<=', nowS)]),
        )
        .orderBy('imports.created_at_s')
        .orderBy('imports.id')
        .limit(1)
        .executeTakeFirst();
      if (upload === undefined) return undefined;
      await trx
        .updateTable('imports')
        .set({ claimed_until_s: nowS + IMPORT_CLAIM_S })
        .where('id', '=', upload.id)
        .execute();
      return upload;
    });
  }

  async #carryOut(upload: Upload): Promise<void> {
    const asking = askingOf(upload);
    const defaults = JSON.parse(upload.wish ?? '{}') as ImportDefaults;
    try {
      const context = await this.#desk.read(asking, async (work) => {
        const { zone } = await propertyOf(work, upload.property_id);
        return fileContext(work, upload.property_id, zone);
      });
      const entries = await fileEntries(upload.bytes, context, defaults.keyIds, () => this.#pause());
      while (!this.#isStopped && (await this.#batch(asking, upload, entries, defaults))) await this.#pause();
      this.#failures.delete(upload.id);
    } catch (error) {
      const failures = (this.#failures.get(upload.id) ?? 0) + 1;
      this.#failures.set(upload.id, failures);
      if (!(error instanceof Refusal) && failures < FAILURES_MAX) throw error;
      await this.#giveUp(upload, error instanceof Refusal ? error.message : 'Something failed here.');
    }
    if (this.#isStopped) await this.#release(upload);
  }

  /** False where nothing is left to do, or the import is not running any more. */
  #batch(
    asking: Asking,
    upload: Upload,
    entries: readonly Entry[],
    defaults: ImportDefaults,
  ): Promise<boolean> {
    return this.#desk.write(asking, async (work) => {
      await propertyOf(work, upload.property_id);
      const now = await work.trx
        .selectFrom('imports')
        .select(['state', 'rows_done', 'progress'])
        .where('id', '=', upload.id)
        .executeTakeFirst();
      if (now?.state !== 'running') return false;
      const some = entries.slice(now.rows_done, now.rows_done + IMPORT_BATCH_ROWS);
      const progress = progressOf(now);
      for (const outcome of await importBatch(work, upload.property_id, some, defaults)) {
        count(progress, outcome);
      }
      const rowsDone = now.rows_done + some.length;
      const isDone = rowsDone >= entries.length;
      await work.trx
        .updateTable('imports')
        .set({
          rows_done: rowsDone,
          progress: JSON.stringify(withDoors(progress, work)),
          claimed_until_s: work.nowS + IMPORT_CLAIM_S,
          ...(isDone ? endOf(work.nowS, 'done', null) : {}),
        })
        .where('id', '=', upload.id)
        .execute();
      noteImport(work, upload);
      return !isDone;
    });
  }

  /** What is done stays. */
  async #giveUp(upload: Upload, failure: string): Promise<void> {
    await this.#desk.writeOwn(upload.portfolio_id, async (work) => {
      await work.trx
        .updateTable('imports')
        .set(endOf(work.nowS, 'failed', failure))
        .where('id', '=', upload.id)
        .where('state', '=', 'running')
        .execute();
      noteImport(work, upload);
    });
    this.#failures.delete(upload.id);
  }

  async #release({ id }: Upload): Promise<void> {
    await this.#desk.parts.store.write((trx) =>
      trx.updateTable('imports').set({ claimed_until_s: null }).where('id', '=', id).execute(),
    );
  }

  /** A turn of the event loop, for whoever else waits for one. */
  #pause(): Promise<void> {
    return new Promise((resolve) => this.#desk.parts.clock.after(0, resolve));
  }
}

const withDoors = (progress: Progress, work: Work): Progress => ({
  ...progress,
  doorIds: [...new Set([...progress.doorIds, ...work.changes.doorIds()])],
});

/** Whoever confirmed it, with the rights of the moment. */
function askingOf(upload: Upload): Asking {
  const caller: Principal = {
    tokenId: '',
    kind: 'bearer',
    accountId: upload.account_id,
    portfolioId: upload.portfolio_id,
    doorId: null,
    scopes: ['manager'],
    expiresAtS: upload.expires_at_s,
    lastUsedAtS: null,
    csrfToken: null,
  };
  return { caller, permission: 'people' };
}
