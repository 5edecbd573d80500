// Accounts, who manages what, and what signs somebody in, as rows.
import type { KeyManagement, ManagerRole } from '#protocol/api/managers.ts';

/** `session`: somebody who signed in; `bearer`: a program or courier; `lock`: one internet-connected lock. */
export type TokenKind = 'session' | 'bearer' | 'lock';

export interface AccountSchema {
  accounts: {
    id: string;
    /** Normalised: the identity. */
    email: string;
    state: 'pending' | 'active';
    password_hash: string | null;
    created_at_s: number;
    activated_at_s: number | null;
  };
  managers: {
    account_id: string;
    portfolio_id: string;
    role: ManagerRole;
    name: string;
    created_at_s: number;
  };
  /** What a property manager may do at one property. */
  property_managers: {
    account_id: string;
    property_id: string;
    key_management: KeyManagement;
    device_management: number;
    activation: number;
  };
  /** The Keys of a manager whose Key Management is `specific`. */
  managed_keys: { account_id: string; key_id: string };
  tokens: {
    id: string;
    kind: TokenKind;
    /** Null for a lock's. */
    account_id: string | null;
    /** Null for the app, whose tenant is the account itself. */
    portfolio_id: string | null;
    /** The one door a lock's token is for. */
    door_id: string | null;
    /** SHA-256 of the token. */
    hash: Uint8Array;
    label: string;
    scopes: string;
    created_at_s: number;
    expires_at_s: number;
    last_used_at_s: number | null;
    revoked_at_s: number | null;
  };
  /** Failed attempts, by what they came from or went for; and the places an account is known from. */
  throttles: { key: string; failures: number; last_at_s: number; until_s: number };
  password_links: {
    /** SHA-256 of the token in the link. */
    hash: Uint8Array;
    account_id: string;
    purpose: 'welcome' | 'reset';
    created_at_s: number;
    expires_at_s: number;
    used_at_s: number | null;
  };
  phones: {
    id: string;
    account_id: string;
    public_key: Uint8Array;
    label: string;
    created_at_s: number;
    revoked_at_s: number | null;
  };
}
