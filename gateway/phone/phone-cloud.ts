// DOOR OS as the app of a resident or guest needs it. Every method throws CloudError; PHONE_NOT_SIGNED_IN where the
// account's token is over.
import type {
  AppCode,
  AppDoor,
  AppGuest,
  AppGuestChange,
  AppKey,
  AppMe,
  AppPhone,
} from '#protocol/api/app.ts';
import type { NewToken, Token } from '#protocol/api/accounts.ts';
import type { BodyInputOf, Contract, ReplyOf } from '#protocol/api/contract.ts';
import type { DailyCode } from '#protocol/api/people.ts';
import { routes } from '#protocol/api/routes.ts';
import { nowS, type Clock } from '#protocol/ports/clock.ts';
import { callCloud, type CallInput, type CallOptions, type CloudAddress } from '../cloud-call.ts';
import { everyPage } from '../cloud-client.ts';
import { CloudError } from '../cloud-error.ts';
import { CLOUD_CALL_AT_DOOR_DEADLINE_MS } from '../cloud-limits.ts';
import { notSignedIn } from './phone-error.ts';

/** A sign-in with its token. Throws CloudError, SIGN_IN_REFUSED among them. */
export async function signIn(
  baseUrl: string,
  clock: Clock,
  who: { readonly email: string; readonly password: string },
  options: CallOptions = {},
): Promise<NewToken> {
  const body = { ...who, surface: 'app', session: 'token' } as const;
  const made = await callCloud({ baseUrl, token: undefined }, clock, routes.signIn, { body }, options);
  const { token } = made;
  if (token === undefined) throw new CloudError('CLOUD_RUBBISH', 'The cloud signed in and gave no token.');
  return { ...made, token };
}

/** Has a link to set a password sent, where there is such an account: the cloud does not say. Throws CloudError. */
export async function forgotPassword(
  baseUrl: string,
  clock: Clock,
  email: string,
  options: CallOptions = {},
): Promise<void> {
  const address = { baseUrl, token: undefined };
  await callCloud(address, clock, routes.requestPasswordReset, { body: { email } }, options);
}

export class PhoneCloud {
  readonly #address: CloudAddress;
  readonly #clock: Clock;
  readonly #options: CallOptions;

  constructor(address: CloudAddress, clock: Clock, signal: AbortSignal) {
    this.#address = address;
    this.#clock = clock;
    this.#options = { signal };
  }

  me(): Promise<AppMe> {
    return this.#call(routes.appMe, {}, { deadlineMs: CLOUD_CALL_AT_DOOR_DEADLINE_MS });
  }

  doors(): Promise<readonly AppDoor[]> {
    const options = { deadlineMs: CLOUD_CALL_AT_DOOR_DEADLINE_MS };
    return everyPage((after) => this.#call(routes.appDoors, { query: { after } }, options));
  }

  async codes(): Promise<readonly AppCode[]> {
    return (await this.#call(routes.appCodes, {}, { deadlineMs: CLOUD_CALL_AT_DOOR_DEADLINE_MS })).items;
  }

  registerPhone(publicKey: string, label: string): Promise<AppPhone> {
    return this.#call(routes.appPhone, { body: { publicKey, label } });
  }

  /** No phone opens for the account any more, once the locks know. */
  async removePhone(): Promise<void> {
    await this.#call(routes.removeAppPhone);
  }

  /** Sign-ins of the app that hold now, on whatever phone. */
  async signIns(): Promise<readonly Token[]> {
    const tokens = await everyPage((after) => this.#call(routes.listTokens, { query: { after } }));
    const atS = nowS(this.#clock);
    return tokens.filter(
      ({ kind, revokedAtS, expiresAtS }) => kind === 'session' && revokedAtS === null && expiresAtS > atS,
    );
  }

  async endSignIn(tokenId: string): Promise<void> {
    await this.#call(routes.revokeToken, { params: { tokenId } });
  }

  /** Ends this one. */
  async signOut(): Promise<void> {
    await this.#call(routes.signOut);
  }

  async keys(): Promise<readonly AppKey[]> {
    return (await this.#call(routes.appKeys)).items;
  }

  guests(): Promise<readonly AppGuest[]> {
    return everyPage((after) => this.#call(routes.appGuests, { query: { after } }));
  }

  invite(body: BodyInputOf<typeof routes.inviteGuest>): Promise<AppGuestChange> {
    return this.#call(routes.inviteGuest, { body });
  }

  revoke(guestId: string): Promise<AppGuestChange> {
    return this.#call(routes.revokeGuest, { params: { guestId } });
  }

  async guestCodes(guestId: string): Promise<readonly DailyCode[]> {
    return (await this.#call(routes.guestCodes, { params: { guestId } })).items;
  }

  resetCode(doorId: string): Promise<AppCode> {
    return this.#call(routes.resetAppCode, { params: { doorId } });
  }

  async #call<C extends Contract>(
    contract: C,
    input: CallInput<C> = {},
    options: CallOptions = {},
  ): Promise<ReplyOf<C>> {
    try {
      return await callCloud(this.#address, this.#clock, contract, input, { ...this.#options, ...options });
    } catch (error) {
      if (error instanceof CloudError && error.code === 'NOT_SIGNED_IN')
        throw notSignedIn('The sign-in of this phone is over.', error);
      throw error;
    }
  }
}
