// A mail's text as plain text and as HTML: the same words in both, no image, nothing from elsewhere, and every word
// escaped.
import type { MailText } from './mail-text.ts';

export function plainOf({ paragraphs, action, notes }: MailText): string {
  const link = action === undefined ? [] : [`${action.label}:\n${action.url}`];
  return `${[...paragraphs, ...link, ...notes].join('\n\n')}\n\n-- \nDOOR OS\n`;
}

export function htmlOf({ subject, paragraphs, action, notes }: MailText): string {
  const p = (text: string, style: string): string => `<p style="${style}">${escapeHtml(text)}</p>`;
  const body = [
    ...paragraphs.map((text) => p(text, 'margin:0 0 16px')),
    ...(action === undefined ? [] : linkOf(action)),
    ...notes.map((text) => p(text, 'margin:0 0 12px;font-size:14px;color:#444444')),
  ];
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(subject)}</title>`,
    '</head>',
    '<body style="margin:0;background:#ffffff;color:#1a1a1a;font:16px/1.5 Arial,sans-serif">',
    '<main style="max-width:560px;margin:0 auto;padding:24px">',
    `<h1 style="margin:0 0 16px;font-size:20px">${escapeHtml(subject)}</h1>`,
    ...body,
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

/** The address in full as well: who reads before clicking sees where it leads. */
function linkOf({ label, url }: { label: string; url: string }): string[] {
  const href = escapeHtml(url);
  const style =
    'display:inline-block;padding:12px 20px;background:#1a4fa3;color:#ffffff;text-decoration:none;border-radius:4px';
  return [
    `<p style="margin:0 0 16px"><a href="${href}" style="${style}">${escapeHtml(label)}</a></p>`,
    `<p style="margin:0 0 16px;font-size:14px;color:#444444;word-break:break-all">${href}</p>`,
  ];
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
