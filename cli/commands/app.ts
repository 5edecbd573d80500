// `doorlab app ..`: the phone of a resident or guest, against the app's API and over Bluetooth.
import type { Command } from 'commander';
import type { Host } from '../context.ts';
import type { GuestsOptions, InviteOptions, RevokeOptions } from '../app-guests-run.ts';
import type { RemovePhoneOptions } from '../app-phones-run.ts';
import type { LoginOptions } from '../app-sign-in-run.ts';
import { examples } from '../program.ts';

const ACCOUNT_DEADLINE_MS = 60_000;
/** An opening, a sync of a full table at a slow link, and an opening. */
const DOOR_DEADLINE_MS = 300_000;
const SYNC_DEADLINE_MS = 600_000;

export function register(program: Command, host: Host): void {
  const app = program.command('app').description('the phone of a resident or guest');
  registerSignIn(app, host);
  registerAccount(app, host);
  registerPhones(app, host);
  registerDoors(app, host);
  registerGuests(app, host);
}

function registerSignIn(app: Command, host: Host): void {
  const login = app
    .command('login <email>')
    .description('sign in and make this the phone of the account; asks for the password')
    .option('--label <text>', 'what the phone is called (default: the name of this machine)')
    .option('--new-key', 'make a new key, as a new phone does')
    .option('--yes', 'sign out whoever else is signed in here without asking')
    .action(
      host.action<LoginOptions>(
        { deadlineMs: ACCOUNT_DEADLINE_MS },
        async (context, options, [email = '']) => {
          const { login: run } = await import('../app-sign-in-run.ts');
          return run(context, email, options);
        },
      ),
    );
  examples(login, [
    'doorlab app login ada@example.com',
    'doorlab app login ada@example.com --label "Ada’s phone" < password.txt',
  ]);

  const logout = app
    .command('logout')
    .description('sign out: ends the sign-in, takes the phone from the account, wipes what is kept here')
    .action(
      host.action({ deadlineMs: ACCOUNT_DEADLINE_MS }, async (context) => {
        const { logout: run } = await import('../app-sign-in-run.ts');
        return run(context);
      }),
    );
  examples(logout, ['doorlab app logout']);

  const forgot = app
    .command('forgot-password <email>')
    .description('have a link to set a password sent; also for an invitation whose mail is lost')
    .action(
      host.action({ deadlineMs: ACCOUNT_DEADLINE_MS }, async (context, _options, [email = '']) => {
        const { askForPassword } = await import('../app-sign-in-run.ts');
        return askForPassword(context, email);
      }),
    );
  examples(forgot, ['doorlab app forgot-password ada@example.com']);
}

function registerAccount(app: Command, host: Host): void {
  const status = app
    .command('status')
    .description('who is signed in, how old what is kept here is, and what waits')
    .action(
      host.action({ deadlineMs: ACCOUNT_DEADLINE_MS }, async (context) => {
        const { showStatus } = await import('../app-account-run.ts');
        return showStatus(context);
      }),
    );
  examples(status, ['doorlab app status', 'doorlab app status --json']);

  const keys = app
    .command('keys')
    .description('the Keys of the account: doors, until when, and which may be shared')
    .action(
      host.action({ deadlineMs: ACCOUNT_DEADLINE_MS }, async (context) => {
        const { showKeys } = await import('../app-account-run.ts');
        return showKeys(context);
      }),
    );
  examples(keys, ['doorlab app keys']);

  const doors = app
    .command('doors')
    .description(
      'doors that open for the account, now or later; what was told last where there is no connection',
    )
    .action(
      host.action({ deadlineMs: ACCOUNT_DEADLINE_MS }, async (context) => {
        const { showDoors } = await import('../app-account-run.ts');
        return showDoors(context);
      }),
    );
  examples(doors, ['doorlab app doors', 'doorlab app doors --json']);

  const codes = app
    .command('codes')
    .description('the doorcodes of the account')
    .action(
      host.action({ deadlineMs: ACCOUNT_DEADLINE_MS }, async (context) => {
        const { showCodes } = await import('../app-account-run.ts');
        return showCodes(context);
      }),
    );
  examples(codes, ['doorlab app codes']);

  const reset = app
    .command('reset-code <door>')
    .description('another doorcode for the residence; the old one works until the lock has the new set')
    .action(
      host.action({ deadlineMs: ACCOUNT_DEADLINE_MS }, async (context, _options, [door = '']) => {
        const { resetCode } = await import('../app-account-run.ts');
        return resetCode(context, door);
      }),
    );
  examples(reset, ['doorlab app reset-code 4B']);
}

