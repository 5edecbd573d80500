// The mails that DOOR OS sends.

/** `welcome`: an invite of somebody without a password; `invited`: of somebody who has one. */
export type MailKind =
  'welcome' | 'invited' | 'manager-welcome' | 'password-reset' | 'password-changed' | 'daily-code';
