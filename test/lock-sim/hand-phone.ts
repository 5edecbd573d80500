// A phone that does as it is told: opens a channel, says the commands that a test names, and anything else. It has no
// deadlines and no judgement of its own.
import { invariant } from '#protocol/errors.ts';
import {
  CHANNEL_MESSAGE,
  channelPrologue,
  decodeChannelAnswer,
  encodeChannelCommand,
  type ChannelAnswer,
  type ChannelCommand,
} from '#protocol/channel/channel-messages.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { open, seal, type CipherState } from '#protocol/noise/cipher-state.ts';
import { readSecond, writeFirst, type AwaitingSecond } from '#protocol/noise/noise-ik.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { FragmentReader, FragmentWriter, type ControlMessage } from '#protocol/sync/fragments.ts';
import { CHANNEL } from '#protocol/sync/gatt.ts';
import { decodeRefusal } from '#protocol/sync/messages.ts';
import type { RefusalCode } from '#protocol/sync/refusals.ts';
import { appVerifier } from '#protocol/table/verifier.ts';
import type { Row } from '#protocol/table/rows.ts';
import type { BuiltLock } from '#test/builders/lock.ts';
import { aDoorcodeRow } from '#test/builders/signed-set.ts';
import type { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import type { HandLink, HandRadio } from './hand-radio.ts';

const NOTHING = new Uint8Array(0);

export const phoneSecret = (name: string): Uint8Array => seededRandom(`phone ${name}`).bytes(32);
export const phoneKey = (name: string): Uint8Array => nodeEngine.x25519PublicKey(phoneSecret(name));

/** The row that lets the phone of that name open. */
export const anAppRow = (lock: BuiltLock, name: string, id: number, over: Partial<Row> = {}): Row => ({
  ...aDoorcodeRow(lock, '1000001', id),
  kind: 'app',
  verifier: appVerifier(nodeEngine, phoneKey(name)),
  ...over,
});

export interface PhoneParts {
  readonly radio: HandRadio;
  readonly clock: VirtualClock;
  readonly built: BuiltLock;
}

export interface PhoneOptions {
  readonly name?: string;
  readonly mtu?: number;
  readonly ownershipEpoch?: number;
  readonly channelKey?: Uint8Array;
  readonly payload?: Uint8Array;
  /** On a link that is up already. */
  readonly link?: HandLink;
}

export class HandPhone {
  readonly link: HandLink;
  readonly #clock: VirtualClock;
  readonly #writer = new FragmentWriter();
  readonly #reader = new FragmentReader();
  readonly #waiting: AwaitingSecond;
  readonly first: Uint8Array;
  #read = 0;
  #number = 0;
  readonly heard: ControlMessage[] = [];
  sending: CipherState | undefined;
  #receiving: CipherState | undefined;

  constructor({ radio, clock, built }: PhoneParts, options: PhoneOptions = {}) {
    const { name = 'own', ownershipEpoch = 1, channelKey = built.channelKey, payload = NOTHING } = options;
    this.#clock = clock;
    this.link = options.link ?? radio.connect(options.mtu);
    const { message, state } = writeFirst(
      nodeEngine,
      {
        prologue: channelPrologue(built.lockId, ownershipEpoch),
        staticSecret: phoneSecret(name),
        ephemeralSecret: seededRandom(`ephemeral ${name} ${this.link.epoch}`).bytes(32),
        remoteStatic: channelKey,
      },
      payload,
    );
    this.first = message;
    this.#waiting = state;
  }

  /** Subscribed, and its channel opened. */
  static opened(parts: PhoneParts, options: PhoneOptions = {}): HandPhone {
    const phone = new HandPhone(parts, options);
    phone.link.subscribe(CHANNEL);
    phone.open();
    return phone;
  }

  open(): void {
    this.say(CHANNEL_MESSAGE.open, this.first);
    this.finish();
  }

  /** With the lock's answer to the handshake. */
  finish(): void {
    const body = this.#bodies(CHANNEL_MESSAGE.opened).at(-1);
    if (body === undefined) return;
    const { established } = readSecond(nodeEngine, this.#waiting, body);
    this.sending = established.fromInitiator;
    this.#receiving = established.fromResponder;
  }

  say(type: number, body: Uint8Array): void {
    for (const fragment of this.#writer.write({ type, body }, this.link.mtu - 3))
      this.link.write(CHANNEL, fragment);
    this.#listen();
  }

  /** All of a message but its last fragment. */
  begin(type: number, body: Uint8Array): void {
    for (const fragment of this.#writer.write({ type, body }, this.link.mtu - 3).slice(0, -1))
      this.link.write(CHANNEL, fragment);
  }

  /** Sealed as the next command, and not sent. */
  seal(plain: Uint8Array): Uint8Array {
    invariant(this.sending, 'the channel is open');
    const { cipher, bytes } = seal(nodeEngine, this.sending, NOTHING, plain);
    this.sending = cipher;
    return bytes;
  }

  /** Undefined where the lock gave none. */
  command(kind: ChannelCommand['kind'], number = ++this.#number): ChannelAnswer | undefined {
    const before = this.#bodies(CHANNEL_MESSAGE.answer).length;
    this.say(CHANNEL_MESSAGE.command, this.seal(encodeChannelCommand({ number, kind })));
    const answer = this.#bodies(CHANNEL_MESSAGE.answer)[before];
    if (answer === undefined) return undefined;
    invariant(this.#receiving, 'the channel is open');
    const { cipher, bytes } = open(nodeEngine, this.#receiving, NOTHING, answer);
    this.#receiving = cipher;
    return decodeChannelAnswer(bytes);
  }

  get refusals(): RefusalCode[] {
    this.#listen();
    return this.#bodies(CHANNEL_MESSAGE.refusal).map((body) => decodeRefusal(body).code);
  }

  leave(): void {
    this.link.disconnect();
    this.#clock.advance(1);
  }

  #bodies(type: number): Uint8Array[] {
    this.#listen();
    return this.heard.filter((message) => message.type === type).map(({ body }) => body);
  }

  #listen(): void {
    const values = this.link.notified.filter(({ characteristic }) => characteristic === CHANNEL);
    for (const { value } of values.slice(this.#read)) {
      const message = this.#reader.read(value);
      if (message !== undefined) this.heard.push(message);
    }
    this.#read = values.length;
  }
}
