// Sends the mails that wait, in every process: each is sent by the one that claimed it, and again by another only if
// that one died in between. Every slot is filled again by itself: no mail waits for the slowest of those before it.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { nowS, type Clock, type Timer } from '#protocol/ports/clock.ts';
import type { Log } from '#protocol/ports/log.ts';
import type { Random } from '#protocol/ports/random.ts';
import type { Site } from '../accounts/site.ts';
import type { Store } from '../db/store.ts';
import type { MailAddress } from './mail-address.ts';
import { htmlOf, plainOf } from './mail-layout.ts';
import type { PreparedMail } from './mail-prepare.ts';
import {
  claimMails,
  isAnyDue,
  NO_ROOM,
  roomBeside,
  settleMail,
  type Claimed,
  type MailResult,
  type MailRoom,
  type Settled,
} from './mail-queue.ts';
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
  readonly #sending = new Map<PreparedMail, Promise<void>>();
  /** What became of mails, and is not written down yet. */
  #results: Settled[] = [];
  #isServing = false;
  #timer: Timer | undefined;
  #turn: Promise<void> | undefined;
  #isFailing = false;

  constructor(parts: MailerParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#isServing = true;
    this.#schedule(0);
  }

  /** What is being sent may still be; what waits is sent by the next process. */
  async stop(): Promise<void> {
    this.#isServing = false;
    this.#timer?.cancel();
    const grace = this.#parts.clock.after(STOP_GRACE_MS, () => this.#ending.abort());
    await this.#turn;
    await Promise.all(this.#sending.values());
    grace.cancel();
    await this.#tryExchange(NO_ROOM);
  }

  /** Sends what is due and has room, and ends when the end of each is written down. How many were claimed. */
  async sendDue(): Promise<number> {
    const { mails } = await this.#exchange(this.#room());
    await Promise.all(this.#sending.values());
    await this.#exchange(NO_ROOM);
    return mails.length;
  }

  #schedule(delayMs: number): void {
    if (!this.#isServing || this.#turn !== undefined) return;
    this.#timer?.cancel();
    this.#timer = this.#parts.clock.after(delayMs, () => {
      this.#turn = this.#takeTurn();
    });
  }

  async #takeTurn(): Promise<void> {
    const claimed = await this.#tryExchange(this.#room());
    this.#turn = undefined;
    const isMore = claimed !== undefined && (claimed.isMore || this.#results.length > 0);
    this.#schedule(isMore ? 0 : POLL_MS);
  }

  async #tryExchange(room: MailRoom): Promise<Claimed | undefined> {
    try {
      const claimed = await this.#exchange(room);
      this.#isFailing = false;
      return claimed;
    } catch (error) {
      // Once for each outage.
      if (!this.#isFailing) this.#parts.log.error('mail.stuck', { error: errorText(error) });
      this.#isFailing = true;
      return undefined;
    }
  }

  #room(): MailRoom {
    return roomBeside([...this.#sending.keys()].map(({ content }) => content.kind));
  }

  /** In one transaction: what became of mails is written down, and others are claimed, whose sending begins. */
  async #exchange(room: MailRoom): Promise<Claimed> {
    const { store, clock } = this.#parts;
    if (this.#results.length === 0 && !(await store.read((trx) => isAnyDue(trx, nowS(clock), room)))) {
      return { mails: [], isMore: false };
    }
    const settled = this.#results;
    this.#results = [];
    try {
      const claimed = await store.write(async (trx) => {
        for (const one of settled) await settleMail(trx, nowS(clock), one);
        return await claimMails(trx, this.#parts, nowS(clock), room);
      });
      for (const one of settled) this.#tell(one);
      for (const mail of claimed.mails) this.#sending.set(mail, this.#carry(mail));
      return claimed;
    } catch (error) {
      this.#results = [...settled, ...this.#results];
      throw error;
    }
  }

  #tell({ mail, result }: Settled): void {
    const { log } = this.#parts;
    const fields = { mail: mail.id, kind: mail.content.kind, attempt: mail.attempts };
    if (result.kind === 'sent') log.info('mail.sent', fields);
    else log.warn('mail.not-sent', { ...fields, permanent: result.isPermanent });
  }

  async #carry(mail: PreparedMail): Promise<void> {
    const result = await this.#send(mail);
    this.#results.push({ mail, result });
    this.#sending.delete(mail);
    // The slot is free for the next.
    this.#schedule(0);
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
