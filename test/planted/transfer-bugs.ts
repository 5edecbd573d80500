// Bugs in how sets, deltas and firmware images come in.
import { bug, type PlantedBug } from './planted-bug.ts';

const RECEIVER = 'lock-sim/sync/receiver.ts';
const CONVERSATION = 'lock-sim/sync/conversation.ts';
const HOST = 'lock-sim/sync/sync-host.ts';
const FIRMWARE = 'lock-sim/lock-firmware.test.ts';

export const TRANSFER_BUGS: readonly PlantedBug[] = [
  bug('digest of a chunk unchecked', 'lock-sim/receiver.test.ts', {
    file: RECEIVER,
    find: 'if (!equalBytes(engine.sha256(chunk.buffer), chunkDigest(list, index))) {',
    replace: 'if (!equalBytes(engine.sha256(chunk.buffer), engine.sha256(chunk.buffer))) {',
  }),
  bug('erase at the offer', 'lock-sim/storage-boot.test.ts', {
    file: 'lock-sim/storage/stage.ts',
    find: 'this.#manifestBytes = isBegun ? undefined : manifestBytes;',
    replace: 'if (!isBegun) store.begin(record, manifestBytes);\n    this.#manifestBytes = undefined;',
  }),
  bug(
    'erase before the digest',
    [FIRMWARE, 'lock-sim/lock-transfer.test.ts'],
    {
      file: HOST,
      find: 'if (receiving.transfer.open !== open) connection.touch();',
      replace:
        'if (receiving.transfer.open === open) return;\n    connection.touch();\n    for (const chunk of receiving.transfer.open) receiving.destination.prepare?.(chunk.index);',
    },
    {
      edits: [
        {
          file: 'lock-sim/sync/table-destination.ts',
          find: '  has(index: number): boolean {\n    return this.#stage.has(index);\n  }',
          replace:
            '  has(index: number): boolean {\n    return this.#stage.has(index);\n  }\n\n  prepare(index: number): void {\n    if (!this.has(index)) this.#stage.store.chunks.erase(index);\n  }',
        },
      ],
    },
  ),
  bug('frames of another offer taken', 'lock-sim/receiver.test.ts', {
    file: RECEIVER,
    find: 'frame.offerId === transfer.offerId && ',
  }),
  bug('frames of another connection taken', 'lock-sim/lock-transfer.test.ts', {
    file: HOST,
    find: 'if (receiving?.connection !== connection || receiving.failure !== undefined) return;',
    replace: 'if (receiving === undefined || receiving.failure !== undefined) return;',
  }),
  bug(
    'receipt with the hash of an old table',
    'lock-sim/lock-delta.test.ts',
    {
      file: CONVERSATION,
      find: 'tableHash: active?.tableHash ?? null,',
      replace: 'tableHash: (this.#told ??= active?.tableHash) ?? null,',
    },
    {
      edits: [
        {
          file: CONVERSATION,
          find: '  #connection: Connection | undefined;',
          replace: '  #told: Hash | undefined;\n  #connection: Connection | undefined;',
        },
      ],
    },
  ),
  bug('fragments without end', 'protocol/air.test.ts', {
    file: 'protocol/sync/fragments.ts',
    find: "refuseUnless(this.#bytes <= this.#maxBytes, 'TOO_LARGE', `a message above ${this.#maxBytes} bytes`);",
  }),
  bug('base of a delta unchecked', 'lock-sim/session.test.ts', {
    file: 'lock-sim/sync/judge-offer.ts',
    find: "if (manifest.kind === 'delta' && !isFromTableInForce(facts, verified)) {",
    replace: 'if (!isFromTableInForce(facts, verified) && facts.capacityRows < 0) {',
  }),
  bug('result of a delta unchecked before it is written', 'lock-sim/lock-delta.test.ts', {
    file: 'lock-sim/storage/delta-merge.ts',
    find: 'check.finish(signed);',
    replace: 'if (signed.rowCount < 0) check.finish(signed);',
  }),
  bug('signature of firmware unchecked', FIRMWARE, {
    file: 'protocol/signed/firmware.ts',
    find: 'verifyParts(engine, parts, firmwareKey);',
    replace: 'if (firmwareKey.length === 0) verifyParts(engine, parts, firmwareKey);',
  }),
  bug('firmware downgraded', FIRMWARE, {
    file: 'lock-sim/firmware-image/judge-firmware.ts',
    find: 'if (firmware <= confirmed) {',
    replace: 'if (firmware === confirmed) {',
  }),
  bug('firmware tried again and again', FIRMWARE, {
    file: 'lock-sim/firmware-image/boot-choice.ts',
    find: "if (trial?.phase === 'staged' && ",
    replace: 'if (trial !== undefined && ',
  }),
  bug('firmware staged as it came', FIRMWARE, {
    file: 'lock-sim/firmware-image/image-destination.ts',
    find: "if (!store.isWhole(image)) return refused('IMAGE_MISMATCH', 'the image is not the one that was signed');",
  }),
  bug('firmware taken on an empty battery', FIRMWARE, {
    file: 'lock-sim/firmware-image/judge-firmware.ts',
    find: 'if (!isEnoughForFirmware(batteryPercent))',
    replace: 'if (batteryPercent < 0)',
  }),
  bug('a look at an image that fell back offers it anew', 'gateway/image-delivery.test.ts', {
    file: 'gateway/courier/cargo.ts',
    find: "return cargo.isLook ? { result: 'not-running' } : undefined;",
    replace: 'return undefined;',
  }),
  bug('any staged image taken for the one that was brought', 'gateway/door-sync-image.test.ts', {
    file: 'gateway/courier/cargo.ts',
    find: 'if (staged === manifest.firmware) return',
    replace: 'if (staged !== null) return',
  }),
];
