// Where the lock stands, as it answers a hello. WIRE 9.3.
import { encodeHelloAnswer, PROTOCOL_VERSION } from '#protocol/sync/messages.ts';
import type { LockFacts } from './facts.ts';

export const helloAnswerOf = (facts: LockFacts): Uint8Array =>
  encodeHelloAnswer({
    version: PROTOCOL_VERSION,
    activated: facts.activated,
    tableState: facts.tableState,
    triple: facts.active?.triple ?? { ...facts.floor, tableVersion: 0 },
    keySetNumber: facts.keySet?.number ?? 0,
    tableHash: facts.active?.tableHash ?? null,
    stageHash: facts.stage?.manifestHash ?? null,
    firmware: facts.firmware,
    capacityRows: facts.capacityRows,
  });
