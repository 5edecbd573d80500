// A lock as a process: its folder, its radio, and the bench socket, until it is told to stop.
import { resolve } from 'node:path';
import { portableEngine } from '#protocol/crypto/portable-engine.ts';
import { ROWS_MAX } from '#protocol/limits.ts';
import { serveControl } from '#lock-sim/control/server.ts';
import { NO_TIMING, TYPICAL_TIMING } from '#lock-sim/flash/nor-flash.ts';
import { openLock } from '#lock-sim/lock.ts';
import { openLockFolder } from '#lock-sim/lock-folder.ts';
import type { Context } from './context.ts';
import { lockFolder } from './data-folders.ts';
import { CliError } from './errors.ts';
import { openRadio } from './open-radio.ts';
import type { Outcome } from './output.ts';
import { stopped, untilAborted } from './until-stopped.ts';

export interface RunOptions {
  readonly capacity?: string;
  readonly flashTiming: 'typical' | 'none';
}

const FIRMWARE = 1;

export async function runLock(context: Context, name: string, options: RunOptions): Promise<Outcome> {
  const { clock, config, log, output, random, signal } = context;
  const path = lockFolder(config, name);
  const capacityRows = options.capacity === undefined ? undefined : rowsOf(options.capacity);
  // What the firmware of a real lock would run.
  const engine = portableEngine;
  const folder = openLockFolder({
    path,
    engine,
    random,
    clock,
    ...(capacityRows === undefined ? {} : { capacityRows }),
  });
  const radio = openRadio(context);
  try {
    const lock = await openLock({
      ...folder,
      peripheral: await radio.peripheral(),
      engine,
      clock,
      random,
      log,
      timing: options.flashTiming === 'none' ? NO_TIMING : TYPICAL_TIMING,
      model: { capacityRows: folder.capacityRows, firmware: FIRMWARE },
    });
    const control = await serveControl({ ...folder, folder: path, lock, clock });
    const { tableState, version } = lock.report();
    output.data(
      'running',
      { name, label: folder.label, folder: resolve(path), tableState, version },
      [
        `Lock ${name} is on the air${version === undefined ? '' : ` with table ${version}`}.`,
        `Label: ${folder.label}`,
        ...(lock.report().activated === true
          ? []
          : [`Activate it: doorlab lock press ${name} --button, then doorlab activate DOOR --label TEXT`]),
      ].join('\n'),
    );
    const lost = await Promise.race([
      untilAborted(signal),
      radio.lost ?? new Promise<never>(() => undefined),
    ]);
    await control.close();
    await lock.close();
    // Nobody could reach it any more, and it would look as if all were well.
    if (lost !== undefined) throw lost;
    return stopped(`Lock ${name} is off.`);
  } finally {
    await radio.close();
    folder.close();
  }
}

function rowsOf(text: string): number {
  const rows = Number(text);
  if (/^\d+$/.test(text) && rows >= 1 && rows <= ROWS_MAX) return rows;
  throw new CliError('USAGE', `--capacity: expected rows from 1 to ${ROWS_MAX}, not "${text}".`);
}
