// Instruments: what a lock that runs in another process is and holds.
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { portableEngine } from '#protocol/crypto/portable-engine.ts';
import { askLock } from '#lock-sim/control/client.ts';
import { ControlError } from '#lock-sim/control/control-error.ts';
import type { Dump, ReplyTo } from '#lock-sim/control/replies.ts';
import { dumpFlash } from '#lock-sim/flash-dump.ts';
import { isLockFolder, openLockFolder } from '#lock-sim/lock-folder.ts';
import type { Context } from './context.ts';
import { lockFolder, locksFolder } from './data-folders.ts';
import type { JsonObject, Outcome } from './output.ts';
import { ask } from './running-lock.ts';

export interface DumpOptions {
  readonly out?: string;
  readonly sectors?: true;
}

type Report = ReplyTo<'report'>['report'];

export async function listLocks(context: Context): Promise<Outcome> {
  const { config, clock, output } = context;
  const names = lockNames(config);
  if (names.length === 0)
    return { text: `No locks in ${locksFolder(config)} yet: doorlab lock run NAME makes one.` };
  for (const name of names) {
    const report = await reportOrOff(lockFolder(config, name), clock);
    const state = report === undefined ? 'off' : summaryOf(report);
    output.data('lock', { name, running: report !== undefined, ...asJson(report) }, `${name}  ${state}`);
  }
  return { result: { locks: names.length } };
}

/** Of the data folder, running or not. */
export function lockNames(config: Context['config']): string[] {
  const folder = locksFolder(config);
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  return names.filter((name) => isLockFolder(lockFolder(config, name)));
}

/** Undefined where it does not run. */
export async function reportOrOff(folder: string, clock: Context['clock']): Promise<Report | undefined> {
  try {
    return (await askLock(folder, { do: 'report' }, clock)).report;
  } catch (error) {
    if (error instanceof ControlError) return undefined;
    throw error;
  }
}

export async function showLock(context: Context, name: string): Promise<Outcome> {
  const { report } = await ask(context, name, { do: 'report' });
  const lines = Object.entries(report)
    .filter(([, value]) => value !== undefined)
    .map(
      ([field, value]) =>
        `${field.padEnd(22)}${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
    );
  return { result: { name, ...asJson(report) }, text: lines.join('\n') };
}

export async function dumpLock(context: Context, name: string, options: DumpOptions): Promise<Outcome> {
  const { cwd, output } = context;
  const dump = await dumpOf(context, name);
  const image = Buffer.from(dump.image, 'base64');
  for (const region of dump.regions) {
    const { name: title, firstSector, sectors, writtenSectors, erases } = region;
    const text = `${title.padEnd(18)} sectors ${firstSector}-${firstSector + sectors - 1}, ${writtenSectors} written, ${erases} erases`;
    output.data('region', { ...region }, text);
    for (const sector of options.sectors === true ? dump.sectors : []) {
      if (sector.region !== title) continue;
      const line = `  ${String(sector.sector).padStart(5)}  ${sector.state.padEnd(8)}  ${sector.erases} erases`;
      output.data('sector', { ...sector }, line);
    }
  }
  if (options.out !== undefined) await writeFile(resolve(cwd, options.out), image);
  const { sectorBytes, pageBytes } = dump;
  return {
    result: { sectorBytes, pageBytes, bytes: image.length, file: options.out },
    text: `${image.length} bytes in sectors of ${sectorBytes} and pages of ${pageBytes}${options.out === undefined ? '' : `, written to ${options.out}`}`,
  };
}

/** By itself where it runs; from its folder where nobody runs it. */
async function dumpOf(context: Context, name: string): Promise<Dump> {
  try {
    return (await ask(context, name, { do: 'dump' })).dump;
  } catch (error) {
    if (!(error instanceof ControlError) || error.code !== 'LOCK_NOT_RUNNING') throw error;
  }
  const { clock, config, random } = context;
  const folder = openLockFolder({ path: lockFolder(config, name), engine: portableEngine, clock, random });
  try {
    return dumpFlash(folder.flash, folder.layout);
  } finally {
    folder.close();
  }
}

function summaryOf(report: Report): string {
  if (!report.powered) return 'dark (no power)';
  if (report.activated !== true) return 'running, not activated';
  return `running, table ${report.version ?? report.tableState ?? 'none'}, battery ${report.batteryPercent} %`;
}

const asJson = (report: Report | undefined): JsonObject => ({ ...report });
