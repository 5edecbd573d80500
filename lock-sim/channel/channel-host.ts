// The shell of a lock's channel: fragments of one connection into the session, its effects out, each command performed
// against the table that is in force then. Answers wait until the phone has subscribed. WIRE 14.
import { channelPrologue, CHANNEL_MESSAGE, encodeChannelAnswer } from '#protocol/channel/channel-messages.ts';
import type { ChannelAnswer, ChannelCommand, DoorState } from '#protocol/channel/channel-messages.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { X25519_BYTES } from '#protocol/crypto/engine.ts';
import type { LockId } from '#protocol/ids.ts';
import { CHANNEL_MESSAGE_MAX_BYTES } from '#protocol/limits.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import type { Random } from '#protocol/ports/random.ts';
import { FragmentReader, FragmentWriter, type ControlMessage } from '#protocol/sync/fragments.ts';
import { CHANNEL } from '#protocol/sync/gatt.ts';
import { encodeRefusal, OF_NO_MESSAGE } from '#protocol/sync/messages.ts';
import { WireError } from '#protocol/wire-error.ts';
import type { PeripheralLink } from '#radio/ports/peripheral.ts';
import type { AccessControl } from '../access/access-control.ts';
import type { Decision, LockClock } from '../access/decision.ts';
import type { DoorControl } from '../door-control.ts';
import type { SecureElement } from '../secure-element/secure-element.ts';
import { StorageError } from '../storage/storage-error.ts';
import type { LockFacts } from '../sync/facts.ts';
import type { WorkingMemory } from '../working-memory.ts';
import { answered, stepChannel, type ChannelEffect, type ChannelSession } from './channel-session.ts';
import type { ChannelKeys, ChannelStep } from './channel-session.ts';
import { HandshakeBudget } from './handshake-budget.ts';

const ATT_HEADER_BYTES = 3;
/** Answers kept for a phone that has not subscribed: that to the handshake, or why there is none, and little more. */
const HELD_MESSAGES_MAX = 4;
/** Two cipher keys, the phone's key, and the last answer. */
const OPEN_BYTES = 3 * X25519_BYTES + CHANNEL_MESSAGE_MAX_BYTES;

/** What of the lock a command is decided by. */
export interface ChannelLock {
  readonly lockId: LockId;
  readonly memory: WorkingMemory;
  readonly access: AccessControl;
  readonly door: DoorControl;
  readonly conversation: {
    connectionOf(link: PeripheralLink): { touch(): void; linger(): void } | undefined;
  };
  facts(): LockFacts;
  time(): LockClock;
}

export interface ChannelHostParts {
  readonly engine: CryptoEngine;
  readonly clock: Clock;
  readonly random: Random;
  readonly secure: SecureElement;
  readonly lock: ChannelLock;
}

interface Serving {
  readonly link: PeripheralLink;
  readonly reader: FragmentReader;
  readonly writer: FragmentWriter;
  held: ControlMessage[];
  session: ChannelSession;
}

export class ChannelHost {
  readonly #parts: ChannelHostParts;
  readonly #budget = new HandshakeBudget();
  /** Made with the first handshake: most locks see none. */
  #staticPublic: Uint8Array | undefined;
  #serving: Serving | undefined;

  constructor(parts: ChannelHostParts) {
    this.#parts = parts;
  }

