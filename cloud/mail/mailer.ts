// Sends the mails that wait, in every process: each is sent by the one that claimed it, and again by another only if
// that one died in between.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { nowS, type Clock, type Timer } from '#protocol/ports/clock.ts';
import type { Log } from '#protocol/ports/log.ts';
import type { Random } from '#protocol/ports/random.ts';
import type { Site } from '../accounts/site.ts';
import type { Store } from '../db/store.ts';
import type { MailAddress } from './mail-address.ts';
import { htmlOf, plainOf } from './mail-layout.ts';
import type { PreparedMail } from './mail-prepare.ts';
import { BATCH_MAX, claimMails, isAnyDue, settleMail, type MailResult, type Settled } from './mail-queue.ts';
import { textOf } from './mail-text.ts';
import { MailError, type MailTransport, type OutgoingMail } from './transport.ts';
import { errorText } from '../error-text.ts';

const POLL_MS = 1_000;
/** Well within a claim. */
export const SEND_DEADLINE_MS = 45_000;
/** How long what is being sent may take after the stop. */
const STOP_GRACE_MS = 3_000;

export interface MailerParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly engine: CryptoEngine;
  readonly log: Log;
  readonly site: Site;
  readonly transport: MailTransport;
  readonly from: MailAddress;
}

export class Mailer {
  readonly #parts: MailerParts;
  readonly #ending = new AbortController();
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  #isFailing = false;
  #isStopped = false;

  constructor(parts: MailerParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#schedule(0);
  }

  /** What is being sent may still be; what waits is sent by the next process. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    const grace = this.#parts.clock.after(STOP_GRACE_MS, () => this.#ending.abort());
    await this.#running;
    grace.cancel();
  }

  #schedule(delayMs: number): void {
    if (this.#isStopped) return;
    this.#timer = this.#parts.clock.after(delayMs, () => {
      this.#running = this.#run();
    });
  }

  async #run(): Promise<void> {
    const { log } = this.#parts;
    let isMore = false;
    try {
      isMore = (await this.sendDue()) === BATCH_MAX;
      this.#isFailing = false;
    } catch (error) {
      // Once for each outage.
      if (!this.#isFailing) log.error('mail.stuck', { error: errorText(error) });
      this.#isFailing = true;
    }
    this.#schedule(isMore ? 0 : POLL_MS);
  }

  /** How many were claimed, at most a batch. */
  async sendDue(): Promise<number> {
    const { store, clock, log } = this.#parts;
    if (!(await store.read((trx) => isAnyDue(trx, nowS(clock))))) return 0;
    const claimed = await store.write((trx) => claimMails(trx, this.#parts, nowS(clock)));
    const settled = await Promise.all(
      claimed.map(async (mail): Promise<Settled> => ({ mail, result: await this.#send(mail) })),
    );
    await store.write(async (trx) => {
      for (const one of settled) await settleMail(trx, nowS(clock), one);
    });
    for (const { mail, result } of settled) {
      const fields = { mail: mail.id, kind: mail.content.kind, attempt: mail.attempts };
      if (result.kind === 'sent') log.info('mail.sent', fields);
      else log.warn('mail.not-sent', { ...fields, permanent: result.isPermanent });
    }
    return claimed.length;
  }

  async #send(mail: PreparedMail): Promise<MailResult> {
    const { clock, transport } = this.#parts;
    const deadline = new AbortController();
    const timer = clock.after(SEND_DEADLINE_MS, () => deadline.abort());
    try {
      await transport.send(this.#outgoing(mail), AbortSignal.any([deadline.signal, this.#ending.signal]));
      return { kind: 'sent' };
    } catch (error) {
      const text = error instanceof Error ? error.message : 'unknown';
      return { kind: 'failed', error: text, isPermanent: error instanceof MailError && error.isPermanent };
    } finally {
      timer.cancel();
    }
  }

  #outgoing(mail: PreparedMail): OutgoingMail {
    const { site, from, clock } = this.#parts;
    const { publicUrl } = site;
    const { linkToken } = mail;
    // In the fragment, which browsers keep to themselves.
    const passwordUrl = linkToken === undefined ? undefined : `${publicUrl}/password#token=${linkToken}`;
    const text = textOf(mail.content, { publicUrl, passwordUrl });
    return {
      id: mail.id,
      messageId: `<${mail.id}@${from.address.split('@')[1] ?? 'localhost'}>`,
      from,
      to: mail.to,
      subject: text.subject,
      text: plainOf(text),
      html: htmlOf(text),
      dateMs: clock.nowMs(),
    };
  }
}
