// A lock of the data folder as a command asks it: by its name, over the socket in its folder.
import { askLock } from '#lock-sim/control/client.ts';
import type { ControlRequest } from '#lock-sim/control/messages.ts';
import type { ReplyTo } from '#lock-sim/control/replies.ts';
import { isLockFolder } from '#lock-sim/lock-folder.ts';
import type { Context } from './context.ts';
import { lockFolder, locksFolder } from './data-folders.ts';
import { CliError } from './errors.ts';

/** Throws USAGE for no name, FILE_MISSING where there is no such lock. */
export function existingLock({ config }: Pick<Context, 'config'>, name: string): string {
  const folder = lockFolder(config, name);
  if (isLockFolder(folder)) return folder;
  throw new CliError('FILE_MISSING', `There is no lock ${name} in ${locksFolder(config)}.`, {
    next: 'See doorlab lock ls, or make it with doorlab lock run NAME.',
  });
}

/** Throws what `existingLock` throws, and ControlError. */
export const ask = <R extends ControlRequest>(
  context: Context,
  name: string,
  request: R,
): Promise<ReplyTo<R['do']>> => askLock(existingLock(context, name), request, context.clock);

const CARD_HEX = /^(?:[0-9a-f]{2}){1,64}$/;

/** From stdin or a prompt: what opens a door has no place in arguments, where every process sees it. */
export async function askForCard({ prompt }: Pick<Context, 'prompt'>): Promise<string> {
  const text = await prompt.ask({
    text: 'Bytes of the card, in hex',
    instead: 'pipe them to stdin',
    secret: true,
  });
  const hex = text.replace(/[\s:]/g, '').toLowerCase();
  if (CARD_HEX.test(hex)) return hex;
  throw new CliError('USAGE', 'A card is 1 to 64 bytes in hex.', {
    next: 'Example: printf 04a1b2c3d4e5f6 | doorlab lock tap NAME',
  });
}

export async function askForCode({ prompt }: Pick<Context, 'prompt'>): Promise<string> {
  const text = await prompt.ask({ text: 'Doorcode', instead: 'pipe it to stdin', secret: true });
  if (/^[0-9]{1,16}$/.test(text)) return text;
  throw new CliError('USAGE', 'The keypad has the digits 0 to 9.', {
    next: 'Example: printf 1234567 | doorlab explain NAME --code',
  });
}
