// One decision on a table of 10,000 rows: chunks opened and time, from the digits to the verdict, on sealed flash.
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { openChunk, openingKey } from '#protocol/table/seal.ts';
import { doorcodeVerifier } from '#protocol/table/verifier.ts';
import { decide } from '#lock-sim/access/decide.ts';
import { tableView } from '#lock-sim/access/table-view.ts';
import { FlashImage } from '#lock-sim/flash/flash-image.ts';
import { NO_TIMING, NorFlash } from '#lock-sim/flash/nor-flash.ts';
import { PowerSupply } from '#lock-sim/flash/power-supply.ts';
import { MemorySecureStore, SecureElement } from '#lock-sim/secure-element/secure-element.ts';
import type { ActiveTable } from '#lock-sim/storage/active-table.ts';
import { boot } from '#lock-sim/storage/boot.ts';
import { layOut } from '#lock-sim/storage/layout.ts';
import { secureContentsOf } from '#test/builders/running-lock.ts';
import { aLockState } from '#test/builders/lock-state.ts';
import { aSignedSet, type BuiltSet } from '#test/builders/signed-set.ts';
import { median, type Bench } from './figure.ts';

const ROWS = 10_000;
const DECISIONS = 5_000;
const WARM_UP = 500;

export const bench: Bench = {
  name: 'decide',
  run() {
    const set = aSignedSet({ rows: ROWS });
    const table = committed(set);
    const view = tableView(table);
    const state = aLockState();
    const { credentialKey } = set.lock.secrets;
    const times: number[] = [];
    let mostChunks = 0;
    for (let i = 0; i < DECISIONS; i++) {
      const digits = set.codes[(i * 7_919) % set.codes.length] ?? '';
      const openedBefore = table.chunksOpened;
      const startedMs = performance.now();
      const verifier = doorcodeVerifier(nodeEngine, credentialKey, set.lock.doorId, digits);
      const decision = decide(view, { kind: 'doorcode', verifier }, state);
      if (i >= WARM_UP) times.push(performance.now() - startedMs);
      if (decision.outcome !== 'open') throw new Error(`${digits} did not open: ${decision.sentence}`);
      mostChunks = Math.max(mostChunks, table.chunksOpened - openedBefore);
    }
    return Promise.resolve([
      { name: 'decide.chunks_opened', value: mostChunks, unit: '', kind: 'ratio', atLeast: 1, atMost: 1 },
      {
        name: 'decide.rows_10000_us',
        value: median(times) * 1_000,
        unit: 'µs',
        kind: 'absolute',
        atMost: 30,
      },
    ]);
  },
};

function committed(set: BuiltSet): ActiveTable {
  const { lock, manifest } = set;
  const layout = layOut({ capacityChunks: manifest.chunkCount });
  const power = new PowerSupply();
  const flash = new NorFlash({ store: new FlashImage(layout.geometry), power, timing: NO_TIMING });
  const secure = new SecureElement(new MemorySecureStore(secureContentsOf(lock, set.keySet)), power);
  const { storage } = boot({ flash, secure, engine: nodeEngine, layout });
  const key = openingKey(nodeEngine, lock.sealingSecret, manifest.ephemeralKey, {
    lockId: lock.lockId,
    triple: manifest.triple,
    kind: 'full',
    baseHash: null,
    tableHash: manifest.tableHash,
  });
  const stage = storage.openStage({ ...manifest, manifestHash: set.manifestHash }, set.manifestBytes);
  set.chunks.forEach((sealed, index) => {
    const plaintext = openChunk(nodeEngine, key, index, sealed);
    if (plaintext === undefined) throw new Error('the builder sealed it');
    stage.writeChunk(index, plaintext);
  });
  const result = storage.commit(stage, manifest);
  if (result.outcome !== 'committed') throw new Error(result.outcome);
  return result.table;
}
