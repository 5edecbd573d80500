// What of a lock is metal: it stays as it is while the power is off, and hands move it then as well. From the inside
// every door opens, with power or without.
import type { Profile } from './profile.ts';

export interface Body {
  /** `between`: a move was not finished. A mortise and a reader have no bolt of their own: theirs stays extended. */
  readonly bolt: 'extended' | 'retracted' | 'between';
  readonly door: 'open' | 'closed';
  /** Privacy deadbolt of a mortise, thrown from the inside. */
  readonly privacy: 'thrown' | 'released';
}

export const LOCKED_BODY: Body = { bolt: 'extended', door: 'closed', privacy: 'released' };

export type Turn = 'lock' | 'unlock';

export type HandAct =
  | { readonly type: 'thumbturn'; readonly side: 'inside' | 'outside'; readonly to: Turn }
  | { readonly type: 'key'; readonly to: Turn }
  /** Somebody inside leaves: lever, thumbturn or request-to-exit, whichever the door has. */
  | { readonly type: 'exit' }
  | { readonly type: 'door'; readonly is: Body['door'] }
  | { readonly type: 'privacy'; readonly is: Body['privacy'] };

/** The same body where the act moves nothing. The outside thumbturn spins freely here: only power engages it. */
export function moveByHand(profile: Profile, body: Body, act: HandAct): Body {
  switch (act.type) {
    case 'thumbturn':
      if (act.side === 'outside') return body;
      return profile === 'mortise' ? throwPrivacy(body, act.to) : turnBolt(profile, body, act.to);
    case 'key':
      if (profile === 'mortise' && act.to === 'unlock') return throwPrivacy(body, 'unlock');
      return profile === 'motor-deadbolt' ? turnBolt(profile, body, act.to) : body;
    case 'exit':
      return profile === 'mortise' ? throwPrivacy(body, 'unlock') : turnBolt(profile, body, 'unlock');
    case 'door':
      return moveDoor(profile, body, act.is);
    case 'privacy':
      return profile === 'mortise' ? throwPrivacy(body, act.is === 'thrown' ? 'lock' : 'unlock') : body;
  }
}

const hasBolt = (profile: Profile): boolean =>
  profile === 'motor-deadbolt' || profile === 'thumbturn-deadbolt';

function turnBolt(profile: Profile, body: Body, to: Turn): Body {
  const bolt = to === 'lock' ? 'extended' : 'retracted';
  return !hasBolt(profile) || body.bolt === bolt ? body : { ...body, bolt };
}

/** In an open door the privacy bolt would meet the frame: it can't be thrown. */
function throwPrivacy(body: Body, to: Turn): Body {
  const privacy = to === 'lock' ? 'thrown' : 'released';
  if (body.privacy === privacy || (privacy === 'thrown' && body.door === 'open')) return body;
  return { ...body, privacy };
}

/** A bolt that stands out holds a closed door, and keeps an open one from closing. */
function moveDoor(profile: Profile, body: Body, is: Body['door']): Body {
  const isBlocked = hasBolt(profile) && body.bolt !== 'retracted';
  if (body.door === is || isBlocked) return body;
  // A mortise's levers draw the privacy bolt along with the latch.
  return { ...body, door: is, privacy: is === 'open' ? 'released' : body.privacy };
}
