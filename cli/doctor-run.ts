// Tells what doctor found, check by check.
import { existsSync } from 'node:fs';
import { examineCloud } from '#cloud/doctor.ts';
import type { CloudCheck } from '#cloud/doctor/check.ts';
import { examine } from '#gateway/doctor.ts';
import type { CloudClient } from '#gateway/cloud-client.ts';
import { DOOR_SYNC_SERVICE } from '#protocol/sync/gatt.ts';
import { RadioError } from '#radio/ports/errors.ts';
import { check, type Check } from '#gateway/doctor/check.ts';
import type { Context } from './context.ts';
import { engine, openCloud, tokenFile } from './courier-session.ts';
import { cloudFolder, databaseUrlIn, keysFolderOf } from './data-folders.ts';
import { CliError } from './errors.ts';
import { openRadio } from './open-radio.ts';
import { EXIT } from './exit-codes.ts';
import type { Outcome } from './output.ts';

const MARKS = { ok: 'ok', warn: 'warning', fail: 'BROKEN', unknown: 'unknown' } as const;

const LIVE_SCAN_MS = 3_000;

export interface DoctorOptions {
  readonly keys?: string;
}

export async function runDoctor(context: Context, options: DoctorOptions): Promise<Outcome> {
  const { clock, config, output, signal } = context;
  const ofCloud = await cloudChecks(context, options);
  const client = clientOf(context);
  const keys = keysFolderOf(context, options);
  const checks: (Check | CloudCheck)[] = [
    ...(await examine({
      clock,
      adapter: { adapter: config.adapter, isWanted: config.radio?.kind === 'adapter' },
      dataFolder: config.data,
      keysFolder: keys,
      tokenFile: tokenFile(config),
      servesCloud: config.cloud === undefined && (options.keys !== undefined || existsSync(keys)),
      liveScan: () => liveScan(context),
      client: client instanceof CliError ? undefined : client,
      signal,
    })),
  ].filter(({ id }) => id !== 'keys' || ofCloud.length === 0);
  checks.push(...ofCloud);
  if (client instanceof CliError) checks.push(check('cloud-token', 'fail', client.message, client.next));
  if (config.btsnoop !== undefined && !checks.some(({ id }) => id === 'live-scan')) {
    output.note(
      `No trace was written to ${config.btsnoop}: doctor uses a radio with --radio adapter alone, where nothing else is broken.`,
    );
  }
  for (const check of checks) output.data('check', { ...check }, textOf(check));
  const broken = checks.some(({ status }) => status === 'fail');
  return {
    exit: broken ? EXIT.environment : EXIT.done,
    result: { checks: checks.length, broken },
    text: broken ? 'Something is broken: see the remedies above.' : 'Nothing is broken.',
  };
}

/** Listens for a while: the only proof that an adapter hears. */
async function liveScan(context: Context): Promise<Check> {
  const id = 'live-scan';
  const radio = openRadio(context);
  try {
    const heard = new Set<string>();
    const central = await radio.central();
    const scan = await central.scan({
      serviceUuids: [DOOR_SYNC_SERVICE],
      onReport: ({ peripheralId }) => void heard.add(peripheralId),
    });
    await new Promise<void>((resolve) => context.clock.after(LIVE_SCAN_MS, resolve));
    await scan.stop();
    const seconds = LIVE_SCAN_MS / 1000;
    return heard.size > 0
      ? check(
          id,
          'ok',
          `${heard.size} ${heard.size === 1 ? 'lock was' : 'locks were'} heard within ${seconds} s`,
        )
      : check(
          id,
          'unknown',
          `no lock was heard within ${seconds} s: none is in range, or this adapter is deaf`,
        );
  } catch (error) {
    if (!(error instanceof RadioError)) throw error;
    return check(id, 'fail', error.message, error.next);
  } finally {
    await radio.close();
  }
}

/** Empty where nothing of a cloud is on this machine. */
async function cloudChecks(context: Context, options: DoctorOptions): Promise<CloudCheck[]> {
  const { clock, config, env } = context;
  const wish = {
    dataFolder: cloudFolder(config),
    keysFolder: keysFolderOf(context, options),
    databaseUrl: databaseUrlIn(env),
    smtpUrl: env['SMTP_URL'],
    clock,
    engine,
  };
  const isHere =
    existsSync(wish.dataFolder) || existsSync(wish.keysFolder) || (wish.databaseUrl ?? '') !== '';
  return isHere ? await examineCloud(wish) : [];
}

/** Undefined without a token; the error where there is something else in its place. */
function clientOf(context: Context): CloudClient | CliError | undefined {
  try {
    return openCloud(context);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return error.code === 'INPUT_NEEDED' ? undefined : error;
  }
}

function textOf({ id, status, detail, remedy }: Check | CloudCheck): string {
  const line = `${MARKS[status].padEnd(8)} ${id.padEnd(19)} ${detail}`;
  return remedy === undefined ? line : `${line}\n${' '.repeat(29)}${remedy}`;
}
