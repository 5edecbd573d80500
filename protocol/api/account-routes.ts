// Routes of signing in and tokens.
import { NewToken, Session, SignIn, Token, TokenWish } from './accounts.ts';
import { API_BASE, managerAccess, contract } from './contract.ts';
import { Empty, Page, PageQuery } from './values.ts';

export const accountRoutes = {
  signIn: contract({
    method: 'POST',
    path: `${API_BASE}/sign-in`,
    access: 'open',
    permission: 'nothing',
    summary: 'Exchange an address and a password for a token',
    body: SignIn,
    reply: NewToken,
    status: 201,
  }),
  signOut: contract({
    method: 'POST',
    path: `${API_BASE}/sign-out`,
    access: 'any',
    permission: 'nothing',
    summary: 'Revoke the token of this request',
    reply: Empty,
    status: 200,
  }),
  session: contract({
    method: 'GET',
    path: `${API_BASE}/session`,
    access: 'any',
    permission: 'nothing',
    summary: 'Who this token is',
    reply: Session,
    status: 200,
  }),
  listTokens: contract({
    method: 'GET',
    path: `${API_BASE}/tokens`,
    access: managerAccess,
    permission: 'nothing',
    summary: 'Tokens of the account, revoked ones included',
    query: PageQuery,
    reply: Page(Token),
    status: 200,
  }),
  createToken: contract({
    method: 'POST',
    path: `${API_BASE}/tokens`,
    access: managerAccess,
    permission: 'nothing',
    summary: 'Make a token for a courier or a program',
    body: TokenWish,
    reply: NewToken,
    status: 201,
  }),
  revokeToken: contract({
    method: 'DELETE',
    path: `${API_BASE}/tokens/{tokenId}`,
    access: managerAccess,
    permission: 'nothing',
    summary: 'Revoke a token at once',
    reply: Token,
    status: 200,
  }),
} as const;
