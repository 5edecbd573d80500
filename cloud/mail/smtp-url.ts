// SMTP_URL as the options of a connection: smtps:// is TLS from the first byte, smtp:// begins in the clear and must
// become TLS before anything is said, unless the server is this very machine or the URL allows it in so many words.
import { DoorlabError } from '#protocol/errors.ts';
import { isLoopback } from '#protocol/loopback.ts';

export class SmtpUrlError extends DoorlabError {
  readonly code = 'SMTP_URL_INVALID';
}

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. */
  readonly secure: boolean;
  /** STARTTLS, or nothing is sent. */
  readonly requireTLS: boolean;
  readonly auth?: { readonly user: string; readonly pass: string };
}

/** RFC 8314: submission with and without TLS from the start. */
const PORTS = { 'smtps:': 465, 'smtp:': 587 } as const;

/** Throws SmtpUrlError, which never repeats the URL: it may hold a password. */
export function parseSmtpUrl(text: string): SmtpServer {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const protocol = url?.protocol;
  if (url === undefined || (protocol !== 'smtp:' && protocol !== 'smtps:') || url.hostname === '') {
    throw invalid('SMTP_URL is not an smtp:// or smtps:// address');
  }
  const unknown = [...url.searchParams.keys()].find((name) => name !== 'cleartext');
  if (unknown !== undefined || (url.pathname !== '' && url.pathname !== '/') || url.hash !== '') {
    throw invalid('SMTP_URL has more in it than a server, a user and cleartext=allowed');
  }
  const cleartext = url.searchParams.get('cleartext');
  if (cleartext !== null && cleartext !== 'allowed')
    throw invalid('SMTP_URL: cleartext can only be "allowed"');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const secure = protocol === 'smtps:';
  return {
    host,
    port: url.port === '' ? PORTS[protocol] : Number(url.port),
    secure,
    requireTLS: !secure && !isLoopback(host) && cleartext === null,
    ...(url.username === '' ? {} : { auth: { user: decoded(url.username), pass: decoded(url.password) } }),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid('SMTP_URL: the user or the password is not percent-encoded');
  }
}

const invalid = (what: string): SmtpUrlError =>
  new SmtpUrlError(what, {
    next: 'Set it like smtps://user:password@mail.example.com or smtp://127.0.0.1:25',
  });
