// From words to a mail: text, and simple HTML with every value escaped. A value is one line of plain text wherever it
// stands: it breaks out of no header, no paragraph and no markup.
import type { MailKind, MailRecipient, MailValues } from '../mailer.ts';
import { type MailWords, WORDS } from './words.ts';

export interface RenderOptions {
  /** Name of the clinic. */
  readonly clinic: string;
  /** Where the pages are, e.g. `https://portal.northside.example`. */
  readonly site: string;
}

export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const MAX_VALUE_CHARS = 300;
const MAX_SUBJECT_CHARS = 150;

export function renderMail<K extends MailKind>(
  kind: K,
  to: MailRecipient,
  values: MailValues[K],
  { clinic, site }: RenderOptions,
): RenderedMail {
  const words = WORDS[kind](plainValues(values), { clinic: plain(clinic) });
  const greeting = to.name === undefined ? 'Hello,' : `Hello ${plain(to.name)},`;
  const signature = [plain(clinic), site];
  const link = words.action === undefined ? undefined : linkTo(site, words.action);
  return {
    subject: words.subject.slice(0, MAX_SUBJECT_CHARS),
    text: textOf(greeting, words, link, signature),
    html: htmlOf(greeting, words, link, signature),
  };
}

/** The token stands behind `#`: browsers keep that to themselves, and it is in no log of a server. */
export function linkTo(site: string, { page, token }: { readonly page: string; readonly token?: string }): string {
  const address = `${site.replace(/\/+$/, '')}/${page}`;
  return token === undefined ? address : `${address}#${encodeURIComponent(token)}`;
}

function textOf(greeting: string, words: MailWords, link: string | undefined, signature: readonly string[]): string {
  const action = words.action === undefined || link === undefined ? [] : [`${words.action.label}:\n${link}`];
  const closing = words.closing === undefined ? [] : [words.closing];
  return `${[greeting, ...words.paragraphs, ...action, ...closing, `-- \n${signature.join('\n')}`].join('\n\n')}\n`;
}

function htmlOf(greeting: string, words: MailWords, link: string | undefined, signature: readonly string[]): string {
  const paragraph = (text: string): string => `<p>${escapeHtml(text)}</p>`;
  const action =
    words.action === undefined || link === undefined
      ? []
      : [
          `<p><a href="${escapeHtml(link)}">${escapeHtml(words.action.label)}</a></p>`,
          `<p>Or copy this address: ${escapeHtml(link)}</p>`,
        ];
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(words.subject)}</title></head>`,
    '<body style="font-family: sans-serif; font-size: 16px; line-height: 1.5; max-width: 36em">',
    ...[greeting, ...words.paragraphs].map(paragraph),
    ...action,
    ...(words.closing === undefined ? [] : [paragraph(words.closing)]),
    `<p>${signature.map(escapeHtml).join('<br>')}</p>`,
    '</body></html>',
    '',
  ].join('\n');
}

export function escapeHtml(text: string): string {
  const escapes: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => escapes[character]);
}

function plainValues<V extends object>(values: V): V {
  const one = (value: unknown): unknown => {
    if (typeof value === 'string') return plain(value);
    return Array.isArray(value) ? value.slice(0, 32).map(one) : value;
  };
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, one(value)])) as V;
}

/** One line: without controls, line ends of any script, and characters that turn the direction of what follows. */
export function plain(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, MAX_VALUE_CHARS)
    .toWellFormed();
}
