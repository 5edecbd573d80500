// The shell of a Door Sync on the lock's side: feeds what comes over GATT to the session and the receiver, and
// performs their effects. One connection at a time. WIRE 9, 10, 11.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { Hash, LockId } from '#protocol/ids.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import type { Random } from '#protocol/ports/random.ts';
import type { Signer } from '#protocol/signed/cose.ts';
import type { KeySet } from '#protocol/signed/key-set.ts';
import { NONCE_BYTES, signReceipt } from '#protocol/signed/receipt.ts';
import { decodeFrame } from '#protocol/sync/frames.ts';
import { GATT_VERSION } from '#protocol/sync/gatt.ts';
import { encodeFirmwareAnswer } from '#protocol/sync/firmware-messages.ts';
import { encodeLockStatus } from '#protocol/sync/lock-status.ts';
import {
  CONNECTION_NONCE_BYTES,
  encodeKeySetAnswer,
  encodeRefusal,
  MESSAGE,
  OF_NO_MESSAGE,
  type Refusal,
} from '#protocol/sync/messages.ts';
import { encodeLogAckAnswer } from '#protocol/sync/log-messages.ts';
import type { RefusalCode } from '#protocol/sync/refusals.ts';
import { TIME_NONCE_BYTES } from '#protocol/signed/time.ts';
import { encodeTimeAnswer, encodeTimeChallenge } from '#protocol/sync/time-messages.ts';
import { WireError } from '#protocol/wire-error.ts';
import type { PeripheralLink } from '#radio/ports/peripheral.ts';
import type { LockClock } from '../access/decision.ts';
import { Connection } from '../connection.ts';
import type { FirmwareUpdate } from '../firmware-image/firmware-update.ts';
import type { FlashQueue } from '../flash-queue.ts';
import type { SecureElement } from '../secure-element/secure-element.ts';
import type { Storage } from '../storage/storage.ts';
import type { WorkingMemory } from '../working-memory.ts';
import { sendLog } from '../log/log-sender.ts';
import type { Destination } from './destination.ts';
import type { LockFacts } from './facts.ts';
import { helloAnswerOf } from './hello-answer.ts';
import { signOwnStatement } from './own-statement.ts';
import {
  newSession,
  OVER,
  type ActivateEffect,
  type ClockEffect,
  type OwnershipEnd,
  type SessionEffect,
  type SessionKeys,
} from './session-state.ts';
import { stepSession } from './session.ts';
import { SyncHost } from './sync-host.ts';

export interface ConversationParts {
  readonly engine: CryptoEngine;
  readonly clock: Clock;
  readonly random: Random;
  readonly storage: Storage;
  readonly secure: SecureElement;
  readonly flashQueue: FlashQueue;
  readonly memory: WorkingMemory;
  readonly update: Pick<FirmwareUpdate, 'destination' | 'answer'>;
  readonly lockId: LockId;
  readonly identity: Signer;
  readonly labelHash: Uint8Array;
  readonly facts: () => LockFacts;
  readonly battery: () => { readonly percent: number };
  readonly lockClock: () => LockClock;
  readonly advert: () => { readonly bytes: Uint8Array; readonly nonce: Uint8Array };
  readonly onActivate: (effect: ActivateEffect) => void;
  readonly onKeySet: (keySet: KeySet, bytes: Uint8Array) => void;
  /** Before its receipt goes out: the row of the log has to lie below the receipt's head. */
  readonly onCommitted: () => void;
  readonly onAlarm: (code: RefusalCode) => void;
  readonly onTime: (effect: ClockEffect) => void;
  readonly onOwnershipEnd: (effect: OwnershipEnd) => void;
  /** Rows that are due are written before the log is read. */
  readonly onLogPull: () => void;
  /** Something that the advert shows has changed. */
  readonly onShownChange: () => void;
}

