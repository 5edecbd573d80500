// Bugs in the channel of phones.
import { bug, type PlantedBug } from './planted-bug.ts';

const SESSION = 'lock-sim/channel/channel-session.ts';
const ATTACKS = 'lock-sim/channel-attacks.test.ts';

export const CHANNEL_BUGS: readonly PlantedBug[] = [
  bug('nonces of the channel stand still', ['protocol/noise.test.ts', ATTACKS], {
    file: 'protocol/noise/cipher-state.ts',
    find: 'return { cipher: { key, count: count + 1 }, bytes };',
    replace: 'return { cipher: { key, count: count * 1 }, bytes };',
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
];
