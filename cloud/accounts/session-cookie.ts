// The page's session as a cookie: no script reads it, no other site sends it, and with TLS no other host sets it. One
// for each surface, so that a browser can hold the session of a manager and that of an app.
import { surfaces, type Surface } from '#protocol/api/accounts.ts';
import type { Site } from './site.ts';

const NAMES: Readonly<Record<Surface, string>> = { 'door-os': 'doorlab', app: 'doorlab-app' };

/** RFC 6265bis, 4.1.3.2: `__Host-` binds it to this host, path / and TLS. */
const nameOf = (site: Site, surface: Surface): string => (site.isSecure ? '__Host-' : '') + NAMES[surface];

export const sessionCookie = (site: Site, surface: Surface, token: string, lifeS: number): string =>
  [
    `${nameOf(site, surface)}=${token}`,
    'Path=/',
    `Max-Age=${lifeS}`,
    'HttpOnly',
    'SameSite=Strict',
    ...(site.isSecure ? ['Secure'] : []),
  ].join('; ');

export const endedCookie = (site: Site, surface: Surface): string => sessionCookie(site, surface, '', 0);

/** The tokens in a Cookie header. A name that comes twice counts as absent: somebody put one there. */
export function sessionsIn(site: Site, header: string | undefined): ReadonlyMap<Surface, string> {
  const pairs = (header ?? '').split(';').map((pair) => {
    const [name = '', ...value] = pair.trim().split('=');
    return { name, value: value.join('=') };
  });
  const found = new Map<Surface, string>();
  for (const surface of surfaces) {
    const own = pairs.filter(({ name }) => name === nameOf(site, surface));
    const [first] = own;
    if (own.length === 1 && first !== undefined && first.value !== '') found.set(surface, first.value);
  }
  return found;
}

/** Which session a request means: that of the named surface, and otherwise that of DOOR OS first. */
export function chosenSession(
  sessions: ReadonlyMap<Surface, string>,
  path: string,
  named: string | undefined,
): string | undefined {
  if (named === 'app' || path.startsWith('/api/v1/app/')) return sessions.get('app');
  if (named === 'door-os') return sessions.get('door-os');
  return sessions.get('door-os') ?? sessions.get('app');
}
