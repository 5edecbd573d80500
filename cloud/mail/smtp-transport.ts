// Mails by SMTP, one connection each. Whatever the server does, a send ends: each stage has its own wait, and the
// whole of it the caller's.
import { createTransport } from 'nodemailer';
import { parseSmtpUrl } from './smtp-url.ts';
import { MailError, messageOf, type MailTransport } from './transport.ts';

const CONNECT_MS = 10_000;
const GREETING_MS = 10_000;
const SILENCE_MS = 15_000;
const ERROR_MAX_CHARACTERS = 200;

/** Throws SmtpUrlError. */
export function smtpTransport(smtpUrl: string): MailTransport {
  const transporter = createTransport({
    ...parseSmtpUrl(smtpUrl),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: GREETING_MS,
    socketTimeout: SILENCE_MS,
    dnsTimeout: CONNECT_MS,
    // The end of a connection is not waited for: the server has the mail, or it has not.
    socketCloseTimeout: 0,
  });
  return {
    async send(mail, signal) {
      try {
        await transporter.sendMail({ ...messageOf(mail), signal });
      } catch (error) {
        throw mailErrorOf(error);
      }
    },
  };
}

interface SmtpError {
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
  readonly response?: string;
}

/** Only what is said about this recipient or this text is for ever; a refused login is ours to mend. */
function mailErrorOf(error: unknown): MailError {
  const { code, command, responseCode, response } = (error instanceof Error ? error : {}) as SmtpError;
  const isAboutMail = command === 'RCPT TO' || command === 'DATA';
  const isPermanent = isAboutMail && responseCode !== undefined && responseCode >= 500;
  const detail = response ?? (error instanceof Error ? error.message : 'unknown');
  return new MailError(oneLine(code === undefined ? detail : `${code}: ${detail}`), isPermanent, error);
}

const oneLine = (text: string): string =>
  text
    .replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .trim()
    .slice(0, ERROR_MAX_CHARACTERS);
