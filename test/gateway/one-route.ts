// Who asks for one route often and floods nothing, without a session: people whose pages do so, programs and scripts, as
// requests by time. None of it comes to the rate that challenges anybody.
import { parseAddress } from '../../gateway/address.ts';
import type { RequestFacts } from '../../gateway/judge/facts.ts';
import type { Visit } from './floods.ts';
import { requestOf, START } from './visits.ts';

type Asked = Partial<RequestFacts> & { readonly after: number };

const many = (count: number, every: number, ask: (i: number) => Partial<RequestFacts>, from = 0): Asked[] =>
  Array.from({ length: count }, (_, i) => ({ after: from + i * every, ...ask(i) }));

/** A page or a list, and what it brings, `count` times over. */
const opened = (times: number, apart: number, first: string, brought: (from: number) => Asked[]): Asked[] =>
  Array.from({ length: times }, (_, i) => [{ after: i * apart, path: first }, ...brought(i * apart + 50)]).flat();

const REFERER = { referer: 'https://clinic.example/album', headerOrder: 'host,user-agent,referer' };
/** Of a page that keeps its address to itself. */
const BROWSER_ONLY = { headerOrder: 'host,user-agent,sec-fetch-dest,sec-fetch-mode,sec-fetch-site' };

const pictures = (from: number, of: Partial<RequestFacts>): Asked[] =>
  many(60, 10, (i) => ({ path: `/pictures/${i}`, ...of }), from);

const USES: Readonly<Record<string, () => Asked[]>> = {
  'a page of 60 pictures, every 40 s': () => opened(5, 40_000, '/album', (from) => pictures(from, REFERER)),
  'a page of 60 pictures that keeps its address to itself': () =>
    opened(5, 40_000, '/album', (from) => pictures(from, BROWSER_ONLY)),
  'a search that asks at every key, ten keys a second': () =>
    opened(1, 0, '/search', (from) =>
      many(100, 100, (i) => ({ path: '/api/search', query: `q=${'x'.repeat(i)}`, ...REFERER }), from),
    ),
  'a map of 100 tiles': () =>
    opened(1, 0, '/branches', (from) => many(100, 5, (i) => ({ path: `/tiles/9/${i % 10}/${i}`, ...REFERER }), from)),
  'a program without pages: a list and 30 pictures, every 20 s': () =>
    opened(6, 20_000, '/api/doctors', (from) => many(30, 5, (i) => ({ path: `/api/doctors/${i}/photo` }), from)),
  'a script that pages through 160 pages, four a second': () =>
    many(160, 250, (i) => ({ path: '/api/slots', query: `page=${i}` })),
  'a script that reads ten pages as quickly as it can, every 10 s': () =>
    many(6, 10_000, () => ({})).flatMap(({ after }) =>
      many(10, 5, (i) => ({ path: '/api/slots', query: `page=${i}` }), after),
    ),
  'a crawler, two requests a second of one route': () => many(360, 500, (i) => ({ path: `/articles/${i}` })),
  'ten programs behind one address that poll with the time, every 5 s each': () =>
    many(240, 500, (i) => ({ path: '/api/queue', query: `_=${i}` })),
};

export const ORDINARY: Readonly<Record<string, () => Visit[]>> = Object.fromEntries(
  Object.entries(USES).map(([name, asked]) => [
    name,
    () =>
      asked().map(({ after, ...fields }): Visit => {
        const facts = requestOf({ at: START + after, client: parseAddress('198.51.100.77'), ...fields });
        return { source: 'visitor 0', facts, status: 200, signInFailed: false };
      }),
  ]),
);
