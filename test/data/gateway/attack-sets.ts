// Published sets of attacks and of harmless requests, as requests: payloads as the value of a parameter, or as they are told
// to be sent. Owns the reading, no judgement.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseDocument } from 'yaml';
import type { RequestFacts } from '../../../gateway/judge/facts.ts';
import { facts } from '../../gateway/signatures/generators.ts';
import { BROWSER, type Sent } from './modsecurity.ts';

export interface Labelled {
  readonly sent: Sent;
  /** Of the set's own classes. */
  readonly kind: string;
  readonly attack: boolean;
}

const FORM = 'application/x-www-form-urlencoded';

/** The same request as the gateway's judge is told it. */
export function factsOf({ method, target, headers, body }: Sent): RequestFacts {
  const question = target.indexOf('?');
  const of = (name: string): string =>
    Object.entries(headers)
      .find(([key]) => key.toLowerCase() === name)?.[1]
      .slice(0, 1_024) ?? '';
  return facts({
    method,
    path: (question < 0 ? target : target.slice(0, question)).slice(0, 2_048),
    query: question < 0 ? '' : target.slice(question + 1, question + 4_097),
    userAgent: of('user-agent'),
    referer: of('referer'),
    cookie: of('cookie'),
    headerOrder: Object.keys(headers).join(',').toLowerCase(),
    body: body.slice(0, 8_192),
  });
}

const asked = (query: string): Sent => ({ method: 'GET', target: `/search?${query}`, headers: BROWSER, body: '' });
const asParameter = (payload: string): Sent => asked(`q=${encodeURIComponent(payload)}`);

/** payload, length, attack_type, label. */
export function httpParams(root: string): Labelled[] {
  const text = readFileSync(join(root, 'security/payloads/httpparams_train.csv'), 'utf8');
  return rowsOf(text)
    .slice(1)
    .map(([payload, , kind]) => ({ sent: asParameter(payload), kind, attack: kind !== 'norm' }));
}

export function queryStrings(root: string, file: string, attack: boolean): Labelled[] {
  const all: string[] = JSON.parse(readFileSync(join(root, 'security/payloads', file), 'utf8'));
  // What no URL can hold is sent encoded, as a browser would.
  return all.map((query) => ({ sent: asked(query.replace(/[^!-~]/g, encodeURIComponent)), kind: 'query', attack }));
}

/** One of its escapes is none of YAML's: it is read as what it stands for. */
export function goTestWaf(root: string): Labelled[] {
  const from = (folder: string, attack: boolean): Labelled[] =>
    readdirSync(join(root, 'security/gotestwaf', folder)).flatMap((file) => {
      const { payload, placeholder, type } = parseDocument(
        readFileSync(join(root, 'security/gotestwaf', folder, file), 'utf8'),
      ).toJS();
      return (payload as string[]).map((text) => ({ sent: placed(text, placeholder), kind: type, attack }));
    });
  return [...from('owasp', true), ...from('false-pos', false)];
}

function placed(payload: string, places: readonly string[]): Sent {
  if (places.includes('URLParam')) return asParameter(payload);
  if (places.includes('URLPath')) return { ...asked(''), target: `/${payload.replace(/[^!-~]/g, encodeURIComponent)}` };
  return { method: 'POST', target: '/', headers: { ...BROWSER, 'Content-Type': 'text/xml' }, body: payload };
}

interface CrsTest {
  readonly stages: readonly {
    readonly input: {
      readonly method?: string;
      readonly uri?: string;
      readonly data?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly encoded_request?: string;
    };
    readonly output?: {
      readonly log?: { readonly expect_ids?: readonly number[]; readonly no_expect_ids?: readonly number[] };
    };
  }[];
}

/** Those that one rule must notice are attacks, those that it must not are harmless to that rule, not always to others. */
export function crsCases(root: string): Labelled[] {
  const folder = join(root, 'security/crs-tests');
  return readdirSync(folder).flatMap((kind) =>
    readdirSync(join(folder, kind)).flatMap((file) => {
      // Some files are comments alone.
      const read: { tests: CrsTest[] } | null = parse(readFileSync(join(folder, kind, file), 'utf8'));
      const tests = read?.tests ?? [];
      return tests.flatMap(({ stages }) => stages.flatMap((stage) => crsStage(kind, stage)));
    }),
  );
}

function crsStage(kind: string, { input, output }: CrsTest['stages'][number]): Labelled[] {
  const { method = 'GET', uri = '/', data, headers = {}, encoded_request } = input;
  const attack = output?.log?.expect_ids !== undefined;
  const known = attack || output?.log?.no_expect_ids !== undefined;
  const plain = /^[!-~]+$/.test(uri) && /^(?:GET|POST|PUT)$/.test(method);
  const writable = Object.entries(headers).every(([, value]) => /^[\t -~]*$/.test(String(value)));
  if (!known || encoded_request !== undefined || !plain || !writable) return [];
  // The length is told by who sends it.
  const kept = Object.entries(headers).filter(
    ([name]) => !/^(?:content-length|transfer-encoding|connection|expect|upgrade)$/i.test(name),
  );
  const typed = kept.some(([name]) => name.toLowerCase() === 'content-type');
  const body = data === undefined ? '' : String(data);
  const all = { ...Object.fromEntries(kept.map(([name, value]) => [name, withoutTester(String(value))])) };
  const withType = body === '' || typed ? all : { ...all, 'Content-Type': FORM };
  return [{ sent: { method, target: uri, headers: withType, body }, kind, attack }];
}

/** The cases call themselves a tester of the core rule set, which is a signature of its own: no case is to be found by that. */
function withoutTester(value: string): string {
  return value === 'OWASP CRS test agent' ? BROWSER['User-Agent'] : value;
}

/** Of a CSV with quotes. */
function rowsOf(text: string): string[][] {
  const rows: string[][] = [];
  for (const line of text.matchAll(/(?:"(?:[^"]|"")*"|[^\n"])+/g)) {
    const cells = [...line[0].matchAll(/"((?:[^"]|"")*)"|([^,"]+)/g)];
    rows.push(cells.map(([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare));
  }
  return rows;
}
