// What a phone keeps in its folder: for its owner's eyes alone, whole after a cut, and typed errors where it can't be used.
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DoorlabError } from '#protocol/errors.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { PhoneFiles, type Known, type SignedIn } from '#gateway/phone/phone-files.ts';
import { aFolder } from './temporary-folder.ts';

describe('the files of a phone', () => {
  const known: Known = {
    format: 1,
    cloud: 'http://127.0.0.1:1',
    email: 'ada@example.com',
    asOfS: 1,
    isRegistered: true,
    zones: {},
    properties: [],
    doors: [],
    codes: [],
    deliveries: {},
    handles: {},
  };
  const signedIn: SignedIn = {
    format: 1,
    cloud: known.cloud,
    email: known.email,
    tokenId: `token_${'a'.repeat(26)}`,
    label: 'Ada’s phone',
    atS: 1,
    expiresAtS: 2,
  };
  const codeOf = (call: () => unknown): unknown => {
    try {
      return call();
    } catch (error) {
      return error instanceof DoorlabError ? error.code : error;
    }
  };

  it('are for the owner alone, whole, and what was told may be damaged without harm', () => {
    const files = new PhoneFiles(join(aFolder(), 'phone'));
    expect([codeOf(() => files.secretKey()), codeOf(() => files.token())]).toEqual([
      'PHONE_NOT_SIGNED_IN',
      'PHONE_NOT_SIGNED_IN',
    ]);
    const secret = files.nextKey(seededRandom('phone'));
    files.takeUpNextKey();
    files.keepToken('dls_abc', signedIn);
    files.keepKnown(known);
    expect(files.secretKey()).toEqual(secret);
    expect([files.token(), files.known()]).toEqual(['dls_abc', known]);
    for (const name of readdirSync(files.folder))
      expect(statSync(join(files.folder, name)).mode & 0o777, name).toBe(0o600);
    expect(statSync(files.folder).mode & 0o777).toBe(0o700);
    const path = join(files.folder, 'known.json');
    const text = readFileSync(path, 'utf8');
    for (const damaged of ['', text.slice(0, -10), '[]', text.replace('"format":1', '"format":2')]) {
      writeFileSync(path, damaged);
      expect(files.known()).toBeUndefined();
    }
  });

  it('keep the key in use until the next one is taken up, which is the same after a cut in between', () => {
    const files = new PhoneFiles(join(aFolder(), 'phone'));
    const random = seededRandom('phone');
    const first = files.nextKey(random);
    files.takeUpNextKey();
    const next = files.nextKey(random);
    expect(next).not.toEqual(first);
    expect(files.secretKey()).toEqual(first);
    expect(new PhoneFiles(files.folder).nextKey(random)).toEqual(next);
    files.takeUpNextKey();
    expect(files.secretKey()).toEqual(next);
    files.nextKey(random);
    files.dropNextKey();
    expect(files.secretKey()).toEqual(next);
  });

  it('are not used where others may read them, or where they hold something else', () => {
    const files = new PhoneFiles(join(aFolder(), 'phone'));
    files.nextKey(seededRandom('phone'));
    files.takeUpNextKey();
    files.keepToken('dls_abc', signedIn);
    for (const mode of [0o640, 0o604, 0o666]) {
      chmodSync(join(files.folder, 'phone.key'), mode);
      expect(codeOf(() => files.secretKey())).toBe('PHONE_FILE_TOO_OPEN');
    }
    chmodSync(join(files.folder, 'phone.key'), 0o600);
    for (const text of ['', 'rubbish', 'ab'.repeat(31), 'ab'.repeat(33)]) {
      writeFileSync(join(files.folder, 'phone.key'), text);
      expect(codeOf(() => files.secretKey())).toBe('PHONE_FILE_UNREADABLE');
    }
    writeFileSync(join(files.folder, 'token'), 'two words');
    expect(codeOf(() => files.token())).toBe('PHONE_NOT_SIGNED_IN');
  });

  it('that can’t be written say so, and leave no half of one', () => {
    const folder = join(aFolder(), 'phone');
    writeFileSync(folder, '');
    expect(codeOf(() => new PhoneFiles(folder).keepKnown(known))).toBe('PHONE_FILE_NOT_WRITTEN');
    mkdirSync(join(folder, '..', 'other', 'known.json'), { recursive: true });
    const other = new PhoneFiles(join(folder, '..', 'other'));
    expect(codeOf(() => other.keepKnown(known))).toBe('PHONE_FILE_NOT_WRITTEN');
    expect(readdirSync(other.folder)).toEqual(['known.json']);
  });
});
