// Where people reach this cloud: the one base of every link in a mail and of every origin check. It is configured,
// and never read from a request.
import { DoorlabError, invariant } from '#protocol/errors.ts';
import { isLoopback } from '#protocol/loopback.ts';

export class PublicUrlError extends DoorlabError {
  readonly code = 'PUBLIC_URL_INVALID';
}

export interface Site {
  /** Without a slash at its end. */
  readonly publicUrl: string;
  /** As browsers name it. */
  readonly origin: string;
  /** Cookies go over TLS alone; off only where the site is this very machine by plain HTTP. */
  readonly isSecure: boolean;
}

/** Throws PublicUrlError. */
export function siteAt(publicUrl: string): Site {
  const url = URL.canParse(publicUrl) ? new URL(publicUrl) : undefined;
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (
    url === undefined ||
    !isWeb ||
    url.username !== '' ||
    url.password !== '' ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    throw new PublicUrlError(
      'the public URL is not an http or https address without user, query and fragment',
      {
        next: 'Give one like https://doors.example.com',
      },
    );
  }
  return {
    publicUrl: url.href.replace(/\/+$/, ''),
    origin: url.origin,
    isSecure: url.protocol === 'https:' || !isLoopback(url.hostname),
  };
}

/** Known once the server listens, where nobody configured it. */
export class LateSite implements Site {
  #site: Site | undefined;

  /** Throws PublicUrlError. */
  constructor(publicUrl: string | undefined) {
    this.#site = publicUrl === undefined ? undefined : siteAt(publicUrl);
  }

  /** Where none was configured. */
  settle(url: string): void {
    this.#site ??= siteAt(url);
  }

  get publicUrl(): string {
    return this.#settled.publicUrl;
  }

  get origin(): string {
    return this.#settled.origin;
  }

  get isSecure(): boolean {
    return this.#settled.isSecure;
  }

  get #settled(): Site {
    invariant(this.#site, 'requests come after listening');
    return this.#site;
  }
}