  /** A fragment that a phone wrote. Throws StorageError where flash failed: the phone is answered before. */
  write(link: PeripheralLink, fragment: Uint8Array): void {
    if (this.#parts.lock.conversation.connectionOf(link) === undefined) return;
    const serving = this.#servingOf(link);
    if (serving.session.phase === 'over') return;
    let message: ControlMessage | undefined;
    try {
      message = serving.reader.read(fragment);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      const { code } = error;
      serving.session = { phase: 'over' };
      this.#perform(serving, { type: 'refuse', code, ofType: OF_NO_MESSAGE, detail: error.message });
      this.#perform(serving, { type: 'disconnect' });
      return;
    }
    if (message !== undefined)
      this.#take(serving, stepChannel(this.#parts.engine, serving.session, message, this.#keys()));
    this.#count(serving);
  }

  /** To be called as the phone subscribes to the channel. */
  subscribed(link: PeripheralLink): void {
    if (this.#serving?.link !== link) return;
    this.#flush(this.#serving);
    this.#count(this.#serving);
  }

  ended(link: PeripheralLink): void {
    if (this.#serving?.link !== link) return;
    this.#serving = undefined;
    this.#parts.lock.memory.hold('channel', 0);
  }

  #servingOf(link: PeripheralLink): Serving {
    if (this.#serving?.link === link) return this.#serving;
    const reader = new FragmentReader(CHANNEL_MESSAGE_MAX_BYTES);
    const writer = new FragmentWriter();
    return (this.#serving = { link, reader, writer, held: [], session: { phase: 'idle' } });
  }

  #keys(): ChannelKeys {
    const { engine, secure, lock, random, clock } = this.#parts;
    const { owner, lockSecrets, channelSecret } = secure.contents;
    const isOwned = owner !== null && lockSecrets !== null;
    return {
      prologue: isOwned ? channelPrologue(lock.lockId, owner.ownershipEpoch) : undefined,
      staticSecret: channelSecret,
      staticPublic: (this.#staticPublic ??= engine.x25519PublicKey(channelSecret)),
      ephemeralSecret: () => random.bytes(X25519_BYTES),
      mayCompute: () => this.#budget.take(clock.monotonicMs()),
    };
  }

  #take(serving: Serving, { session, effects }: ChannelStep): void {
    serving.session = session;
    for (const effect of effects) this.#perform(serving, effect);
  }

  #perform(serving: Serving, effect: ChannelEffect): void {
    const { lock } = this.#parts;
    switch (effect.type) {
      case 'send':
        this.#send(serving, { type: effect.messageType, body: effect.body });
        return;
      case 'refuse':
        this.#send(serving, { type: CHANNEL_MESSAGE.refusal, body: encodeRefusal(effect) });
        return;
      case 'valid':
        lock.conversation.connectionOf(serving.link)?.touch();
        return;
      case 'perform':
        this.#command(serving, effect.command, effect.phoneKey);
        return;
      case 'disconnect':
        lock.conversation.connectionOf(serving.link)?.linger();
        return;
    }
  }

  #command(serving: Serving, command: ChannelCommand, phoneKey: Uint8Array): void {
    const answer = (answer: Omit<ChannelAnswer, 'number'>): void => {
      const plain = encodeChannelAnswer({ number: command.number, ...answer });
      this.#take(serving, answered(this.#parts.engine, serving.session, plain));
    };
    try {
      answer(command.kind === 'unlock' ? this.#unlock(phoneKey) : this.#status(phoneKey));
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      answer({ outcome: 'failed', reason: null, state: null });
      throw error;
    }
  }

  /** Decided and written by the row that the table in force has of this phone, now. */
  #unlock(phoneKey: Uint8Array): Omit<ChannelAnswer, 'number'> {
    const decision = this.#parts.lock.door.unlockByApp(phoneKey);
    if (decision === undefined) return { outcome: 'cannot-move', reason: null, state: null };
    const { outcome, reason } = decision;
    return { outcome: outcome === 'open' ? 'done' : 'refused', reason, state: this.#stateFor(decision) };
  }

  /** For a phone whose access is not over, also outside its hours. */
  #status(phoneKey: Uint8Array): Omit<ChannelAnswer, 'number'> {
    const decision = this.#parts.lock.access.explain({ kind: 'phone', phoneKey });
    const { reason } = decision;
    const state = reason === 'EXPIRED' ? null : this.#stateFor(decision);
    return { outcome: state === null ? 'refused' : 'done', reason, state };
  }

  /** Nothing for a phone that no row knows. */
  #stateFor({ row }: Decision): DoorState | null {
    if (row === undefined) return null;
    const { lock } = this.#parts;
    const { bolt, opensFromOutside } = lock.door.mechanics.state();
    const { active, floor, firmware, batteryPercent } = lock.facts();
    const { nowS, trust } = lock.time();
    const triple = active?.triple ?? { ...floor, tableVersion: 0 };
    return { bolt, opensFromOutside, batteryPercent, lockTimeS: nowS, clockTrust: trust, triple, firmware };
  }

  #send(serving: Serving, message: ControlMessage): void {
    serving.held.push(message);
    if (serving.link.isSubscribed(CHANNEL)) this.#flush(serving);
    else if (serving.held.length > HELD_MESSAGES_MAX) serving.link.disconnect();
  }

  #flush(serving: Serving): void {
    if (!serving.link.isSubscribed(CHANNEL)) return;
    const messages = serving.held;
    serving.held = [];
    for (const message of messages) {
      for (const fragment of serving.writer.write(message, serving.link.mtu - ATT_HEADER_BYTES))
        serving.link.notify(CHANNEL, fragment);
    }
  }

  #count({ reader, held, session }: Serving): void {
    const heldBytes = held.reduce((sum, { body }) => sum + body.length, reader.pendingBytes);
    this.#parts.lock.memory.hold('channel', heldBytes + (session.phase === 'open' ? OPEN_BYTES : 0));
  }
}
