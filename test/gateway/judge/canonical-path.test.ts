// Claims about the one spelling of a path that sign-ins, costs and endpoints go by.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalPath } from '../../../gateway/judge/canonical-path.ts';
import { endpointOf } from '../../../gateway/judge/endpoint.ts';
import { RouteTable } from '../../../gateway/limits/route-table.ts';
import { answerFacts, SIGN_IN } from '../../../gateway/ways-in/sign-in.ts';
import { requestFacts } from '../facts.ts';

const SPELLINGS = [
  '/api/login',
  '/api/login/',
  '//api///login',
  '/api/./login/.',
  '/x/../api/login',
  '/../api/x/%2e%2E/login',
  '/%61pi/log%69n',
  'http://clinic.example/api/login',
  'HTTPS://user@other.example:8443//api/login#top',
  '/api\\login',
  '/api/login#?x',
];

describe('a path in any spelling', () => {
  it.each(SPELLINGS)('%s is one path: for sign-ins, for costs, for endpoints', (path) => {
    expect(canonicalPath(path)).toBe('/api/login');
    expect(endpointOf(path)).toBe('/api/login');
    const answer = { at: 0, status: 401, told: undefined };
    expect(answerFacts(SIGN_IN, requestFacts({ method: 'POST', path }), answer).signInFailed).toBe(true);
    const told = { ...SIGN_IN, paths: [path] };
    expect(answerFacts(told, requestFacts({ method: 'POST', path: '/api/login' }), answer).signInFailed).toBe(true);
    for (const template of ['/api/login', '/api/login/', '/api/:what', '/api/*', '/api/login/*'])
      expect(new RouteTable([{ path: template, cost: 7 }]).costOf('POST', path)).toBe(7);
  });

  it.each([
    ['', '/'],
    ['http://clinic.example', '/'],
    ['/a%2fb', '/a%2Fb'],
    ['/%2541', '/%2541'],
    ['/%%34%31', '/%2541'],
    ['/.well-known/x', '/.well-known/x'],
    ['/a..b/...', '/a..b/...'],
    ['/go/http://x/y', '/go/http:/x/y'],
    ['/../..', '/'],
  ])('%s is %s', (path, canonical) => {
    expect(canonicalPath(path)).toBe(canonical);
  });

  it('is canonical once it was made so, whatever it was', () => {
    const parts = fc.array(
      fc.constantFrom('/', '.', '..', '%', '2e', '%2f', '%25', 'a', 'http:', '\\', '#', '41', ':'),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ maxLength: 200 }),
          parts.map((all) => all.join('')),
        ),
        (path) => {
          const once = canonicalPath(path);
          expect(once).toMatch(/^\/$|^(\/[^/]+)+$/s);
          expect(once.split('/').some((segment) => segment === '.' || segment === '..')).toBe(false);
          expect(canonicalPath(once)).toBe(once);
        },
      ),
      { numRuns: 500 },
    );
  });
});
