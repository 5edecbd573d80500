// Whether a cloud is fit to serve from this machine: all checks, in the order in which a person mends them.
import { existsSync } from 'node:fs';
import { nowS } from '#protocol/ports/clock.ts';
import { databaseUrlOf } from './data-folder.ts';
import type { CloudCheck } from './doctor/check.ts';
import { checkDatabase, type DatabaseWish } from './doctor/database.ts';
import { judgeKeys } from './doctor/keys.ts';
import { checkDatabaseTls, checkDiskSpace, checkMail } from './doctor/surroundings.ts';
import { reportKeys } from './keys/key-report.ts';

export interface CloudDoctorWish extends DatabaseWish {
  readonly smtpUrl: string | undefined;
}

/** Settles within the deadlines of its questions; never rejects but by defects. */
export async function examineCloud(wish: CloudDoctorWish): Promise<CloudCheck[]> {
  const { dataFolder, keysFolder, engine, clock, databaseUrl, smtpUrl } = wish;
  return [
    ...judgeKeys(reportKeys(keysFolder, engine), engine, nowS(clock)),
    ...(await checkDatabase(wish)),
    ...checkDatabaseTls(databaseUrlOf(dataFolder, databaseUrl)),
    ...(existsSync(dataFolder) ? [checkDiskSpace(dataFolder)] : []),
    checkMail(smtpUrl),
  ];
}
