// Where a request came from, as far as signing in needs it: the network's place, and the sessions a browser holds.
import { isIPv6 } from 'node:net';
import type { Request, Response } from 'express';
import { sessionsIn } from '../accounts/session-cookie.ts';
import type { Site } from '../accounts/site.ts';
import { requireOwnOrigin } from './authorization.ts';
import type { Call } from './handler.ts';
import type { Contract } from '#protocol/api/contract.ts';

export const visitOf = (site: Site, request: Request, response: Response): Call<Contract>['visit'] => ({
  place: placeOf(request.ip ?? ''),
  sessions: sessionsIn(site, request.get('cookie')),
  requireOwnOrigin: () => requireOwnOrigin(site, { header: (name) => request.get(name) }),
  setCookie: (cookie) => response.append('Set-Cookie', cookie),
});

/** One customer of a network has a whole /64 of IPv6 (RFC 6177): every address in it is the same place. */
export function placeOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = (address.split('%')[0] ?? '').toLowerCase().split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
