// `doorlab deactivate` and `doorlab release`: a lock leaves its door, and its owner.
import { resolve } from 'node:path';
import { encodeHex } from '#protocol/bytes.ts';
import { shortId } from '#protocol/ids.ts';
import { RELEASE_MAX_BYTES } from '#protocol/limits.ts';
import type { CloudClient } from '#gateway/cloud-client.ts';
import { deactivateDoor } from '#gateway/deactivate.ts';
import { releaseLock } from '#gateway/release-lock.ts';
import type { SyncedDoor } from '#gateway/sync-report.ts';
import type { Context } from './context.ts';
import { asCourier, engine, openCloud } from './courier-session.ts';
import { doorByName } from './door-by-name.ts';
import { CliError } from './errors.ts';
import { readInputFile } from './input-file.ts';
import { oneStep } from './one-step.ts';
import { openRadio } from './open-radio.ts';
import type { Outcome } from './output.ts';
import { outcomeJson } from './sync-text.ts';

export interface DeactivateOptions {
  readonly lost?: boolean;
  readonly wait: boolean;
  readonly yes?: boolean;
}

export interface ReleaseOptions {
  readonly label?: string;
  readonly labelFile?: string;
}

export async function deactivate(
  context: Context,
  name: string,
  options: DeactivateOptions,
): Promise<Outcome> {
  const cloud = openCloud(context);
  const door = await doorByName(cloud, name);
  await confirm(context, door, options);
  if (options.lost === true) return lose(context, cloud, door);
  if (!options.wait) return ask(context, cloud, door);
  return asCourier(context, async (parts) => {
    const { outcome } = await oneStep(context, `Take the lock off ${door.doorName}`, (progress) =>
      deactivateDoor(parts, door, {
        signal: context.signal,
        onEvent: (event) => {
          if (event.type === 'met') progress.note('met');
        },
      }),
    );
    const common = { door: door.doorName, doorId: door.doorId, result: 'left' };
    return {
      result: outcome === undefined ? { ...common, by: 'another courier' } : outcomeJson(outcome),
      text: `${door.doorName} has no lock any more. The one that left may be activated again, there or elsewhere.`,
    };
  });
}

async function confirm(
  { prompt }: Context,
  { doorName }: SyncedDoor,
  { yes, lost }: DeactivateOptions,
): Promise<void> {
  if (yes === true) return;
  const what =
    lost === true
      ? `${doorName} will have no lock, whatever the lost one still opens`
      : `The lock of ${doorName} will open for nobody`;
  const answer = await prompt.ask({
    text: `${what}, until one is activated there. Type the door's name to go on`,
    instead: '--yes',
    secret: false,
  });
  if (answer !== doorName) throw new CliError('USAGE', 'Nothing was asked for: that is not its name.');
}

async function lose({ signal }: Context, cloud: CloudClient, door: SyncedDoor): Promise<Outcome> {
  const { doorId, doorName } = door;
  const { lockId } = await cloud.askDeactivation(doorId, true, { signal });
  return {
    result: { door: doorName, doorId, lock: lockId, result: 'lost' },
    text: `${doorName} has no lock any more. Nobody can say what the lost one still opens; should a courier meet it before the door has another, it is deactivated.`,
  };
}

async function ask({ signal }: Context, cloud: CloudClient, door: SyncedDoor): Promise<Outcome> {
  const { doorId, doorName } = door;
  const { lockId } = await cloud.askDeactivation(doorId, false, { signal });
  return {
    result: { door: doorName, doorId, lock: lockId, result: 'asked' },
    text: `The lock of ${doorName} leaves with the next courier that meets it.`,
  };
}

export async function release(context: Context, path: string, options: ReleaseOptions): Promise<Outcome> {
  const { clock, cwd, random, signal } = context;
  const bytes = readInputFile(resolve(cwd, path), RELEASE_MAX_BYTES, 'a release');
  const label = await labelOf(context, options);
  const radio = openRadio(context);
  try {
    const central = await radio.central();
    const { lockId, receipt } = await oneStep(context, 'Release the lock', (progress) =>
      releaseLock({ engine, clock, random, central }, label, bytes, {
        signal,
        onStep: (step) => progress.note(step.replaceAll('-', ' ')),
      }),
    );
    return {
      result: { lock: encodeHex(lockId), ownershipEpoch: receipt.triple.ownershipEpoch },
      text: `Lock ${shortId(lockId)} has no owner any more: whoever has its label may activate it.`,
    };
  } finally {
    await radio.close();
  }
}

const LABEL_FILE_MAX_BYTES = 1_024;

async function labelOf({ cwd, prompt }: Context, { label, labelFile }: ReleaseOptions): Promise<string> {
  if (label !== undefined && labelFile !== undefined)
    throw new CliError('USAGE', '--label and --label-file say the same: give one of them.');
  if (labelFile !== undefined) {
    const bytes = readInputFile(resolve(cwd, labelFile), LABEL_FILE_MAX_BYTES, 'a label');
    return new TextDecoder().decode(bytes).trim();
  }
  return label ?? prompt.ask({ text: 'Label of the lock', instead: '--label TEXT', secret: false });
}
