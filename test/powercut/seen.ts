// What a lock shows once power is back: the only way in which the invariants look at it. Doors are tried through
// the lock's own decision; the content of the table is compared chunk by chunk with what was sent.
import { encodeHex, equalBytes } from '#protocol/bytes.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { doorcodeVerifier } from '#protocol/table/verifier.ts';
import { decodeHead, type Head } from '#protocol/table/head.ts';
import { VERIFIER_BYTES } from '#protocol/table/rows.ts';
import { decide } from '#lock-sim/access/decide.ts';
import type { TableView } from '#lock-sim/access/decision.ts';
import type { SecureContents } from '#lock-sim/secure-element/secure-contents.ts';
import type { SettingsVerdict } from '#lock-sim/storage/settings-log.ts';
import type { SettingsValues } from '#lock-sim/storage/settings-values.ts';
import type { ActiveTable } from '#lock-sim/storage/active-table.ts';
import { aLockState } from '#test/builders/lock-state.ts';
import type { BuiltSet } from '#test/builders/signed-set.ts';
import { type Running, chunksOf } from '#test/lock-sim/power-cut-rig.ts';
import { LOCK, tableByHash } from './tables.ts';

export interface Seen {
  readonly verdict: SettingsVerdict;
  readonly settings: SettingsValues;
  readonly contents: SecureContents;
  readonly tableHash: string | undefined;
  /** Of the table in force. Undefined for none, and for one that nobody sent. */
  readonly set: BuiltSet | undefined;
  /** First chunk that is not as it was sent. */
  readonly otherChunk: number | undefined;
  opens(code: string): boolean;
}

/** Nothing stands between a live row and the door. */
const AT_EASE = aLockState();

export function look({ storage, secure, settings }: Running): Seen {
  const { table } = storage;
  const tableHash = table && encodeHex(table.record.tableHash);
  const set = tableHash === undefined ? undefined : tableByHash(tableHash);
  const chunks = new Map<number, Uint8Array | undefined>();
  const chunk = (index: number): Uint8Array | undefined => {
    if (!chunks.has(index)) chunks.set(index, table?.openChunk(index));
    return chunks.get(index);
  };
  return {
    verdict: settings,
    settings: storage.settings.values,
    contents: secure.contents,
    tableHash,
    set,
    otherChunk: set && firstOther(chunksOf(set), chunk),
    opens: (code) => {
      const view = table && set && viewOf(table, headOf(set), chunk);
      return (
        decide(view, { kind: 'doorcode', verifier: verifierOf(secure.contents, code) }, AT_EASE).outcome ===
        'open'
      );
    },
  };
}

function firstOther(
  sent: readonly Uint8Array[],
  chunk: (index: number) => Uint8Array | undefined,
): number | undefined {
  const at = sent.findIndex((plaintext, i) => {
    const found = chunk(i);
    return found === undefined || !equalBytes(plaintext, found);
  });
  return at < 0 ? undefined : at;
}

const viewOf = (table: ActiveTable, head: Head, openChunk: TableView['openChunk']): TableView => ({
  tableVersion: table.record.triple.tableVersion,
  head,
  findChunk: (verifier) => table.findChunk(verifier),
  openChunk,
});

const heads = new WeakMap<BuiltSet, Head>();

function headOf(set: BuiltSet): Head {
  const head = heads.get(set) ?? decodeHead(set.headBytes);
  heads.set(set, head);
  return head;
}

const verifiers = new Map<string, Uint8Array>();

/** Every owner of the lock here gives it the same secrets. */
function verifierOf({ lockSecrets }: SecureContents, code: string): Uint8Array {
  if (lockSecrets === null) return new Uint8Array(VERIFIER_BYTES);
  const verifier =
    verifiers.get(code) ?? doorcodeVerifier(nodeEngine, LOCK.secrets.credentialKey, LOCK.doorId, code);
  verifiers.set(code, verifier);
  return verifier;
}
