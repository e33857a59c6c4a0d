// A page of the gateway as bytes and headers: stands alone, asks nobody else for anything, runs only the script that is known.
// Owns no words: challenge-page.ts and refusal-page.ts have them.
import { sha256 } from '#crypto';
import { STYLE } from './style.ts';

export interface Page {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Who stands behind the gateway, as visitors know it. */
export interface PageOwner {
  /** `Clinic at the Harbour`. */
  readonly name: string;
  /** Each shown as it stands; a telephone number first, for those whom a page does not help. */
  readonly phone: string | undefined;
  readonly email: string | undefined;
}

export interface PageParts {
  readonly status: number;
  readonly title: string;
  /** HTML inside the main part, its values escaped. */
  readonly main: string;
  /** HTML in the head, likewise. */
  readonly head?: string;
  readonly script?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const STYLE_SOURCE = sourceOf(STYLE);

export function page(owner: PageOwner, { status, title, main, head = '', script, headers = {} }: PageParts): Page {
  const scripts = script === undefined ? '' : `<script>${script}</script>`;
  const policy = [
    "default-src 'none'",
    `style-src ${STYLE_SOURCE}`,
    ...(script === undefined ? [] : [`script-src ${sourceOf(script)}`]),
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)} - ${escapeHtml(owner.name)}</title>
${head}<style>${STYLE}</style>
</head>
<body>
<header><p>${escapeHtml(owner.name)}</p></header>
<main>
<h1>${escapeHtml(title)}</h1>
${main}
</main>
<footer>${contact(owner)}</footer>
${scripts}</body>
</html>
`;
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
      'cache-control': 'no-store',
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      ...headers,
    },
    body,
  };
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

function contact({ phone, email }: PageOwner): string {
  const ways = [
    ...(phone === undefined
      ? []
      : [`<a href="tel:${escapeHtml(phone.replace(/[^+\d]/g, ''))}">${escapeHtml(phone)}</a>`]),
    ...(email === undefined ? [] : [`<a href="mailto:${escapeHtml(email)}">${escapeHtml(email)}</a>`]),
  ];
  if (ways.length === 0) return '<p>Need help? Please contact us as you usually do.</p>';
  return `<p>Need help? You can reach us at ${ways.join(' or ')}.</p>`;
}

function sourceOf(text: string): string {
  return `'sha256-${btoa(String.fromCharCode(...sha256(new TextEncoder().encode(text))))}'`;
}
