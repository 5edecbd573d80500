// Bugs in the channel of phones, on both of its sides.
import { bug, type PlantedBug } from './planted-bug.ts';

const SESSION = 'lock-sim/channel/channel-session.ts';
const ATTACKS = 'lock-sim/channel-attacks.test.ts';

export const CHANNEL_BUGS: readonly PlantedBug[] = [
  bug('nonces of the channel stand still', ['protocol/noise.test.ts', ATTACKS], {
    file: 'protocol/noise/cipher-state.ts',
    find: 'return { cipher: { key, count: count + 1 }, bytes };',
    replace: 'return { cipher: { key, count: count * 1 }, bytes };',
  }),
  bug('slip after slip is answered', ATTACKS, {
    file: 'lock-sim/channel/channel-host.ts',
    find: "if (serving.session.phase === 'over') return;",
  }),
  bug('a command in the first message', ATTACKS, {
    file: SESSION,
    find: 'if (body.length !== FIRST_MESSAGE_BYTES)',
    replace: 'if (body.length < FIRST_MESSAGE_BYTES)',
  }),
  bug(
    'a command performed again',
    'lock-sim/channel.test.ts',
    {
      file: SESSION,
      find: 'if (last?.answer !== undefined && command.number === last.command.number) {',
      replace: 'if (last?.answer !== undefined && command.number === 0) {',
    },
    {
      edits: [
        {
          file: SESSION,
          find: 'if (last !== undefined && command.number <= last.command.number)',
          replace: 'if (last !== undefined && command.number < last.command.number)',
        },
      ],
    },
  ),
  bug('handshakes without a budget', ATTACKS, {
    file: SESSION,
    find: 'if (!keys.mayCompute()) {',
    replace: 'if (!keys.mayCompute() && body.length === 0) {',
  }),
  bug('a phone is told about a door that it has no row of', 'lock-sim/channel.test.ts', {
    file: 'lock-sim/channel/channel-host.ts',
    find: "const state = reason === 'EXPIRED' ? null : this.#stateFor(decision);",
    replace: 'const state = this.#stateFor(decision);',
  }),
  bug('a command said again that the lock may have', 'gateway/app-unlock.test.ts', {
    file: 'gateway/courier/app-unlock.ts',
    find: 'isSaid = true;',
    replace: 'isSaid = false;',
  }),
  bug('an answer of another command believed', 'gateway/app-unlock.test.ts', {
    file: 'gateway/courier/phone-channel.ts',
    find: 'this.#receiving = opened.cipher;',
  }),
  bug('a phone key that others may read', 'gateway/phone-files.test.ts', {
    file: 'gateway/phone/phone-files.ts',
    find: '(statSync(path).mode & OTHERS) !== 0',
    replace: '(statSync(path).mode & OTHERS) < 0',
  }),
  bug('another set carried than the one that is wanted', 'gateway/phone-carrier.test.ts', {
    file: 'gateway/phone/phone-carrier.ts',
    find: "manifest.kind === 'full' && compareTriples(manifest.triple, target) === 0;",
    replace: "manifest.kind === 'full' && compareTriples(manifest.triple, target) < 1;",
  }),
];
