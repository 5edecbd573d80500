// Databases on the PostgreSQL server of this test project: one for each test, copied from a template in which a
// manager can sign in already.
import { Client } from 'pg';
import { afterAll, inject } from 'vitest';
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

/** The URL of a new database: a copy of the template, or an empty one. */
export async function makeDatabase(server: PostgresForTests, from: 'template' | 'empty'): Promise<string> {
  admin ??= connect(server.url);
  const name = `${server.template}_${process.pid}_${++made}`;
  names.push(name);
  const client = await admin;
  await client.query(
    `create database ${name} template ${from === 'template' ? server.template : 'template0'}`,
  );
  return databaseUrl(server.url, name);
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client;
}

afterAll(async () => {
  if (admin === undefined) return;
  const client = await admin;
  admin = undefined;
  // A drop waits for a checkpoint, half a second each: the server that goes anyway is spared them.
  if (postgresForTests()?.isOurs === false) {
    for (const name of names) await client.query(`drop database if exists ${name} with (force)`);
  }
  names.length = 0;
  await client.end();
});
