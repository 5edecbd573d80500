// Before the cloud's tests run on PostgreSQL: the server that DATABASE_URL names, or one of their own, and on it the
// template of their databases. Where there is none, CI fails and a person is told what to install.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import { databaseUrl, startPostgres } from './server.ts';

const TEMPLATE = fileURLToPath(new URL('template-process.ts', import.meta.url));
const inCi = !['', '0', 'false', undefined].includes(process.env['CI']);

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['DATABASE_URL'];
  const isOurs = given === undefined || given === '';
  const server = isOurs ? await startPostgres() : { url: given, stop: () => Promise.resolve() };
  if ('missing' in server) {
    if (inCi) throw new Error(server.missing);
    project.provide('postgres', server);
    return () => Promise.resolve();
  }
  const folder = mkdtempSync(join(tmpdir(), 'doorlab-cloud-template-'));
  const template = `doorlab_test_${process.pid}_${Date.now()}`;
  const admin = new Client({ connectionString: server.url });
  admin.on('error', () => {});
  await admin.connect();
  await admin.query(`create database ${template} template template0 encoding 'UTF8'`);
  await fill(databaseUrl(server.url, template), folder);
  project.provide('postgres', { url: server.url, template, folder, isOurs });
  return async () => {
    rmSync(folder, { recursive: true, force: true });
    if (!isOurs) await admin.query(`drop database if exists ${template} with (force)`);
    await admin.end();
    await server.stop();
  };
}

/** In a process of its own: this one resolves no imports of the floors. */
async function fill(url: string, folder: string): Promise<void> {
  await promisify(execFile)(process.execPath, ['--conditions=source', '--import', 'tsx', TEMPLATE, folder], {
    env: { ...process.env, DATABASE_URL: url },
  });
}
