// Which firmware boots: an image is tried once, and whatever ends its trial before it was confirmed leads back to the
// one before. Pure: the settings that are to be written come back as values.
import type { ImageRecord, Trial } from './image-record.ts';

export interface BootFacts {
  /** Built in: what runs where no image does. */
  readonly factory: number;
  readonly confirmed: ImageRecord | undefined;
  readonly trial: Trial | undefined;
  /** Kept in the secure element: a flash that was put back brings no older image back. */
  readonly floor: number;
  /** Enough for a trial: one that an empty battery ends would say nothing of the image. */
  readonly isBatteryWell: boolean;
  /** Its bytes are in flash as they were signed. */
  readonly isWhole: (image: ImageRecord) => boolean;
}

export interface BootChoice {
  /** Its number is what the lock shows. */
  readonly firmware: number;
  /** Undefined for the one that is built in. */
  readonly image: ImageRecord | undefined;
  readonly isTrial: boolean;
  /** To be durable before it runs; the same object where nothing changes. */
  readonly trial: Trial | undefined;
  /** The image whose trial has ended without a confirmation. */
  readonly fellBackFrom: number | undefined;
}

export function chooseImage(facts: BootFacts): BootChoice {
  const { trial, floor, isWhole, isBatteryWell } = facts;
  if (trial?.phase === 'staged' && trial.image.firmware > floor && isWhole(trial.image)) {
    if (!isBatteryWell) return { ...chooseConfirmed(facts), trial, fellBackFrom: undefined };
    const running: Trial = { phase: 'running', image: trial.image };
    const { firmware } = trial.image;
    return { firmware, image: trial.image, isTrial: true, trial: running, fellBackFrom: undefined };
  }
  // Tried before and not confirmed, or no longer whole: either way it does not boot again.
  return { ...chooseConfirmed(facts), trial: undefined, fellBackFrom: trial?.image.firmware };
}

type Confirmed = Pick<BootChoice, 'firmware' | 'image' | 'isTrial'>;

function chooseConfirmed({ factory, confirmed, floor, isWhole }: BootFacts): Confirmed {
  // A confirmed image that rotted gives way to the built-in one; what was confirmed stays the lowest to be taken.
  const lowest = Math.max(factory + 1, floor);
  const runs = confirmed !== undefined && confirmed.firmware >= lowest && isWhole(confirmed);
  const image = runs ? confirmed : undefined;
  return { firmware: image?.firmware ?? factory, image, isTrial: false };
}

/** An offered image has to be above it. */
export const confirmedNumber = ({
  factory,
  confirmed,
  floor,
}: Pick<BootFacts, 'factory' | 'confirmed' | 'floor'>): number =>
  Math.max(factory, floor, confirmed?.firmware ?? 0);
