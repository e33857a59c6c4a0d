// Where a link may lead after signing in.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { innerPath } from '../../web/portal/sign-in/inner-path.ts';

test('goes on to pages of these, and nowhere else', () => {
  expect(innerPath('/account/security')).toBe('/account/security');
  const elsewhere = [
    '//evil.example',
    'https://evil.example',
    '/\\evil.example',
    '/%2f%2fevil',
    'javascript:alert(1)',
    '/a?b=//c',
    '',
    '/sign-in',
  ];
  for (const next of [undefined, ...elsewhere]) expect(innerPath(next)).toBe('/');
});

test('whatever a link says, the address stays at this clinic', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.webUrl(),
        fc.string().map((text) => `/${text}`),
      ),
      (next) => {
        expect(new URL(innerPath(next), 'https://clinic.example').origin).toBe('https://clinic.example');
      },
    ),
  );
});
