// A lock as a process: its folder, its radio, and the bench socket, until it is told to stop.
import { resolve } from 'node:path';
import { portableEngine } from '#protocol/crypto/portable-engine.ts';
import { ROWS_MAX } from '#protocol/limits.ts';
import { BenchFlash, BenchTiming } from '#lock-sim/control/bench-flash.ts';
import { serveControl } from '#lock-sim/control/server.ts';
import { NO_TIMING, TYPICAL_TIMING } from '#lock-sim/flash/nor-flash.ts';
import { openLock, type Lock } from '#lock-sim/lock.ts';
import { openLockFolder, type LockFolder } from '#lock-sim/lock-folder.ts';
import type { Profile } from '#lock-sim/mechanics/profile.ts';
import type { Context } from './context.ts';
import { lockFolder } from './data-folders.ts';
import { driftOf } from './drift.ts';
import { CliError } from './errors.ts';
import { tellFirmware } from './lock-firmware.ts';
import type { Internet, Wire } from './lock-internet.ts';
import { numberOf } from './numbers.ts';
import { openRadio } from './open-radio.ts';
import type { Outcome } from './output.ts';
import { stopped, untilAborted } from './until-stopped.ts';

export interface RunOptions {
  readonly capacity?: string;
  readonly profile?: Profile;
  readonly drift?: string;
  readonly flashTiming: 'typical' | 'none';
  readonly internet?: boolean;
}

const FIRMWARE = 1;

export async function runLock(context: Context, name: string, options: RunOptions): Promise<Outcome> {
  const { signal } = context;
  const driftPpm = options.drift === undefined ? undefined : driftOf(options.drift);
  const folder = openFolder(context, name, options);
  const radio = openRadio(context);
  let wire: Wire | undefined;
  try {
    const onAir = await radio.peripheral();
    // Loaded for those who want it: most locks have no network.
    const network = options.internet === true ? await ownNetwork() : undefined;
    wire = await network?.openWire(context.clock, onAir);
    const peripheral = wire?.peripheral ?? onAir;
    const { lock, close } = await powerOn(context, name, folder, peripheral, { ...options, driftPpm });
    let internet: Internet | undefined;
    let stopTelling: (() => void) | undefined;
    try {
      tellRunning(context, name, folder, lock);
      stopTelling = tellFirmware(context, lock);
      internet = wire && (await network?.startInternet(context, name, folder, lock, wire));
      const lost = await Promise.race([
        untilAborted(signal),
        radio.lost,
        internet?.failed ?? new Promise<never>(() => undefined),
      ]);
      // Nobody could reach it any more, and it would look as if all were well.
      if (lost !== undefined) throw lost;
    } finally {
      stopTelling?.();
      await internet?.close();
      await close();
    }
    return stopped(`Lock ${name} is off.`);
  } finally {
    await wire?.close();
    await radio.close();
    folder.close();
  }
}

async function ownNetwork() {
  const { openWire, startInternet } = await import('./lock-internet.ts');
  return { openWire, startInternet };
}

/** Throws USAGE, and what a folder throws that is no lock's. */
function openFolder(context: Context, name: string, { capacity, profile }: RunOptions): LockFolder {
  const { clock, config, random } = context;
  const capacityRows =
    capacity === undefined ? undefined : numberOf('--capacity', capacity, { min: 1, max: ROWS_MAX });
  const folder = openLockFolder({
    path: lockFolder(config, name),
    engine: portableEngine,
    random,
    clock,
    ...(capacityRows === undefined ? {} : { capacityRows }),
    ...(profile === undefined ? {} : { profile }),
  });
  if (profile === undefined || profile === folder.profile) return folder;
  folder.close();
  throw new CliError('USAGE', `The lock ${name} is a ${folder.profile}, and stays one.`, {
    next: `Leave --profile out, or run a lock of another name as a ${profile}.`,
  });
}

/** Booted and on the air, with its bench socket. Throws the reason where it stays dark. */
async function powerOn(
  { clock, config, log, random }: Context,
  name: string,
  folder: LockFolder,
  peripheral: Parameters<typeof openLock>[0]['peripheral'],
  { driftPpm, flashTiming }: RunOptions & { readonly driftPpm: number | undefined },
): Promise<{ readonly lock: Lock; readonly close: () => Promise<void> }> {
  const flash = new BenchFlash(folder.flash);
  const timing = new BenchTiming(flashTiming === 'none' ? NO_TIMING : TYPICAL_TIMING);
  const lock = await openLock({
    ...folder,
    flash,
    peripheral,
    // What the firmware of a real lock would run.
    engine: portableEngine,
    clock,
    random,
    log,
    timing,
    model: { capacityRows: folder.capacityRows, firmware: FIRMWARE },
  });
  try {
    if (!lock.isPowered) {
      throw lock.takeFailure() ?? new CliError('LOCK_NOT_STARTED', `Lock ${name} does not start.`);
    }
    if (driftPpm !== undefined) lock.clockPart.drift(driftPpm);
    const control = await serveControl({
      folder: lockFolder(config, name),
      lock,
      flash,
      timing,
      layout: folder.layout,
      clock,
    });
    return {
      lock,
      async close() {
        await control.close();
        await lock.close();
      },
    };
  } catch (error) {
    await lock.close();
    throw error;
  }
}

function tellRunning({ config, output }: Context, name: string, folder: LockFolder, lock: Lock): void {
  const { label, profile } = folder;
  const { tableState, version, activated } = lock.report();
  output.data(
    'running',
    { name, label, profile, folder: resolve(lockFolder(config, name)), tableState, version },
    [
      `Lock ${name} is on the air${version === undefined ? '' : ` with table ${version}`}.`,
      `Label: ${label}`,
      ...(activated === true
        ? []
        : [`Activate it: doorlab lock press ${name} --button, then doorlab activate DOOR --label TEXT`]),
    ].join('\n'),
  );
}
