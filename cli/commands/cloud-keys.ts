// `doorlab cloud keys|rotate|sign|root-key|release|firmware`: the cloud's keys at work.
import type { Command } from 'commander';
import type { Host } from '../context.ts';
import { examples } from '../program.ts';
import { registerFirmware } from './update.ts';
import type { ReleaseOptions } from '../release-run.ts';
import type { KeysOptions, RotateOptions, SignOptions } from '../keys-run.ts';

const SHORT_DEADLINE_MS = 60_000;
const KEYS_HELP = 'the keys folder (default: keys in the data folder)';

export function registerKeys(cloud: Command, host: Host): void {
  const keys = cloud
    .command('keys')
    .description('the keys of this cloud: role, key set, age, place, permissions, and advice; 3 when unfit')
    .option('--keys <folder>', KEYS_HELP)
    .action(
      host.action<KeysOptions>({ deadlineMs: SHORT_DEADLINE_MS }, async (context, options) => {
        const { listKeys } = await import('../keys-run.ts');
        return listKeys(context, options);
      }),
    );
  examples(keys, ['doorlab cloud keys', 'doorlab cloud keys --keys /srv/doorlab/keys --json']);
  registerRotate(cloud, host);
  registerRoots(cloud, host);
  registerFirmware(cloud, host);
}

function registerRotate(cloud: Command, host: Host): void {
  const rotate = cloud
    .command('rotate')
    .description('make the next key set: at once where the root keys are at hand, else as a request to sign')
    .option(
      '--role <list>',
      'whose keys are made anew, with commas: table, time, firmware, log, root (default: all but root)',
    )
    .option('--roots <files...>', 'root keys of the next set: .pub files, and "current" for all in force')
    .option('--threshold <k>', 'how many root keys must sign from then on')
    .option('--root <files...>', 'root keys at hand, beside those in the keys folder')
    .option('--out <file>', 'write the request there too')
    .option('--finish <signatures...>', 'put the pending key set in force: signatures of enough root keys')
    .option('--discard', 'drop the pending key set')
    .option('--yes', 'sign without asking')
    .option('--keys <folder>', KEYS_HELP)
    .action(
      host.action<RotateOptions>({ deadlineMs: 'none' }, async (context, options) => {
        const { rotateKeys } = await import('../keys-run.ts');
        return rotateKeys(context, options);
      }),
    );
  examples(rotate, [
    'doorlab cloud rotate                                # new table, time, firmware and log keys',
    'doorlab cloud rotate --role table --out set.request # then: doorlab cloud sign, where the root key is',
    'doorlab cloud rotate --finish set.request.*.signature',
    'doorlab cloud rotate --roots current bob.key.pub carol.key.pub --threshold 2',
    'doorlab cloud rotate --role root --root /media/safe/root.key',
  ]);
}

function registerRoots(cloud: Command, host: Host): void {
  const sign = cloud
    .command('sign <request>')
    .description('sign a request with root keys, on a machine that has only these; shows it and asks')
    .requiredOption('--root <files...>', 'root keys to sign with')
    .option('--out <file>', 'where the signature goes (default: beside the request)')
    .option('--again', 'sign though these keys signed another key set of that number')
    .option('--yes', 'sign without asking')
    .action(
      host.action<SignOptions>({ deadlineMs: 'none' }, async (context, options, [request = '']) => {
        const { signAsRootHere } = await import('../keys-run.ts');
        return signAsRootHere(context, request, options);
      }),
    );
  examples(sign, [
    'doorlab cloud sign set.request --root /media/safe/root.key',
    'doorlab cloud sign set.request --root alice.key bob.key --out both.signature',
  ]);

  const release = cloud
    .command('release [lock]')
    .description(
      'ask the root keys to make a lock forget its owner; it must be off its door. Then, with --finish: the release',
    )
    .requiredOption('--out <file>', 'where the request, or the release, goes')
    .option('--key-set <n>', 'the key set that the lock is at (default: the one in force)')
    .option('--request <file>', 'with --finish: what was signed')
    .option('--finish <signatures...>', 'signatures of enough root keys')
    .option('--keys <folder>', KEYS_HELP)
    .action(
      host.action<ReleaseOptions>({ deadlineMs: SHORT_DEADLINE_MS }, async (context, options, [lock]) => {
        const { releaseLock } = await import('../release-run.ts');
        return releaseLock(context, lock, options);
      }),
    );
  examples(release, [
    'doorlab cloud release 4B --out release.request     # then: doorlab cloud sign release.request',
    'doorlab cloud release --request release.request --finish *.signature --out 4b.release',
  ]);

  const root = cloud
    .command('root-key <file>')
    .description('make a further root key, on a machine of its own; its public half goes into FILE.pub')
    .action(
      host.action({ deadlineMs: SHORT_DEADLINE_MS }, async (context, _options, [file = '']) => {
        const { makeRoot } = await import('../keys-run.ts');
        return makeRoot(context, file);
      }),
    );
  examples(root, ['doorlab cloud root-key /media/safe/bob.key']);
}
