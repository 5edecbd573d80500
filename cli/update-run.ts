// `doorlab update`: a signed firmware image to the locks of the doors that are named, one after another. What can be told
// of the image is told before a radio is opened.
import { resolve } from 'node:path';
import { chooseDoors } from '#gateway/door-choice.ts';
import { GatewayError } from '#gateway/gateway-error.ts';
import { syncDoorOf, type GatewayParts, type SyncDoor } from '#gateway/sync-doors.ts';
import { trustImage, type TrustedImage } from '#gateway/trusted-image.ts';
import { updateDoor, type UpdatedDoor } from '#gateway/update-door.ts';
import type { Context } from './context.ts';
import { asCourier, engine, openCloud } from './courier-session.ts';
import { readFirmwareFile } from './firmware-run.ts';
import type { Outcome, Progress } from './output.ts';

export interface UpdateOptions {
  readonly image: string;
  /** False by --no-wait. */
  readonly wait: boolean;
}

export async function update(
  context: Context,
  names: readonly string[],
  { image: file, wait }: UpdateOptions,
): Promise<Outcome> {
  const { cwd, signal, output } = context;
  const cloud = openCloud(context);
  const image = await trustImage(engine, cloud, readFirmwareFile(resolve(cwd, file)), signal);
  const doors = chooseDoors((await cloud.courierDoors({ signal })).map(syncDoorOf), names);
  const { firmware } = image.image.manifest;
  const results = await asCourier(context, async (parts) =>
    output.steps(
      doors.map((door) => ({
        title: door.doorName,
        run: (progress: Progress) => bring(context, parts, door, image, wait, progress),
      })),
      { keepGoing: true },
    ),
  );
  const failed = results.flatMap((result) => (result.state === 'failed' ? [result.error] : []));
  if (failed.length === doors.length) throw failed[0];
  if (failed.length > 0) {
    const done = doors.length - failed.length;
    throw new GatewayError('PARTLY_DONE', `${done} of ${doors.length} done, ${failed.length} failed.`, {
      next: 'Run it again for the doors that failed.',
    });
  }
  return { result: { doors: doors.length, firmware } };
}

async function bring(
  { output, signal }: Context,
  parts: GatewayParts,
  door: SyncDoor,
  image: TrustedImage,
  wait: boolean,
  progress: Progress,
): Promise<void> {
  const { doorId, doorName } = door;
  const { firmware } = image.image.manifest;
  const done = await updateDoor(parts, door, image, {
    signal,
    isWatched: wait,
    onMet: () => progress.note('met'),
    onProgress: ({ bytes, totalBytes }) => progress.at(bytes, totalBytes, 'bytes'),
    onStaged: () => progress.note(wait ? 'staged, waiting for its trial' : 'staged'),
  });
  const { result, framesSent: frames, ranBefore } = done;
  progress.note(result.replaceAll('-', ' '));
  output.data(
    'door',
    { door: doorName, doorId, result, firmware, ranBefore, frames },
    textOf(door, firmware, done),
  );
}

function textOf({ doorName }: SyncDoor, firmware: number, { result, ranBefore }: UpdatedDoor): string {
  switch (result) {
    case 'confirmed': {
      const before = ranBefore === undefined || ranBefore === firmware ? '' : ` in the place of ${ranBefore}`;
      return `${doorName}: firmware ${firmware} runs${before}; DOOR OS shows it with the next Door Sync`;
    }
    case 'already-running':
      return `${doorName}: ran firmware ${firmware} already`;
    case 'staged':
      return `${doorName}: has firmware ${firmware} and restarts into its trial; what comes of it, the next update or status shows`;
  }
}
