// Vectors of what goes over the air outside the signed objects: advert, hello and its kin, fragments, frames,
// lock-status and refusals.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { hashOf } from '#protocol/ids.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { advertManufacturerData, makeAdvert } from '#protocol/sync/advert.ts';
import { FragmentWriter, type ControlMessage } from '#protocol/sync/fragments.ts';
import { encodeAck, encodeFrame, frameBytesFor, framesPerChunk } from '#protocol/sync/frames.ts';
import { encodeLockStatus } from '#protocol/sync/lock-status.ts';
import {
  encodeHello,
  encodeHelloAnswer,
  encodeKeySetAnswer,
  encodeOffer,
  encodeOfferAnswer,
  encodeRefusal,
  helloMac,
  MESSAGE,
  type Hello,
} from '#protocol/sync/messages.ts';
import { encodeProgress } from '#protocol/sync/progress.ts';
import { refusalNumbers, type RefusalCode } from '#protocol/sync/refusals.ts';
import { utf8 } from '#protocol/bytes.ts';
import { aLock } from '../lock.ts';
import { aSignedSet } from '../signed-set.ts';
import type { VectorMaker } from './vector-file.ts';

const random = seededRandom(1).fork('air');
const draw = (label: string, length: number): Uint8Array => random.fork(label).bytes(length);

export const airVectors: VectorMaker = (engine) => ({
  advert: { about: 'The 16 bytes of the scan response.', wire: '8.2', cases: advertCases(engine) },
  'lock-status': { about: 'lock-status before and during a transfer.', wire: '8.3', cases: statusCases() },
  fragments: {
    about: 'Control messages cut into fragments, one after another on one connection.',
    wire: '9.1',
    cases: fragmentCases(),
  },
  hello: {
    about: 'Hello bound to either nonce, and the messages of CBOR and bytes that follow it.',
    wire: '9.2',
    cases: { ...helloCases(engine), ...answerCases(engine) },
  },
  frames: { about: 'Frames and acknowledgements.', wire: '9.6', cases: frameCases() },
  refusal: { about: 'A refusal of each code.', wire: '9.8', cases: refusalCases() },
});

function advertCases(engine: CryptoEngine) {
  const { advertisingKey } = aLock({ engine }).secrets;
  const nonce = draw('advert-nonce', 4);
  const caseOf = (tableVersion: number, flag: boolean) => {
    const state = { tableVersion, logPending: flag, batteryLow: false, notActivated: false };
    const bytes = makeAdvert(engine, advertisingKey, nonce, state);
    return { advertisingKey, nonce, state, bytes, manufacturerData: advertManufacturerData(bytes) };
  };
  return { quiet: caseOf(7, false), 'log-pending': caseOf(0x0001_fffe, true) };
}

const progress = {
  chunkCount: 25,
  framesPerChunk: framesPerChunk(241),
  have: Uint8Array.of(0x07, 0, 0, 0),
  open: [{ index: 3, frames: Uint8Array.of(0xff, 0x03, 0) }],
};

function statusCases() {
  const idle = {
    gattVersion: 1,
    advert: draw('advert', 16),
    connectionNonce: draw('connection-nonce', 8),
    transfer: undefined,
  };
  const receiving = { ...idle, transfer: { offerId: 9, progress } };
  return {
    idle: { status: idle, bytes: encodeLockStatus(idle) },
    receiving: { status: receiving, bytes: encodeLockStatus(receiving) },
    progress: { progress, bytes: encodeProgress(progress) },
  };
}

function fragmentCases() {
  const writer = new FragmentWriter();
  const caseOf = (message: ControlMessage, valueBytes: number) => ({
    message,
    valueBytes,
    fragments: writer.write(message, valueBytes),
  });
  const body = draw('message', 41);
  return {
    'one-fragment': caseOf({ type: MESSAGE.hello, body: body.subarray(0, 5) }, 20),
    'three-fragments': caseOf({ type: MESSAGE.keySet, body }, 20),
    empty: caseOf({ type: MESSAGE.ack, body: new Uint8Array(0) }, 20),
  };
}

function helloCases(engine: CryptoEngine) {
  const { advertisingKey } = aLock({ engine }).secrets;
  const caseOf = (boundTo: Hello['boundTo'], nonce: Uint8Array) => {
    const nonces = { courierNonce: draw('courier-nonce', 16), cloudNonce: draw('cloud-nonce', 16) };
    const mac = helloMac(engine, advertisingKey, boundTo, nonce, nonces);
    const hello: Hello = { version: 1, ...nonces, boundTo, mac };
    return { advertisingKey, nonce, hello, bytes: encodeHello(hello) };
  };
  return {
    connection: caseOf('connection', draw('connection-nonce', 8)),
    advert: caseOf('advert', draw('advert-nonce', 4)),
  };
}

function answerCases(engine: CryptoEngine) {
  const fresh = {
    version: 1,
    activated: false,
    tableState: 'none',
    triple: { ownershipEpoch: 0, keyEpoch: 0, tableVersion: 0 },
    keySetNumber: 0,
    tableHash: null,
    stageHash: null,
    firmware: 1,
    capacityRows: 1_500,
  } as const;
  const active = {
    ...fresh,
    activated: true,
    tableState: 'active',
    triple: { ownershipEpoch: 1, keyEpoch: 1, tableVersion: 7 },
    keySetNumber: 1,
    tableHash: hashOf(engine, utf8('a table')),
  } as const;
  const { manifestBytes } = aSignedSet({ engine, tableVersion: 7, rows: 3 });
  const offer = { offerId: 9, frameBytes: 241, manifestBytes };
  const offerAnswer = { offerId: 9, status: 'send', progress: encodeProgress(progress) } as const;
  return {
    'answer-fresh': { answer: fresh, bytes: encodeHelloAnswer(fresh) },
    'answer-active': { answer: active, bytes: encodeHelloAnswer(active) },
    'key-set-answer': { answer: { keySetNumber: 2 }, bytes: encodeKeySetAnswer({ keySetNumber: 2 }) },
    offer: { offer, bytes: encodeOffer(offer) },
    'offer-answer': { answer: offerAnswer, bytes: encodeOfferAnswer(offerAnswer) },
  };
}

function frameCases() {
  const frame = { offerId: 9, number: 0x0102, payload: draw('payload', frameBytesFor(23)) };
  const ack = {
    offerId: 9,
    next: 51,
    received: Uint8Array.of(0xfe, 0xff, 0x03, 0, 0, 0, 0, 0),
    limit: 136,
  };
  return {
    frame: { frame, bytes: encodeFrame(frame) },
    ack: { ack, bytes: encodeAck(ack) },
    sizes: {
      framesPerChunk: Object.fromEntries(
        [23, 185, 247, 517].map((mtu) => [
          `mtu ${mtu}`,
          { frameBytes: frameBytesFor(mtu), framesPerChunk: framesPerChunk(frameBytesFor(mtu)) },
        ]),
      ),
    },
  };
}

function refusalCases() {
  const codes = Object.keys(refusalNumbers) as RefusalCode[];
  return Object.fromEntries(
    codes.map((code) => {
      const refusal = { code, ofType: MESSAGE.offer, detail: 'as seen by the lock' };
      return [code, { number: refusalNumbers[code], refusal, bytes: encodeRefusal(refusal) }];
    }),
  );
}
