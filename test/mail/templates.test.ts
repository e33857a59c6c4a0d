// What mails say, and that no value breaks out of its place.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MailKind, MailValues } from '../../node/mail/mailer.ts';
import { isMailAddress } from '../../node/mail/queued-mail.ts';
import { linkTo, plain, renderMail } from '../../node/mail/templates/render.ts';
import { WORDS } from '../../node/mail/templates/words.ts';

const place = { clinic: 'Northside', site: 'https://portal.northside.example' };
const at = Date.UTC(2026, 10, 21, 14, 5);
const SAMPLES: { readonly [K in MailKind]: MailValues[K] } = {
  invitation: { token: 'tok-1', roles: ['doctor', 'nurse'], until: at },
  waiting: {},
  'approval-needed': { count: 2 },
  approved: { what: 'account' },
  refused: { what: 'change', reason: 'The date is not the one of the passport' },
  reset: { name: 'ada', token: 'tok-2', until: at },
  'password-changed': { at, address: '203.0.113.7' },
  'address-changed': { at, address: '203.0.113.7' },
  'new-sign-in': { at, device: 'Firefox on Linux', address: '203.0.113.7' },
  suspended: { reason: 'left on 21 November' },
  'recovery-started': { at, until: at + 259_200_000 },
  'recovery-asked': { at, until: at + 259_200_000 },
  'recovery-help': { at, who: 'Anna Example' },
  'recovery-done': { at, address: '192.0.2.7' },
  'emergency-opened': { at },
  'take-over-begun': { at },
  'take-over-asked': { at },
  'emergency-review': { at, until: at + 259_200_000 },
  test: {},
};
const kinds = Object.keys(WORDS) as MailKind[];
const render = <K extends MailKind>(kind: K, values: MailValues[K] = SAMPLES[kind], name = 'Ada', options = place) =>
  renderMail(kind, { address: 'ada@example.org', name }, values, options);

describe('a mail', () => {
  it.each(kinds)('of kind %s names the clinic and the reader, and says the same as text and as HTML', (kind) => {
    const { subject, text, html } = render(kind);
    expect(subject).toContain('Northside');
    expect(text).toContain('Hello Ada,');
    const bare = html
      .slice(html.indexOf('<body'))
      .replace(/<[^>]+>/g, ' ')
      .replace(/Or copy this address:/, '')
      .replace(/\s+/g, ' ');
    for (const line of text.split('\n').filter((line) => line !== '' && line !== '-- '))
      expect(bare, line).toContain(line.replace(/:$/, ''));
    expect(html).not.toMatch(/<(?:script|img|link|iframe|form)|src=|url\(/i);
  });

  it('carries a token behind the # of a link and nowhere else', () => {
    for (const [kind, token] of [
      ['invitation', 'tok-1'],
      ['reset', 'tok-2'],
    ] as const) {
      const { subject, text, html } = render(kind);
      const page = kind === 'reset' ? 'reset' : 'register';
      const link = `https://portal.northside.example/${page}#${token}`;
      expect(text.split(token)).toHaveLength(2);
      expect(text).toContain(link);
      expect(html.split(token)).toHaveLength(3);
      expect(html).toContain(`href="${link}"`);
      expect(subject).not.toContain(token);
    }
    expect(linkTo('https://a.example/', { page: 'register', token: 'a b"<>#' })).toBe(
      'https://a.example/register#a%20b%22%3C%3E%23',
    );
  });

  it('does not say why somebody was suspended: that is between the clinic and the person', () => {
    const { text, html } = render('suspended');
    expect(text + html).not.toContain('left on 21 November');
  });

  it('keeps every value one line of plain text, whatever it holds', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.constantFrom(
        'x\r\nBcc: all@example.org',
        '"><script>alert(1)</script>',
        "' onmouseover='x",
        'a\u2028b\u2029c\u0085d',
        '\u202eevil',
        '</p><a href="https://evil.example">Sign in</a>',
      ),
    );
    fc.assert(
      fc.property(hostile, hostile, hostile, (reason, name, clinic) => {
        const { subject, text, html } = render('refused', { what: 'account', reason }, name, { ...place, clinic });
        expect(subject).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
        // As many lines as with tame values.
        expect(text.split(/[\n\r\u2028\u2029\u0085]/)).toHaveLength(render('refused').text.split('\n').length);
        expect(html.replace(/[^<]*(<[^>]*>)[^<]*/g, '$1')).toBe(
          render('refused').html.replace(/[^<]*(<[^>]*>)[^<]*/g, '$1'),
        );
        expect(text.isWellFormed() && html.isWellFormed() && subject.isWellFormed()).toBe(true);
      }),
    );
    expect(plain('x'.repeat(1000))).toHaveLength(300);
  });
});

describe('the address of a mail', () => {
  it('is exactly one', () => {
    for (const good of ['ada@example.org', "a.b+c'd@sub.example.org", 'x@localhost'])
      expect(isMailAddress(good)).toBe(true);
    for (const bad of [
      ...[
        '',
        'ada',
        '@example.org',
        'ada@',
        'a b@example.org',
        'a@b@c',
        'a@example.org,b@example.org',
        '<a@example.org>',
      ],
      ...['a@example.org\r\nBcc: b@example.org', 'a@example.org\n', '"a b"@example.org', 'a@[127.0.0.1]', 'a@-x.org'],
      ...[
        'ä@example.org',
        `${'a'.repeat(65)}@example.org`,
        `a@${'b.'.repeat(130)}org`,
        'a@exa\u0000mple.org',
        'a(x)@e.org',
      ],
    ])
      expect(isMailAddress(bad), JSON.stringify(bad)).toBe(false);
  });
});
