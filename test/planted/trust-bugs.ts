// Bugs in what a lock believes: signatures, audiences, greetings, key sets, activation, and what ends an ownership.
import { bug, type PlantedBug } from './planted-bug.ts';

const COSE = 'protocol/signed/cose.ts';
const ROOTS = 'protocol/signed/root-signatures.ts';
const KEY_SET = 'protocol/signed/key-set.ts';
const ACTIVATION = 'protocol/signed/activation.ts';
const LIFE = 'lock-sim/life/judge-life.ts';

export const TRUST_BUGS: readonly PlantedBug[] = [
  bug('signature unchecked', 'lock-sim/session.test.ts', {
    file: COSE,
    find: 'const isGood = engine.ed25519Verify(publicKey, parts.toBeSigned, parts.signature);',
    replace:
      'const isGood = parts.signature.length === 64 && publicKey.length === 32 && engine !== undefined;',
  }),
  bug('key of a signature unchecked', 'protocol/cose.test.ts', {
    file: COSE,
    find: "refuseUnless(isNamed, 'UNKNOWN_KEY', 'signed by a key that is not the expected one');",
  }),
  bug(
    'audience unchecked',
    'protocol/cose.test.ts',
    { file: COSE, find: "refuseUnless(isMeant, 'WRONG_AUDIENCE', 'signed for another lock');" },
    {
      edits: [
        {
          file: COSE,
          find: 'const toBeSigned = sigStructure(protectedBytes, externalAad(role, audience), payload);\n  return { kid',
          replace:
            'const toBeSigned = sigStructure(protectedBytes, externalAad(role, new Uint8Array(0)), payload);\n  return { kid',
        },
        {
          file: COSE,
          find: 'const toBeSigned = sigStructure(protectedBytes, externalAad(role, audience), payload);\n  const signature',
          replace:
            'const toBeSigned = sigStructure(protectedBytes, externalAad(role, new Uint8Array(0)), payload);\n  const signature',
        },
      ],
    },
  ),
  bug(
    'role unchecked',
    'protocol/cose.test.ts',
    { file: COSE, find: 'claims.get(CLAIM_SUBJECT) === expected.get(CLAIM_SUBJECT),', replace: 'true,' },
    {},
  ),
  bug('bytes behind an object taken', 'protocol/cbor.test.ts', {
    file: 'protocol/cbor/scan.ts',
    find: 'if (end !== bytes.length)',
    replace: 'if (end > bytes.length)',
  }),
  bug('MAC of a hello unchecked', 'lock-sim/session.test.ts', {
    file: 'lock-sim/sync/session.ts',
    find: "if (!equalSecret(mac, hello.mac))\n    return end(message.type, 'WRONG_MAC', 'the hello was not made for this lock');",
  }),
  bug("cloud's nonce not under the MAC of a hello", 'lock-sim/session.test.ts', {
    file: 'protocol/sync/messages.ts',
    find: '${boundTo}`), nonce, courierNonce, cloudNonce);',
    replace: '${boundTo}`), nonce, courierNonce, cloudNonce.slice(16));',
  }),
  bug('refusal lost by hanging up at once', 'gateway/talk.test.ts', {
    file: 'lock-sim/sync/conversation.ts',
    find: 'connection.linger();\n        return;',
    replace: 'connection.link.disconnect();\n        return;',
  }),
  bug('no hello asked for', 'lock-sim/session.test.ts', {
    file: 'lock-sim/sync/session.ts',
    find: 'return greet(engine, session, message, facts);',
    replace:
      "return message.type === MESSAGE.hello ? greet(engine, session, message, facts) : converse(engine, { phase: 'greeted', hello: decodeHello(message.body), keySetSteps: 0, proposed: undefined, challenge: undefined, activation: undefined }, message, facts, keys);",
  }),
  bug('signatures of roots counted, not keys', 'protocol/key-set.test.ts', {
    file: ROOTS,
    find: 'const count = [...roots].filter((key) => signers.has(key)).length;',
    replace: 'const count = roots.size === 0 ? 0 : signed.signatures.length + 0 * signers.size;',
  }),
  bug('next key set by its own roots alone', 'protocol/key-set.test.ts', {
    file: KEY_SET,
    find: 'previous === undefined ? [keySet] : [previous, keySet]',
    replace: '[keySet]',
  }),
  bug('key set steps left out', 'protocol/key-set.test.ts', {
    file: KEY_SET,
    find: 'keySet.number === previous.number + 1',
    replace: 'keySet.number > previous.number',
  }),
  bug('activation without the button', 'lock-sim/session.test.ts', {
    file: 'lock-sim/sync/session-ownership.ts',
    find: "if (!facts.activationWindowOpen)\n    return refuse(session, MESSAGE.activate, 'WINDOW_CLOSED', 'nobody pressed the button');",
  }),
  bug('grant for another statement taken', 'protocol/activation.test.ts', {
    file: ACTIVATION,
    find: "refuseUnless(answersUs, 'WRONG_AUDIENCE', 'a grant for another statement');",
  }),
  bug('statement replayed to the cloud', 'protocol/activation.test.ts', {
    file: ACTIVATION,
    find: "refuseUnless(answers, 'WRONG_AUDIENCE', 'a statement that answers another request');",
  }),
  bug('deactivation replayed', 'lock-sim/lock-deactivation.test.ts', {
    file: LIFE,
    find: "if (rise <= 0) return refuse('WRONG_OWNERSHIP', 'the ownership epoch has to rise');",
  }),
  bug('owner lost at a reset', 'lock-sim/lock-reset.test.ts', {
    file: 'lock-sim/secure-element/secure-element.ts',
    find: "this.#write('reset', { lockSecrets: null,",
    replace: "this.#write('reset', { owner: null, lockSecrets: null,",
  }),
  bug('reset keeps the tables', 'lock-sim/lock-reset.test.ts', {
    file: 'lock-sim/secure-element/secure-element.ts',
    find: "this.#write('reset', { lockSecrets: null, tableSecret: Uint8Array.from(freshTableSecret) });",
    replace: "if (freshTableSecret.length > 0) this.#write('reset', {});",
  }),
  bug('sets of before taken after a reset', 'lock-sim/session-life.test.ts', {
    file: 'lock-sim/sync/judge-offer.ts',
    find: 'if (facts.keySet === undefined || !facts.activated)',
    replace: 'if (facts.keySet === undefined)',
  }),
  bug('release by too few roots', 'lock-sim/lock-release.test.ts', {
    file: 'protocol/signed/release.ts',
    find: 'signed, [roots]);',
    replace: 'signed, [{ ...roots, threshold: 1 }]);',
  }),
  bug('deactivation keeps the secrets', 'lock-sim/lock-deactivation.test.ts', {
    file: 'lock-sim/secure-element/secure-element.ts',
    find: "this.#write('deactivate', { lockSecrets: null, tableSecret,",
    replace: "this.#write('deactivate', { tableSecret,",
  }),
];
