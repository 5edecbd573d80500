// The words of --fault: each gives its field of the record, all are told by --help, and nothing is guessed.
import { describe, expect, it } from 'vitest';
import type { Faults } from '#radio/air/faults.ts';
import { faultHelp, faultsOf } from '#cli/fault-words.ts';

const parse = (text: string | undefined, hasEvents = true): Faults => faultsOf(text, { seed: 7, hasEvents });

const GOOD: readonly [string, Partial<Faults>][] = [
  ['loss=10%', { packetLoss: 0.1 }],
  ['loss=0.5%', { packetLoss: 0.005 }],
  ['delay=20ms', { delayMsMax: 20 }],
  ['duplicate=5%', { pduDuplicate: 0.05, reportDuplicate: 0.05 }],
  ['adverts=30%', { reportLoss: 0.3 }],
  ['disconnect=every:20KiB', { loseLinkEveryBytes: 20_480 }],
  ['disconnect=every:500B', { loseLinkEveryBytes: 500 }],
  ['disconnect=every:1MiB', { loseLinkEveryBytes: 1_048_576 }],
  ['disconnect=at:200', { loseLinkAtPdu: 200 }],
  ['disconnect=at:50..90', { loseLinkAtPdu: [50, 90] }],
  ['silent=at:30', { silentFromPdu: 30 }],
  ['silent=at:1..30', { silentFromPdu: [1, 30] }],
  ['mtu=23', { attMtuMax: 23 }],
  ['slow=200ms', { slowPeerMs: 200 }],
  ['no-data-length', { noDataLength: true }],
  ['packets=4', { pairsPerEventMax: 4 }],
  ['links=1/3,mtu=23', { oneLinkIn: 3, attMtuMax: 23 }],
  ['loss=10%, disconnect=every:20KiB', { packetLoss: 0.1, loseLinkEveryBytes: 20_480 }],
];

describe('--fault', () => {
  it.each(GOOD)('takes %s', (text, fields) => {
    expect(parse(text)).toEqual({ seed: 7, ...fields });
  });

  it('left out is an air without faults', () => {
    expect(faultsOf(undefined, { seed: undefined, hasEvents: false })).toEqual({ seed: 0 });
  });

  it.each([
    '',
    ',',
    'loss',
    'loss=',
    'loss=10',
    'loss=91%',
    'loss=-1%',
    'loss=1e1%',
    'loss=NaN%',
    'loss=10%,',
    'loss=10%=',
    'delay=20',
    'delay=0ms',
    'delay=60001ms',
    'disconnect=200',
    'disconnect=at:0',
    'disconnect=at:9..3',
    'disconnect=every:20',
    'disconnect=every:0KiB',
    'disconnect=every:2048MiB',
    'disconnect=every:20kb',
    'mtu=22',
    'mtu=518',
    'packets=0',
    'links=3',
    'links=1/0',
    'links=1/3',
    'links=1/3,adverts=30%',
    'no-data-length=yes',
    'silent=every:1KiB',
    'seed=1',
    'toString=1',
    'loss=1%,loss=2%',
  ])('refuses "%s" and says what was expected', (text) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({
        code: 'USAGE',
        message: expect.stringMatching(/^--fault: /) as string,
      }) as Error,
    );
  });

  it.each([
    ['mtu=99999', 'mtu=23 to mtu=517'],
    ['loss=100%', 'loss=0% to loss=90%'],
    ['adverts=100%', 'adverts=0% to adverts=90%'],
    ['duplicate=100%', 'duplicate=0% to duplicate=90%'],
    ['links=2/3', 'links=1/1 to links=1/1000000'],
    ['delay=99999999999999ms', 'delay=1ms to delay=60000ms'],
    ['slow=0ms', 'slow=1ms to slow=60000ms'],
    ['packets=65', 'packets=1 to packets=64'],
    ['silent=at:0', 'silent=at:1 to silent=at:9999999 or silent=at:50..90'],
    [
      'disconnect=every:2GiB',
      'disconnect=every:1B to disconnect=every:1024MiB, disconnect=at:1 to disconnect=at:9999999 or',
    ],
  ])('%s is told what it may be, and its ends hold', (text, range) => {
    expect(() => parse(text)).toThrow(`--fault: expected ${range}`);
    for (const end of range.split(/ to |, | or ?/).filter((word) => word !== '')) {
      const isLinks = end.startsWith('links');
      expect(parse(isLinks ? `${end},mtu=23` : end).seed).toBe(7);
    }
  });

  it('says that one link in so many, with no fault for it, does nothing', () => {
    for (const alone of ['links=1/3', 'adverts=30%,links=1/3']) {
      expect(() => parse(alone)).toThrow(
        expect.objectContaining({
          message: expect.stringContaining('links does nothing') as string,
          next: 'Add one, such as disconnect=at:200.',
        }) as Error,
      );
    }
    expect(parse('adverts=30%,links=1/3,slow=1ms').oneLinkIn).toBe(3);
  });

  it('names the fault that was meant', () => {
    expect(() => parse('los=10%')).toThrow(expect.objectContaining({ next: 'Did you mean loss?' }) as Error);
    expect(() => parse('rain=10%')).toThrow(
      expect.objectContaining({ next: expect.stringContaining('loss, delay') as string }) as Error,
    );
  });

  it.each(['loss=10%', 'no-data-length', 'packets=4'])(
    '%s says that it does nothing on an unpaced air',
    (text) => {
      expect(() => parse(text, false)).toThrow(
        expect.objectContaining({ next: 'Add --link 1m or --link 2m.' }) as Error,
      );
    },
  );

  it('is told by its help, word by word, in examples that hold', () => {
    const examples = faultHelp()
      .split('\n')
      .map((line) => line.slice(2, 46).trim());
    expect(examples).toHaveLength(11);
    for (const example of examples) {
      const name = example.split('=')[0] ?? '';
      for (const value of example.slice(name.length).split(' | ')) {
        const word = `${name}${value.startsWith('=') || value === '' ? value : `=${value}`}`;
        expect(parse(name === 'links' ? `${word},mtu=23` : word).seed).toBe(7);
      }
    }
  });
});
