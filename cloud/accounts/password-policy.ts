// Which passwords are refused: short ones (by the API's schema), those anybody tries first, and the address itself.
// There are no rules about kinds of characters.
import { Refusal } from '../domain/refusal.ts';
import { easyPasswords } from './easy-passwords.ts';

/** Throws PASSWORD_REFUSED. `email`: normalised. */
export function requireGoodPassword(password: string, email: string): void {
  const reason = weaknessOf(password.normalize('NFKC').toLowerCase(), email);
  if (reason === undefined) return;
  throw new Refusal('PASSWORD_REFUSED', `The password ${reason}.`, {
    fields: [{ path: 'password', message: reason }],
    next: 'Choose another one; four unrelated words are good.',
  });
}

/** Fewer different characters than this are a key held down, or two. */
const DIFFERENT_MIN = 4;

function weaknessOf(password: string, email: string): string | undefined {
  const [local = ''] = email.split('@');
  if (easyPasswords.has(password)) return 'is one of the commonest';
  // "correcthorse2024!" is as common as the word in it.
  if (easyPasswords.has(password.replace(/[^a-z]+$/, ''))) return 'is one of the commonest with an ending';
  if (new Set(password).size < DIFFERENT_MIN) return 'repeats the same few characters';
  if (isRun(password)) return 'is a run of neighbouring characters';
  if (password.includes(email)) return 'holds the e-mail address';
  const rest = password.replaceAll(/[^a-z0-9]/g, '');
  const own = local.replaceAll(/[^a-z0-9]/g, '');
  if (own.length >= 6 && rest.replace(own, '').length < DIFFERENT_MIN)
    return 'is the e-mail address, or nearly';
  return undefined;
}

/** As abcdefghij or 9876543210. */
function isRun(password: string): boolean {
  const codes = Array.from(password, (character) => character.codePointAt(0) ?? 0);
  return [1, -1].some((step) => codes.every((code, i) => i === 0 || code === (codes[i - 1] ?? 0) + step));
}
