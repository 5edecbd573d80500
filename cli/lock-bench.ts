// Hands and instruments: what the lock commands do to a lock that runs in another process.
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { askLock } from '#lock-sim/control/client.ts';
import { ControlError } from '#lock-sim/control/server.ts';
import { isLockFolder } from '#lock-sim/lock-folder.ts';
import type { ControlRequest } from '#lock-sim/control/messages.ts';
import type { LockReport } from '#lock-sim/lock-report.ts';
import type { Context } from './context.ts';
import { lockFolder, locksFolder } from './data-folders.ts';
import { CliError } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import type { JsonObject, Outcome } from './output.ts';

export interface PressOptions {
  readonly button?: true;
}

export interface DumpOptions {
  readonly out?: string;
}

export interface FaultOptions {
  readonly atFlashOp?: string;
  readonly torn?: string;
  readonly rebootAfter?: string;
}

export async function listLocks({ config, clock, output }: Context): Promise<Outcome> {
  const folder = locksFolder(config);
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  const locks = names.filter((name) => isLockFolder(lockFolder(config, name)));
  if (locks.length === 0) return { text: `No locks in ${folder} yet: doorlab lock run NAME makes one.` };
  for (const name of locks) {
    const report = await reportOrOff(lockFolder(config, name), clock);
    const state = report === undefined ? 'off' : summaryOf(report);
    output.data('lock', { name, running: report !== undefined, ...asJson(report) }, `${name}  ${state}`);
  }
  return { result: { locks: locks.length } };
}

export async function showLock(context: Context, name: string): Promise<Outcome> {
  const { report } = await askLock(existing(context, name), { do: 'report' }, context.clock);
  const lines = Object.entries(report)
    .filter(([, value]) => value !== undefined)
    .map(
      ([field, value]) =>
        `${field.padEnd(22)}${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
    );
  return { result: { name, ...asJson(report) }, text: lines.join('\n') };
}

export async function pressLock(
  context: Context,
  name: string,
  digits: string,
  options: PressOptions,
): Promise<Outcome> {
  const folder = existing(context, name);
  if (options.button === true) {
    if (digits !== '') throw new CliError('USAGE', 'Either digits or --button.');
    await askLock(folder, { do: 'button' }, context.clock);
    return { text: `The button of ${name} was pressed: it can be activated for a minute.` };
  }
  if (!/^[0-9]{1,16}$/.test(digits)) {
    throw new CliError('USAGE', 'The keypad has the digits 0 to 9.', {
      next: 'Example: doorlab lock press NAME 1234567',
    });
  }
  const { pressed } = await askLock(folder, { do: 'press', digits }, context.clock);
  const opened = pressed.outcome === 'open';
  return {
    exit: opened ? EXIT.done : EXIT.refused,
    result: { ...pressed },
    text: `${opened ? 'Opened' : `Refused (${pressed.reason})`}: ${pressed.sentence}`,
  };
}

export async function faultLock(
  context: Context,
  name: string,
  kind: string,
  options: FaultOptions,
): Promise<Outcome> {
  const folder = existing(context, name);
  await askLock(folder, faultRequest(kind, options), context.clock);
  return {
    text: `${name}: ${kind}${options.atFlashOp === undefined ? '' : ` before flash operation ${options.atFlashOp} from now`}.`,
  };
}

function faultRequest(kind: string, options: FaultOptions): ControlRequest {
  if (kind === 'power-on') return { do: 'restore-power' };
  if (kind !== 'power-cut')
    throw new CliError('USAGE', `"${kind}" is no fault.`, { next: 'Use power-cut or power-on.' });
  return {
    do: 'cut-power',
    atOperation: countOf('--at-flash-op', options.atFlashOp),
    tornAfterBytes: countOf('--torn', options.torn),
    restoreAfterMs: countOf('--reboot-after', options.rebootAfter),
  };
}

export async function dumpLock(context: Context, name: string, options: DumpOptions): Promise<Outcome> {
  const { dump } = await askLock(existing(context, name), { do: 'dump' }, context.clock);
  const image = Buffer.from(dump.image, 'base64');
  for (const region of dump.regions) {
    const { name: title, firstSector, sectors, writtenSectors, erases } = region;
    const text = `${title.padEnd(18)} sectors ${firstSector}-${firstSector + sectors - 1}, ${writtenSectors} written, ${erases} erases`;
    context.output.data('region', { ...region }, text);
  }
  if (options.out !== undefined) await writeFile(resolve(context.cwd, options.out), image);
  const { sectorBytes, pageBytes } = dump;
  return {
    result: { sectorBytes, pageBytes, bytes: image.length, file: options.out },
    text: `${image.length} bytes in sectors of ${sectorBytes} and pages of ${pageBytes}${options.out === undefined ? '' : `, written to ${options.out}`}`,
  };
}

function existing({ config }: Context, name: string): string {
  const folder = lockFolder(config, name);
  if (isLockFolder(folder)) return folder;
  throw new CliError('FILE_MISSING', `There is no lock ${name} in ${locksFolder(config)}.`, {
    next: 'See doorlab lock ls, or make it with doorlab lock run NAME.',
  });
}

async function reportOrOff(folder: string, clock: Context['clock']): Promise<LockReport | undefined> {
  try {
    const { report } = await askLock(folder, { do: 'report' }, clock);
    return report as LockReport;
  } catch (error) {
    if (error instanceof ControlError) return undefined;
    throw error;
  }
}

function summaryOf(report: LockReport): string {
  if (!report.powered) return 'dark (no power)';
  if (report.activated !== true) return 'running, not activated';
  return `running, table ${report.version ?? report.tableState ?? 'none'}, battery ${report.batteryPercent} %`;
}

const asJson = (report: object | undefined): JsonObject => ({ ...report });

/** Throws USAGE. */
function countOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw new CliError('USAGE', `${flag}: expected a whole number, not "${text}".`);
}
