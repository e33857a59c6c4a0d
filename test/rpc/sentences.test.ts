// Every refusal that a declared method can answer is a sentence for people, at whatever door.
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { explain } from '../../cli/output/explain.ts';
import { ErasureError } from '../../node/erasure/errors.ts';
import { RequestError } from '../../p2p/reqresp/errors.ts';
import { createClient } from '../../rpc/client.ts';
import { doorStatus } from '../../rpc/errors.ts';
import { METHODS } from '../../rpc/schema/methods.ts';
import { REFUSALS, refusalText } from '../../rpc/sentences.ts';
import { failureText } from '../../web/shared/text/errors.ts';
import { openDoor, TOKEN } from './helpers/door.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const sources = globSync('{common,consensus,p2p,identity,records,care,gateway,node,rpc}/**/*.ts', { cwd: ROOT })
  .filter((path) => path !== 'rpc/sentences.ts')
  .map((path) => readFileSync(`${ROOT}/${path}`, 'utf8'))
  .join('\n');
const CODE = '[a-z0-9]+(?:\\.[a-z0-9-]+)+';
const thrown = new Set([...sources.matchAll(new RegExp(`code: '(${CODE})'`, 'g'))].map(([, code]) => code));
/** Errors that say it themselves: `SENTENCES` beside their codes. */
const spoken = new Set([...sources.matchAll(new RegExp(`^ {2}'(${CODE})':\\s+['"\`]`, 'gm'))].map(([, code]) => code));

const declared = new Set(Object.values(METHODS).flatMap(({ errors }) => errors as readonly string[]));
const answered = [...declared].flatMap((pattern) =>
  pattern.endsWith('.*') ? [...thrown].filter((code) => code.startsWith(pattern.slice(0, -1))) : [pattern],
);

test('every code that a declared method can answer has a sentence', () => {
  expect(answered.length).toBeGreaterThan(200);
  const hasOwn = (code: string) => spoken.has(code) || doorStatus(code) !== undefined;
  expect(answered.filter((code) => !hasOwn(code) && refusalText(code, {}) === undefined)).toEqual([]);
  for (const text of Object.values(REFUSALS)) expect(text).toMatch(/^[A-Z].*\.$/);
});

test('no sentence is for a code that nobody answers, or that says it itself', () => {
  const used = (code: string) =>
    code.endsWith('.*') ? declared.has(code) : answered.includes(code) && !spoken.has(code);
  expect(Object.keys(REFUSALS).filter((code) => !used(code))).toEqual([]);
});

test('details stand in the sentence; one that is missing leaves no hole', () => {
  expect(refusalText('erasure.not-now', { reason: 'it is approved already' })).toBe(
    'This cannot be done now: it is approved already.',
  );
  expect(refusalText('erasure.not-now', {})).toBe('This cannot be done now.');
  expect(refusalText('p2p.something-new', {})).toBe(REFUSALS['p2p.*']);
  expect(refusalText('toString', {})).toBeUndefined();
});

test('the command and the pages say it, the command with the code that manuals name', async () => {
  const handlers = {
    erasure_challenge: async () => {
      throw new RequestError({ code: 'p2p.not-connected', protocol: '/wardmesh/erasure/1' });
    },
    erasure_hold: async () => {
      throw new ErasureError({ code: 'erasure.nothing' });
    },
  };
  const { url } = await openDoor({ handlers });
  const client = createClient({ url, token: TOKEN });
  const id = 'ab'.repeat(32);
  const away: unknown = await client.call('erasure_challenge', { erasure: id, clinic: 2 }).catch((error) => error);
  const nothing: unknown = await client.call('erasure_hold', { patient: 'x', text: 'y' }).catch((e) => e);
  client.close();
  const sentence = 'The other clinic is not connected: try again when it is up.';
  expect(explain(away)).toBe(`${sentence} (p2p.not-connected)`);
  expect(failureText(away)).toBe(sentence);
  expect(explain(nothing)).toMatch(/ \(erasure\.nothing\)$/);
  expect(failureText(nothing)).toBe('This clinic keeps nothing of this patient.');
});
