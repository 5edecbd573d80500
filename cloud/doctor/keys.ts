// What the doctor makes of a keys folder: there and whole, the owner's alone, strong, young, and without the root.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { encodeHex } from '#protocol/bytes.ts';
import { isStrictPoint } from '#protocol/crypto/strict-ed25519.ts';
import type { KeySet } from '#protocol/signed/key-set.ts';
import { servingRoles } from '../keys/cloud-keys.ts';
import { publicKeysOf, type KeyReport, type ReportedKey } from '../keys/key-report.ts';
import { keyRoles } from '../keys/key-file.ts';
import { cloudCheck, type CloudCheck } from './check.ts';

const DAY_S = 86_400;
/** A key that is used each day is to be changed by then; nothing breaks if it is not. */
export const KEY_OLD_S = 365 * DAY_S;
/** A key from the future means that a clock was wrong, then or now. */
const KEY_AHEAD_S = DAY_S;

export function judgeKeys(report: KeyReport, engine: CryptoEngine, nowS: number): CloudCheck[] {
  const { folder } = report;
  if (!report.isThere) {
    return [
      cloudCheck(
        'cloud-keys',
        'fail',
        `${folder} is missing`,
        'Make the keys with doorlab cloud keygen, or name their folder with --keys.',
      ),
    ];
  }
  return [
    presence(report),
    permissions(report),
    strength(report, engine),
    ...root(report),
    age(report, nowS),
    ...rotation(report),
  ];
}

function presence({
  folder,
  unreadable,
  chain,
  chainTrouble,
  missing,
  logKeysGone,
  keys,
}: KeyReport): CloudCheck {
  const id = 'cloud-keys';
  const set = chain.at(-1);
  if (set === undefined) {
    const detail = chainTrouble ?? `${folder} holds no key set`;
    return cloudCheck(
      id,
      'fail',
      detail,
      'Put the key sets back from the copy of the keys folder, none left out.',
    );
  }
  if (unreadable.length > 0) {
    return cloudCheck(
      id,
      'fail',
      unreadable.join('; '),
      `Mend the permissions first (chmod -R go= ${folder}); what stays unreadable comes from the copy of the keys folder.`,
    );
  }
  const needed = missing.filter((role) => role !== 'firmware');
  if (needed.length > 0) {
    return cloudCheck(
      id,
      'fail',
      `the ${needed.join(' and the ')} key of key set ${set.number} ${needed.length === 1 ? 'is' : 'are'} not in ${folder}`,
      'Put it back from the copy of the keys folder; if it is lost, rotate: doorlab cloud rotate.',
    );
  }
  if (logKeysGone.length > 0) {
    return cloudCheck(
      id,
      'warn',
      `the log key of key set ${logKeysGone.join(', ')} is gone: what locks sealed to it can't be read`,
      'Put it back from the copy of the keys folder.',
    );
  }
  const aside = missing.includes('firmware') ? '; the firmware key is kept elsewhere' : '';
  return cloudCheck(id, 'ok', `key set ${set.number}, ${keys.length} keys in ${folder}${aside}`);
}

const permissions = ({ folder, open }: KeyReport): CloudCheck =>
  open.length === 0
    ? cloudCheck('key-permissions', 'ok', 'the keys are their owner’s alone')
    : cloudCheck(
        'key-permissions',
        'fail',
        `others may use ${open.join(', ')}`,
        `chmod -R go= ${folder}, and rotate if somebody may have looked.`,
      );

function strength({ weak, chain }: KeyReport, engine: CryptoEngine): CloudCheck {
  const set = chain.at(-1);
  const found = [...weak, ...(set === undefined ? [] : weakIn(set, engine))];
  if (found.length > 0) {
    return cloudCheck(
      'key-strength',
      'fail',
      found.join('; '),
      'Rotate at once: doorlab cloud rotate --role table,time,firmware,log,root.',
    );
  }
  return set === undefined
    ? cloudCheck('key-strength', 'unknown', 'the key set in force can’t be read')
    : cloudCheck('key-strength', 'ok', 'every key is random, and of one role alone');
}

/** Judged by the public halves: the secret ones of roots and firmware are elsewhere. */
export function weakIn(set: KeySet, engine: CryptoEngine): string[] {
  const found: string[] = [];
  const seen = new Map<string, string>();
  for (const role of keyRoles) {
    for (const key of publicKeysOf(set, role)) {
      const isWeak = role === 'log' ? engine.x25519(ANY_SECRET, key) === undefined : !isStrictPoint(key);
      if (isWeak) found.push(`the ${role} key of key set ${set.number} is of small order or no key at all`);
      const hex = encodeHex(key);
      const other = seen.get(hex);
      if (other !== undefined) found.push(`key set ${set.number} has one key as ${other} and as ${role} key`);
      seen.set(hex, role);
    }
  }
  return found;
}

const ANY_SECRET = Uint8Array.from({ length: 32 }, (_, at) => at + 1);

function root({ keys }: KeyReport): CloudCheck[] {
  const here = keys.filter(({ role }) => role === 'root');
  if (here.length === 0) return [cloudCheck('root-key', 'ok', 'no root key lies on this machine')];
  return [
    cloudCheck(
      'root-key',
      'warn',
      `${here.map(({ file }) => file).join(', ')}: whoever takes this machine takes the root with it`,
      'Move it to a machine or medium that is not online, and keep a copy there; serving does not need it.',
    ),
  ];
}

export const isOld = ({ use, createdAtS }: ReportedKey, nowS: number): boolean =>
  use === 'in-force' && nowS - createdAtS > KEY_OLD_S;

function age({ keys }: KeyReport, nowS: number): CloudCheck {
  const ahead = keys.filter(({ createdAtS }) => createdAtS - nowS > KEY_AHEAD_S);
  if (ahead.length > 0) {
    return cloudCheck(
      'key-age',
      'warn',
      `${ahead.map(({ file }) => file).join(', ')} is of a time to come`,
      'Set the clock: timedatectl set-ntp true.',
    );
  }
  const used = keys.filter(({ use, role }) => use === 'in-force' && role !== 'root');
  const old = used.filter((key) => isOld(key, nowS));
  if (old.length > 0) {
    const names = old.map((key) => `${key.role} key ${daysOld(key, nowS)} days`).join(', ');
    const roles = servingRoles.filter((role) => old.some((key) => key.role === role)).join(',');
    return cloudCheck('key-age', 'warn', names, `Rotate: doorlab cloud rotate --role ${roles}`);
  }
  if (used.length === 0) return cloudCheck('key-age', 'unknown', 'no key in force can be read');
  return cloudCheck(
    'key-age',
    'ok',
    `the oldest in force is ${Math.max(...used.map((key) => daysOld(key, nowS)))} days old`,
  );
}

export const daysOld = ({ createdAtS }: ReportedKey, nowS: number): number =>
  Math.max(0, Math.floor((nowS - createdAtS) / DAY_S));

function rotation({ keys }: KeyReport): CloudCheck[] {
  if (!keys.some(({ use }) => use === 'next')) return [];
  return [
    cloudCheck(
      'rotation',
      'warn',
      'a rotation is begun and not finished',
      'doorlab cloud rotate --finish SIGNATURE.., or doorlab cloud rotate --discard',
    ),
  ];
}
