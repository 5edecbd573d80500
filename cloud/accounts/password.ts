// Passwords: argon2id with the parameters of OWASP's password storage advice (19 MiB, two passes). An unknown
// address costs the same time as a wrong password.
import { hash, verify } from '@node-rs/argon2';
import type { Random } from '#protocol/ports/random.ts';

const SALT_BYTES = 16;
/** The algorithm's default is argon2id. */
const PARAMETERS = {
  memoryCost: 19 * 1024,
  timeCost: 2,
  parallelism: 1,
  outputLen: 32,
} as const;

/** PHC string. */
export const hashPassword = (random: Random, password: string): Promise<string> =>
  hash(password.normalize('NFKC'), { ...PARAMETERS, salt: Buffer.from(random.bytes(SALT_BYTES)) });

/** `passwordHash` undefined or null: false, after as long a time as a real comparison takes. */
export async function checkPassword(
  random: Random,
  passwordHash: string | null | undefined,
  password: string,
): Promise<boolean> {
  if (passwordHash === undefined || passwordHash === null) {
    await hashPassword(random, password);
    return false;
  }
  return await verify(passwordHash, password.normalize('NFKC'));
}
