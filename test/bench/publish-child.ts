// Run bundled by publish.bench.ts. `revoke`: the CPU to make the packages of all doors of a person who lost them, against
// sealing, hashing and signing the same bytes bare. `grow`: the CPU to make one package by rows.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { revokeAllKeys } from '#cloud/domain/people/people-removal.ts';
import { packageFor } from '#cloud/locks/package.ts';
import { AEAD_TAG_BYTES } from '#protocol/crypto/engine.ts';
import { CHUNK_PLAINTEXT_BYTES, SEALED_CHUNK_BYTES } from '#protocol/limits.ts';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import { systemRandom as random } from '#protocol/node/system-random.ts';
import { aCloudRig, type CloudRig } from './cloud-rig.ts';
import { median } from './figure.ts';

const DOORS = 200;
const PEOPLE = 1_505;
const ROUNDS = 5;
const GROWTH_ROWS = [150, 1_500, 14_000] as const;
const GROWTH_DOORS = 20;

const [mode] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'doorlab-publish-'));
try {
  const figures = mode === 'revoke' ? await revoke() : await grow();
  process.stdout.write(`${JSON.stringify(figures)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Medians of several rounds, the bare work between them: what else the machine does meets both alike. */
async function revoke() {
  const rig = await aCloudRig(join(folder, 'revoke'), { doors: DOORS, people: PEOPLE });
  try {
    await publish(rig);
    const rounds: { answerMs: number; publishMs: number; floorMs: number }[] = [];
    for (const personId of rig.personIds.slice(0, ROUNDS)) {
      const started = performance.now();
      await rig.desk.write({ ...rig.asking, permission: 'people' }, (work) => revokeAllKeys(work, personId));
      const answerMs = performance.now() - started;
      const before = cpuMs();
      const bytes = await publish(rig);
      rounds.push({ answerMs, publishMs: cpuMs() - before, floorMs: bare(bytes, DOORS) });
    }
    const medianOf = (of: (round: (typeof rounds)[number]) => number): number => median(rounds.map(of));
    return {
      answerMs: medianOf(({ answerMs }) => answerMs),
      publishMs: medianOf(({ publishMs }) => publishMs),
      vsFloor: medianOf(({ publishMs, floorMs }) => publishMs / floorMs),
    };
  } finally {
    await rig.stop();
  }
}

async function grow() {
  const perPackage: Record<string, number> = {};
  for (const rows of GROWTH_ROWS) {
    const rig = await aCloudRig(join(folder, String(rows)), { doors: GROWTH_DOORS, people: rows });
    try {
      const before = cpuMs();
      await publish(rig);
      perPackage[rows] = (cpuMs() - before) / GROWTH_DOORS;
    } finally {
      await rig.stop();
    }
  }
  return perPackage;
}

/** Bytes of one package. */
async function publish({ desk, asking, doorIds }: CloudRig): Promise<number> {
  let bytes = 0;
  for (const doorId of doorIds) bytes = (await packageFor(desk, asking, doorId)).bytes.length;
  return bytes;
}

/** The same bytes sealed, hashed and signed, and nothing else. CPU of `count` packages. */
function bare(bytes: number, count: number): number {
  const chunks = Math.floor(bytes / SEALED_CHUNK_BYTES);
  const plain = random.bytes(CHUNK_PLAINTEXT_BYTES);
  const table = random.bytes(chunks * CHUNK_PLAINTEXT_BYTES);
  const lockKey = engine.x25519PublicKey(random.bytes(32));
  const [seed, none, nonce] = [random.bytes(32), new Uint8Array(0), new Uint8Array(12)];
  const manifest = random.bytes(bytes - chunks * SEALED_CHUNK_BYTES);
  const once = (): void => {
    const secret = random.bytes(32);
    engine.x25519PublicKey(secret);
    const shared = engine.x25519(secret, lockKey) as Uint8Array;
    const key = engine.hkdfSha256(shared, none, none, 32);
    engine.sha256(table);
    for (let i = 0; i < chunks; i++) {
      nonce[11] = i;
      engine.sha256(engine.aeadSeal(key, nonce, plain, none));
    }
    engine.ed25519Sign(seed, manifest);
  };
  for (let i = 0; i < AEAD_TAG_BYTES; i++) once();
  const before = cpuMs();
  for (let i = 0; i < count; i++) once();
  return cpuMs() - before;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
