// The cloud's database into one file, and back into an empty one.
import { resolve } from 'node:path';
import { backUp } from '#cloud/backup/backup.ts';
import { VERSIONS_SKIPPED } from '#cloud/backup/move-on.ts';
import { restoreBackup } from '#cloud/backup/restore.ts';
import type { Context } from './context.ts';
import { cloudFolder, databaseUrlIn } from './data-folders.ts';
import type { Outcome } from './output.ts';

const placeOf = ({ clock, config, env, signal }: Context) => ({
  dataFolder: cloudFolder(config),
  databaseUrl: databaseUrlIn(env),
  clock,
  signal,
});

export async function backUpCloud(context: Context, name: string): Promise<Outcome> {
  const file = resolve(context.cwd, name);
  const made = await backUp(placeOf(context), file);
  return {
    result: { file, ...made },
    text:
      `The backup is in ${file}, for its owner alone: it holds doorcodes and the secrets of locks. ` +
      'The keys folder is no part of it; keep a copy of that elsewhere.',
  };
}

export async function restoreCloud(context: Context, name: string): Promise<Outcome> {
  const file = resolve(context.cwd, name);
  const restored = await restoreBackup({ ...placeOf(context), random: context.random }, file);
  const madeAt = new Date(restored.madeAtS * 1000).toISOString();
  return {
    result: { file, ...restored, versionsSkipped: VERSIONS_SKIPPED },
    text: [
      `The database is as it was at ${madeAt}. What was done since is not in it: give and take access again.`,
      `Every door's version was raised by ${VERSIONS_SKIPPED}, so that no lock has seen it: ${restored.locks} locks need a Door Sync.`,
      `${restored.tokensEnded} tokens were ended: everybody signs in again, and couriers need new tokens.`,
      ...(restored.dailyCodesEnded > 0
        ? [`${restored.dailyCodesEnded} daily doorcodes were ended: give new ones.`]
        : []),
    ].join('\n'),
  };
}
