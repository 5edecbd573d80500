// Connections to PostgreSQL for Kysely: a bounded pool, a deadline on every wait, and transactions that either
// read one snapshot or are the only ones to write. A connection that broke is never used again.
import { DatabaseError, Pool, type PoolClient, type PoolConfig, type QueryConfig } from 'pg';
import { CompiledQuery, type DatabaseConnection, type Driver, type QueryResult } from 'kysely';
import type { TransactionSettings } from 'kysely';
import { invariant } from '#protocol/errors.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import { withDeadline } from '#protocol/ports/deadline.ts';
import { DatabaseUnavailableError } from '../database-error.ts';
import { isConnectionLoss } from './postgres-errors.ts';
import { postgresTypes } from './postgres-types.ts';

/** For each process; one of them writes at a time. */
const CONNECTIONS_MAX = 8;
const CONNECT_DEADLINE_MS = 5_000;
/** How long a writer waits for those of other processes. */
export const WRITE_LOCK_DEADLINE_MS = 30_000;
/** Below the minute that a request has. */
const STATEMENT_DEADLINE_MS = 50_000;
/** A migration may have to rewrite a table. */
export const MIGRATION_STATEMENT_DEADLINE_MS = 600_000;
/** The server ends a statement itself; this is for one that has stopped answering. */
const ANSWER_MARGIN_MS = 5_000;
/** A process that stopped within its transaction must not stop the others. */
const IDLE_IN_TRANSACTION_MS = 20_000;
const KEEP_ALIVE_AFTER_MS = 10_000;
const CLOSE_DEADLINE_MS = 5_000;
/** "door" in ASCII: the lock that every writing transaction holds (docs/adr). */
const WRITE_LOCK = 0x64_6f_6f_72;

const BEGIN_READING = 'begin isolation level repeatable read read only';
const BEGIN_WRITING = `begin isolation level read committed; select pg_advisory_xact_lock(${WRITE_LOCK})`;

export const connectionOptions = (url: string) =>
  ({
    connectionString: url,
    application_name: 'doorlab',
    connectionTimeoutMillis: CONNECT_DEADLINE_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    types: postgresTypes,
  }) satisfies PoolConfig;

export class PostgresDriver implements Driver {
  readonly #url: string;
  readonly #clock: Clock;
  #pool: Pool | undefined;

  constructor(url: string, clock: Clock) {
    this.#url = url;
    this.#clock = clock;
  }

  async init(): Promise<void> {
    this.#pool = new Pool({
      ...connectionOptions(this.#url),
      max: CONNECTIONS_MAX,
      statement_timeout: STATEMENT_DEADLINE_MS,
      lock_timeout: WRITE_LOCK_DEADLINE_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    });
    // An idle connection that breaks leaves the pool by itself; the next request makes another.
    this.#pool.on('error', () => {});
  }

  async acquireConnection(): Promise<PostgresConnection> {
    return new PostgresConnection(await this.#connect());
  }

  async #connect(): Promise<PoolClient> {
    if (this.#pool === undefined) throw new Error('the database is closed');
    return await this.#pool.connect();
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    own(connection).release();
  }

  async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    const begin = settings.accessMode === 'read only' ? BEGIN_READING : BEGIN_WRITING;
    // After a restart of the server each connection that lay idle may be dead, and says so at the first word.
    for (let left = CONNECTIONS_MAX; ; left--) {
      try {
        await run(connection, begin);
        return;
      } catch (error) {
        if (left === 0 || !isConnectionLoss(error)) throw error;
      }
      await own(connection).replace(() => this.#connect());
    }
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await own(connection).commit();
  }

  /** What can't be told to roll back is closed, and the server rolls back by itself. */
  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await run(connection, 'rollback');
    } catch {
      own(connection).breakOff();
    }
  }

  async destroy(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    if (pool === undefined) return;
    // A server that has stopped answering does not hold up the end.
    await withDeadline(this.#clock, CLOSE_DEADLINE_MS, pool.end(), () => new Error('late')).catch(() => {});
  }
}

const run = (connection: DatabaseConnection, text: string) =>
  connection.executeQuery(CompiledQuery.raw(text));

function own(connection: DatabaseConnection): PostgresConnection {
  invariant(connection instanceof PostgresConnection, 'Kysely hands back what acquireConnection gave');
  return connection;
}

class PostgresConnection implements DatabaseConnection {
  /** Undefined once it went back to the pool. */
  #client: PoolClient | undefined;
  #isBroken = false;

  constructor(client: PoolClient) {
    this.#client = client;
    client.on('error', this.#onError);
  }

  readonly #onError = (): void => {
    this.#isBroken = true;
  };

  async executeQuery<R>({ sql, parameters, query }: CompiledQuery): Promise<QueryResult<R>> {
    const deadlineMs = /^(Create|Alter|Drop)/.test(query.kind)
      ? MIGRATION_STATEMENT_DEADLINE_MS
      : STATEMENT_DEADLINE_MS;
    const { rows, rowCount, command } = await this.#query<R>(sql, parameters, deadlineMs);
    if (command !== 'INSERT' && command !== 'UPDATE' && command !== 'DELETE') return { rows };
    return { rows, numAffectedRows: BigInt(rowCount ?? 0) };
  }

  async #query<R>(text: string, parameters: readonly unknown[], deadlineMs: number) {
    const config: QueryConfig & { query_timeout: number } = {
      text,
      values: [...parameters],
      query_timeout: deadlineMs + ANSWER_MARGIN_MS,
    };
    invariant(this.#client, 'a connection that is held');
    try {
      return await this.#client.query<R & object>(config);
    } catch (error) {
      // Only an answer of the server shows that it is ready for the next statement.
      if (!(error instanceof DatabaseError) || isConnectionLoss(error)) this.#isBroken = true;
      throw error;
    }
  }

  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('rows are not streamed: lists come in pages');
  }

  async commit(): Promise<void> {
    try {
      const { command } = await this.#query('commit', [], STATEMENT_DEADLINE_MS);
      // A transaction in which a statement failed answers so, without an error.
      if (command !== 'COMMIT') throw new Error('the transaction was rolled back: a statement in it failed');
    } catch (error) {
      if (!isConnectionLoss(error)) throw error;
      throw new DatabaseUnavailableError('the database stopped answering while it wrote', {
        cause: error,
        mayBeMade: true,
      });
    }
  }

  breakOff(): void {
    this.#isBroken = true;
  }

  /** Where no other one can be had nothing is held afterwards. */
  async replace(connect: () => Promise<PoolClient>): Promise<void> {
    this.breakOff();
    this.release();
    this.#client = await connect();
    this.#client.on('error', this.#onError);
    this.#isBroken = false;
  }

  release(): void {
    const client = this.#client;
    this.#client = undefined;
    client?.release(this.#isBroken);
    client?.off('error', this.#onError);
  }
}
