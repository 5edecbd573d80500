// A firmware image brought to the lock of one door that shows itself. That it came up is an outcome, and so is that nobody
// waited for it; everything else is a typed error. The cloud hears of the number by the lock's next receipt.
import { encodeHex } from '#protocol/bytes.ts';
import { CLOUD_CALL_AT_LOCK_DEADLINE_MS } from './cloud-limits.ts';
import { DoorFinder } from './courier/door-finder.ts';
import { deliverImage, type ImageOptions, type ImageOutcome } from './courier/image-delivery.ts';
import { connectorOf } from './door-connector.ts';
import { failureOf, GatewayError, interrupted, notInRange } from './gateway-error.ts';
import type { GatewayParts, SyncDoor } from './sync-doors.ts';
import type { TrustedImage } from './trusted-image.ts';

export interface UpdateOptions extends Pick<ImageOptions, 'isWatched' | 'onProgress' | 'onStaged'> {
  readonly onMet?: () => void;
  readonly signal: AbortSignal;
}

export type UpdatedDoor = Extract<
  ImageOutcome,
  { readonly result: 'confirmed' | 'already-running' | 'staged' }
>;

/** Throws GatewayError, CloudError, and RadioError where the radio is of no use. */
export async function updateDoor(
  parts: GatewayParts,
  door: SyncDoor,
  { image, keySet }: TrustedImage,
  options: UpdateOptions,
): Promise<UpdatedDoor> {
  const { central, cloud, journal } = parts;
  const { doorName, lockId, advertisingKey } = door;
  const { signal } = options;
  const finder = new DoorFinder(parts, central, [door]);
  const seen = await finder.next(new Set([door.doorId]), { signal });
  const isStopped = (): boolean => signal.aborted;
  if (isStopped()) throw interrupted();
  if (seen === undefined) throw notInRange(doorName);
  options.onMet?.();
  const outcome = await deliverImage(
    parts,
    { lockId, advertisingKey, image, keySet },
    {
      ...options,
      ...connectorOf(central, finder, seen),
      handles: journal.state.handles.get(encodeHex(lockId)),
      keySetsAfter: (number) =>
        cloud.keySetsAfter(number, { signal, deadlineMs: CLOUD_CALL_AT_LOCK_DEADLINE_MS }),
    },
  );
  if (isStopped() && outcome.result !== 'confirmed') throw interrupted();
  return settled(doorName, image.manifest.firmware, outcome);
}

function settled(doorName: string, firmware: number, outcome: ImageOutcome): UpdatedDoor {
  switch (outcome.result) {
    case 'confirmed':
    case 'already-running':
      return outcome;
    case 'staged':
      if (outcome.because === 'not-watched') return outcome;
      throw new GatewayError(
        'FIRMWARE_WAITS',
        `${doorName} has firmware ${firmware}; ${WHY[outcome.because]}.`,
        {
          next: 'Run it again in a while: it says how far the lock is, and sends nothing twice.',
        },
      );
    case 'fell-back': {
      const runs = outcome.running === undefined ? 'another' : `firmware ${outcome.running}`;
      throw new GatewayError(
        'FIRMWARE_FELL_BACK',
        `${doorName} tried firmware ${firmware}, which did not pass: ${runs} runs as before.`,
        {
          next: 'Bring an image of a higher number; after two such trials the lock takes this one no more today.',
        },
      );
    }
    default:
      throw failureOf(doorName, outcome);
  }
}

const WHY = {
  waiting: 'it restarts into it once its batteries allow',
  'on-trial': 'its trial is not over',
  'not-met': 'what came of its trial was not seen',
} as const;
