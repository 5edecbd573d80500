// Whether a firmware image may be brought to a cloud's locks: the firmware key in force has signed it. A lock judges for
// itself; what it would refuse need not go near it. And which key set a lock has to be at to judge so.
import { equalBytes } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { parseFirmware, verifyFirmware, type FirmwarePackage } from '#protocol/signed/firmware.ts';
import { readKeySet, type KeySet } from '#protocol/signed/key-set.ts';
import { WireError } from '#protocol/wire-error.ts';
import { everyPage, type Cloud } from './cloud-client.ts';
import { CloudError } from './cloud-error.ts';
import { GatewayError } from './gateway-error.ts';

export interface TrustedImage {
  readonly image: FirmwarePackage;
  /** The first key set from which on this firmware key is in force. */
  readonly keySet: number;
}

/** Throws IMAGE_UNTRUSTED, and CloudError. */
export async function trustImage(
  engine: CryptoEngine,
  cloud: Pick<Cloud, 'keySetsAfter'>,
  image: FirmwarePackage,
  signal?: AbortSignal,
): Promise<TrustedImage> {
  return { image, keySet: judgeSigner(engine, image, await allKeySets(cloud, signal)) };
}

/** `keySets` in order, the one in force last. Throws IMAGE_UNTRUSTED. */
function judgeSigner(engine: CryptoEngine, image: FirmwarePackage, keySets: readonly KeySet[]): number {
  const inForce = keySets.at(-1);
  if (inForce === undefined)
    throw new CloudError('CLOUD_RUBBISH', 'The cloud has no key set, so no lock of its own.');
  const { firmwareKey } = inForce;
  try {
    verifyFirmware(engine, parseFirmware(image.manifestBytes), firmwareKey);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw untrusted(error, inForce.number);
  }
  const before = keySets.findLast((keySet) => !equalBytes(keySet.firmwareKey, firmwareKey));
  return (before?.number ?? 0) + 1;
}

const untrusted = (cause: WireError, number: number): GatewayError =>
  new GatewayError(
    'IMAGE_UNTRUSTED',
    cause.code === 'UNKNOWN_KEY'
      ? `The image is not signed by the firmware key of key set ${number}, which is in force.`
      : 'The signature of the image does not verify: it is not what was signed.',
    { cause, next: 'Sign it where the cloud keeps that key: doorlab cloud firmware IMAGE --out FILE.' },
  );

const allKeySets = (cloud: Pick<Cloud, 'keySetsAfter'>, signal: AbortSignal | undefined): Promise<KeySet[]> =>
  everyPage(async (after = '0') => {
    const items = (await cloud.keySetsAfter(Number(after), { signal })).map(keySetOf);
    return { items, next: items.at(-1)?.number.toString() ?? null };
  });

function keySetOf(bytes: Uint8Array): KeySet {
  try {
    return readKeySet(bytes);
  } catch (cause) {
    throw new CloudError('CLOUD_RUBBISH', 'The cloud gave a key set that is none.', { cause });
  }
}
