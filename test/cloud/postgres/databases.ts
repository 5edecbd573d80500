// Databases on the PostgreSQL server of this test project: each test has one of its own, which begins as a template
// in which a manager can sign in already. A database is some hundreds of files, so that those of tests that are over
// are put back to their beginning and used again.
import { Client } from 'pg';
import { inject, onTestFinished } from 'vitest';
import { atEndOfFile } from '../each-file.ts';
import { databaseUrl } from './server.ts';

/** What the global set-up of the project found or made. */
export interface PostgresForTests {
  /** To the server's own database: the others are made from there. */
  readonly url: string;
  /** Migrated, with the manager. */
  readonly template: string;
  /** Holds the keys that go with the template. */
  readonly folder: string;
  /** A server made for these tests takes its databases with it. */
  readonly isOurs: boolean;
}

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: PostgresForTests | { readonly missing: string } | undefined;
  }
}

/** Undefined in the projects that run on SQLite. */
export function postgresForTests(): PostgresForTests | undefined {
  const given = inject('postgres');
  return given === undefined || 'missing' in given ? undefined : given;
}

let admin: Promise<Client> | undefined;
let made = 0;
const names: string[] = [];
const free: TestDatabase[] = [];

/** The URL of a database that is this test's alone, as the template. */
export async function templateDatabase(server: PostgresForTests): Promise<string> {
  const database = free.pop() ?? (await TestDatabase.make(server));
  onTestFinished(async () => {
    await database.reset();
    free.push(database);
  });
  return database.url;
}

/** The URL of a new database with nothing in it. */
export const emptyDatabase = (
  server: PostgresForTests,
  encoding: 'UTF8' | 'LATIN1' = 'UTF8',
): Promise<string> => makeDatabase(server, 'template0', encoding);

async function makeDatabase(server: PostgresForTests, from: string, encoding = 'UTF8'): Promise<string> {
  admin ??= connect(server.url);
  const client = await admin;
  const name = `${server.template}_${process.pid}_${++made}`;
  names.push(name);
  // The server's own locale goes with its own encoding alone.
  const locale = encoding === 'UTF8' ? '' : "locale 'C'";
  await client.query(`create database ${name} template ${from} encoding '${encoding}' ${locale}`);
  return databaseUrl(server.url, name);
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  // A server that ends while nothing is asked of it is told by the next question.
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** Above so many rows a table is made anew: deleted rows stay in it, and would slow down the tests to come. */
const DELETED_MAX = 1_000;

class TestDatabase {
  readonly url: string;
  readonly #client: Client;
  readonly #tables: readonly string[];
  /** The rows of the template as JSON, table by table. */
  readonly #rows: readonly (readonly [string, string])[];

  private constructor(url: string, client: Client, tables: string[], rows: [string, string][]) {
    this.url = url;
    this.#client = client;
    this.#tables = tables;
    this.#rows = rows;
  }

  static async make(server: PostgresForTests): Promise<TestDatabase> {
    const url = await makeDatabase(server, server.template);
    const client = await connect(url);
    const found = await client.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'migrations'`,
    );
    const tables = found.rows.map(({ name }) => name);
    const rows: [string, string][] = [];
    for (const table of tables) {
      const kept = await client.query<{ rows: string | null }>(
        `select json_agg(t)::text as rows from "${table}" t`,
      );
      const text = kept.rows[0]?.rows ?? null;
      if (text !== null) rows.push([table, text]);
    }
    return new TestDatabase(url, client, tables, rows);
  }

  /** Whoever is still connected is sent away first: nothing of a test that is over writes into the next one. */
  async reset(): Promise<void> {
    const client = this.#client;
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    );
    await client.query('begin; set local session_replication_role = replica');
    const empty = this.#tables.map(
      (table) => `
        if exists (select 1 from "${table}" offset ${DELETED_MAX}) then truncate "${table}" cascade;
        else delete from "${table}"; end if;`,
    );
    await client.query(`do $$ begin ${empty.join('')} end $$`);
    for (const [table, rows] of this.#rows) {
      await client.query(
        `insert into "${table}" select * from json_populate_recordset(null::"${table}", $1)`,
        [rows],
      );
    }
    await client.query('commit');
  }

  end(): Promise<void> {
    return this.#client.end();
  }
}

atEndOfFile(async () => {
  if (admin === undefined) return;
  const client = await admin;
  admin = undefined;
  for (const database of free.splice(0)) await database.end();
  if (postgresForTests()?.isOurs === false) {
    for (const name of names.splice(0)) await client.query(`drop database if exists ${name} with (force)`);
  }
  await client.end();
});