function registerPhones(app: Command, host: Host): void {
  const phones = app
    .command('phones')
    .description('the phone that opens doors for the account, and every sign-in')
    .action(
      host.action({ deadlineMs: ACCOUNT_DEADLINE_MS }, async (context) => {
        const { showPhones } = await import('../app-phones-run.ts');
        return showPhones(context);
      }),
    );
  examples(phones, ['doorlab app phones']);

  const remove = app
    .command('remove-phone')
    .description(
      'after a phone was lost: ends every sign-in but this one, and takes another phone’s key away',
    )
    .option('--yes', 'do not ask')
    .action(
      host.action<RemovePhoneOptions>({ deadlineMs: ACCOUNT_DEADLINE_MS }, async (context, options) => {
        const { removePhone } = await import('../app-phones-run.ts');
        return removePhone(context, options);
      }),
    );
  examples(remove, ['doorlab app remove-phone', 'doorlab app remove-phone --yes']);
}

function registerDoors(app: Command, host: Host): void {
  const unlock = app
    .command('unlock <door>')
    .description('open a door over Bluetooth; a lock that waits for a Door Sync gets it')
    .action(
      host.action({ deadlineMs: DOOR_DEADLINE_MS }, async (context, _options, [door = '']) => {
        const { unlock: run } = await import('../app-run.ts');
        return run(context, door);
      }),
    );
  examples(unlock, ['doorlab app unlock 4B', 'doorlab app unlock "Front Entrance" --radio adapter']);

  const sync = app
    .command('sync [doors...]')
    .description('Door Sync of the doors named, or of all that wait for one')
    .action(
      host.action({ deadlineMs: SYNC_DEADLINE_MS }, async (context, _options, doors) => {
        const { syncDoors } = await import('../app-sync-run.ts');
        return syncDoors(context, doors);
      }),
    );
  examples(sync, ['doorlab app sync', 'doorlab app sync 4B']);
}

function registerGuests(app: Command, host: Host): void {
  const invite = app
    .command('invite <email>')
    .description('give a guest a Key that may be shared')
    .requiredOption('--key <name>', 'which Key')
    .requiredOption('--first-name <text>', 'of the guest')
    .requiredOption('--last-name <text>', 'of the guest')
    .option('--doorcode', 'a daily doorcode in the place of the app')
    .option('--start <time>', 'from when on (default: now)')
    .option('--end <time>', 'until when (default: as long as your own)')
    .action(
      host.action<InviteOptions>(
        { deadlineMs: ACCOUNT_DEADLINE_MS },
        async (context, options, [email = '']) => {
          const { invite: run } = await import('../app-guests-run.ts');
          return run(context, email, options);
        },
      ),
    );
  examples(invite, [
    'doorlab app invite ben@example.com --key "Unit 4B" --first-name Ben --last-name Abel --end 2026-03-01T18:00+01:00',
    'doorlab app invite ben@example.com --key "Unit 4B" --first-name Ben --last-name Abel --doorcode',
  ]);

  const guests = app
    .command('guests')
    .description('whom you invited, with which doors and until when')
    .option('--all', 'also whose access has ended')
    .action(
      host.action<GuestsOptions>({ deadlineMs: ACCOUNT_DEADLINE_MS }, async (context, options) => {
        const { showGuests } = await import('../app-guests-run.ts');
        return showGuests(context, options);
      }),
    );
  examples(guests, ['doorlab app guests', 'doorlab app guests --all']);

  const revoke = app
    .command('revoke <email>')
    .description('take Keys from a guest again')
    .option('--key <name>', 'this one alone (default: all that you gave, after a question)')
    .option('--yes', 'all of them without asking')
    .action(
      host.action<RevokeOptions>(
        { deadlineMs: ACCOUNT_DEADLINE_MS },
        async (context, options, [email = '']) => {
          const { revoke: run } = await import('../app-guests-run.ts');
          return run(context, email, options);
        },
      ),
    );
  examples(revoke, [
    'doorlab app revoke ben@example.com',
    'doorlab app revoke ben@example.com --key "Unit 4B"',
  ]);
}