export class Conversation {
  readonly #parts: ConversationParts;
  readonly #sync: SyncHost;
  readonly #keys: SessionKeys;
  #connection: Connection | undefined;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    const { sealingSecret } = parts.secure.contents;
    this.#keys = {
      sign: (request) => signOwnStatement(parts, request, parts.facts()),
      sealingSecret,
      timeNonce: () => parts.random.bytes(TIME_NONCE_BYTES),
    };
    this.#sync = new SyncHost({
      ...parts,
      sealingSecret,
      connection: () => (this.#connection?.session.phase === 'greeted' ? this.#connection : undefined),
      onReceiptDue: (connection) => this.#sendReceipt(connection),
    });
  }

  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  get sync(): Pick<SyncHost, 'transfer' | 'stageFacts' | 'drop'> {
    return this.#sync;
  }

  connect(link: PeripheralLink): void {
    this.#connection?.end();
    const nonce = this.#parts.random.bytes(CONNECTION_NONCE_BYTES);
    const session = newSession(nonce, this.#parts.advert().nonce);
    this.#connection = new Connection(link, nonce, session, this.#parts);
  }

  disconnect(link: PeripheralLink): void {
    if (this.connectionOf(link) !== undefined) this.stop();
  }

  /** Undefined for a link that is served no more. */
  connectionOf(link: PeripheralLink): Connection | undefined {
    return this.#connection?.link === link ? this.#connection : undefined;
  }

  subscribed(link: PeripheralLink): void {
    this.connectionOf(link)?.flush();
  }

  lockStatus(link: PeripheralLink): Uint8Array {
    const connection = this.connectionOf(link);
    return encodeLockStatus({
      gattVersion: GATT_VERSION,
      advert: this.#parts.advert().bytes,
      connectionNonce: connection?.nonce ?? new Uint8Array(CONNECTION_NONCE_BYTES),
      transfer: this.#sync.transferStatus(),
    });
  }

  /** For a central that does not subscribe: the next fragment of what is held back for it. */
  readControl(link: PeripheralLink): Uint8Array {
    return this.connectionOf(link)?.readFragment() ?? new Uint8Array(0);
  }

  control(link: PeripheralLink, fragment: Uint8Array): void {
    const connection = this.connectionOf(link);
    if (connection === undefined || connection.session.phase === 'over') return;
    try {
      const message = connection.read(fragment);
      this.#parts.memory.hold('control message', message?.body.length ?? connection.pendingBytes);
      if (message === undefined) return;
      const { engine, facts } = this.#parts;
      const { session, effects } = stepSession(engine, connection.session, message, facts(), this.#keys);
      connection.session = session;
      if (effects.every((effect) => effect.type !== 'refuse')) connection.touch();
      for (const effect of effects) this.#perform(connection, effect);
      this.#parts.memory.hold('control message', connection.pendingBytes);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      // A slip of fragments: nothing after it can be understood.
      this.#refuse(connection, { code: error.code, ofType: OF_NO_MESSAGE, detail: error.message });
      connection.session = OVER;
      connection.linger();
    }
  }

  frame(link: PeripheralLink, value: Uint8Array): void {
    const connection = this.connectionOf(link);
    if (connection?.session.phase !== 'greeted') return;
    try {
      this.#sync.takeFrame(connection, decodeFrame(value));
    } catch (error) {
      // A write command has no answer: a malformed frame is dropped and stays missing.
      if (!(error instanceof WireError)) throw error;
    }
  }

  stop(): void {
    this.#connection?.end();
    this.#connection = undefined;
  }

  #perform(connection: Connection, effect: SessionEffect): void {
    switch (effect.type) {
      case 'greet':
        connection.send(MESSAGE.helloAnswer, helloAnswerOf(this.#parts.facts()));
        // Under another nonce from now on: whoever heard this hello greets nobody with it.
        if (effect.hello.boundTo === 'advert') this.#parts.onShownChange();
        return;
      case 'adopt-key-set':
        this.#sync.drop(); // What was begun under the key set before.
        this.#parts.onKeySet(effect.keySet, effect.bytes);
        return;
      case 'answer-key-set':
        connection.send(MESSAGE.keySetAnswer, encodeKeySetAnswer({ keySetNumber: effect.keySetNumber }));
        return;
      case 'receive':
        this.#sync.receive(connection, effect.offer, effect.verified);
        return;
      case 'receive-firmware': {
        const { offer, verified } = effect;
        const open = (): Destination =>
          this.#parts.update.destination(verified, (courier) => this.#answerFirmware(courier));
        this.#sync.take(connection, offer, verified.hash, open);
        return;
      }
      case 'answer-firmware':
        this.#answerFirmware(connection);
        return;
      case 'send-receipt':
        this.#sendReceipt(connection, effect.cloudNonce);
        return;
      case 'send-statement':
        connection.send(MESSAGE.statement, effect.bytes);
        return;
      case 'activate':
        this.#parts.onActivate(effect);
        return;
      case 'refuse':
        if (effect.isAlarm) this.#parts.onAlarm(effect.code);
        this.#refuse(connection, effect);
        return;
      case 'send-log':
        this.#parts.onLogPull();
        sendLog(this.#parts, this.#parts.storage.events, effect, (batch) =>
          connection.send(MESSAGE.logBatch, batch),
        );
        return;
      case 'acknowledge-log':
        this.#acknowledgeLog(connection, effect.upToSequence);
        return;
      case 'send-time-challenge':
        connection.send(MESSAGE.timeChallenge, encodeTimeChallenge(effect));
        return;
      case 'set-clock':
      case 'raise-clock-floor':
        this.#parts.onTime(effect);
        return;
      case 'answer-time': {
        const { nowS, trust, uncertaintyS } = this.#parts.lockClock();
        connection.send(MESSAGE.timeAnswer, encodeTimeAnswer({ trust, lockTimeS: nowS, uncertaintyS }));
        return;
      }
      case 'deactivate':
      case 'release':
        this.#sync.drop();
        this.#parts.onOwnershipEnd(effect);
        return;
      case 'disconnect':
        connection.linger();
        return;
    }
  }

  #answerFirmware(connection: Connection): void {
    connection.send(MESSAGE.firmwareAnswer, encodeFirmwareAnswer(this.#parts.update.answer()));
  }

  /** Durable before it is answered. */
  #acknowledgeLog(connection: Connection, upToSequence: number): void {
    const { events } = this.#parts.storage;
    events.acknowledge(upToSequence);
    connection.send(MESSAGE.logAckAnswer, encodeLogAckAnswer({ acknowledged: events.acknowledged }));
    this.#parts.onShownChange();
  }

  #sendReceipt(connection: Connection, cloudNonce?: Uint8Array): void {
    const { engine, identity, storage, battery, lockClock, facts } = this.#parts;
    const { lockId, active, floor, firmware, tableState } = facts();
    const hello = connection.session.phase === 'greeted' ? connection.session.hello : undefined;
    const { nowS, trust, uncertaintyS } = lockClock();
    const { head } = storage.events;
    const receipt = signReceipt(engine, identity, {
      format: 1,
      lockId,
      triple: active?.triple ?? { ...floor, tableVersion: 0 },
      tableHash: active?.tableHash ?? null,
      tableState,
      courierNonce: hello?.courierNonce ?? new Uint8Array(NONCE_BYTES),
      cloudNonce: cloudNonce ?? hello?.cloudNonce ?? new Uint8Array(NONCE_BYTES),
      lockTimeS: nowS,
      clockTrust: trust,
      clockUncertaintyS: uncertaintyS,
      bootCount: storage.settings.values.bootCount,
      batteryPercent: battery().percent,
      firmware,
      logSequence: head.sequence,
      logHash: head.chain as Hash,
    });
    connection.send(MESSAGE.receipt, receipt);
  }

  #refuse(connection: Connection, { code, ofType, detail }: Refusal): void {
    connection.send(MESSAGE.refusal, encodeRefusal({ code, ofType, detail }));
  }
}
