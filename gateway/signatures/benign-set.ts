// Requests of a clinic's ordinary visitors: no signature may match one (research S, rule 7). Made up here from what browsers
// send and portals offer; a clinic adds its own traffic when it looks at a proposal.
import type { RequestFacts } from '../judge/facts.ts';

const AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
];

const ORDERS = [
  'host,connection,sec-ch-ua,sec-ch-ua-mobile,sec-ch-ua-platform,upgrade-insecure-requests,user-agent,accept,sec-fetch-site,sec-fetch-mode,sec-fetch-user,sec-fetch-dest,accept-encoding,accept-language',
  'host,user-agent,accept,accept-language,accept-encoding,connection,upgrade-insecure-requests,sec-fetch-dest,sec-fetch-mode,sec-fetch-site',
  'host,sec-fetch-dest,user-agent,accept,sec-fetch-site,sec-fetch-mode,accept-language,accept-encoding,connection',
];

/** Method, path, query, body. */
const REQUESTS: readonly (readonly [string, string, string?, string?])[] = [
  ['GET', '/'],
  ['GET', '/index.html'],
  ['GET', '/favicon.ico'],
  ['GET', '/robots.txt'],
  ['GET', '/assets/index-4f2a91c0.js'],
  ['GET', '/assets/style.css', 'v=12'],
  ['GET', '/images/doctors/o%27neill.jpg'],
  ['GET', '/doctors', 'speciality=ear%2C+nose+%26+throat&page=2&sort=name'],
  ['GET', '/search', 'q=select+a+doctor+from+the+list'],
  ['GET', '/search', 'q=drop+in+clinic+or+union+street+1'],
  ['GET', '/search', 'q=what%27s+on+at+the+children%27s+ward'],
  ['GET', '/search', 'q=5+%3C+6+and+7+%3E+3'],
  ['GET', '/appointments', 'from=2026-01-01&to=2026-02-01&id=17'],
  ['GET', '/appointments/17/confirm', 'token=8d1f0c6a7b'],
  ['POST', '/appointments', '', 'doctor=17&slot=2026-01-12T09%3A30&reason=Pain+in+the+knee+%28left%29%3B+since+Monday'],
  ['POST', '/sign-in', '', 'name=anna.o%27hara%40example.org&password=x%2By%2Fz%3D%3D'],
  [
    'POST',
    '/contact',
    '',
    'message=Dear+team%2C--could+you+cat+scan+my+ID+card%3F+I+can%27t+echo+enough+%22thanks%22.',
  ],
  ['POST', '/api/messages', '', '{"id":"17","text":"I\'d like 1 or 2 more; is 10=10 mg ok?"}'],
  ['PUT', '/api/patients/17', '', '{"name":"Anna O\'Hara","street":"Rue de l\'\\u00c9cole 3","notes":"<5 mg/l"}'],
  ['GET', '/api/patients', '_count=50&name:contains=li&birthdate=ge1950-01-01'],
  ['GET', '/fhir/Observation', 'code=http://loinc.org|718-7&_sort=-date'],
  ['GET', '/share', 'url=https%3A%2F%2Fwww.example.org%2Fnews%3Fid%3D7%23top&title=News%20%26%20more'],
  ['GET', '/news/2026/01/how-to-sleep-better'],
  ['GET', '/download/report.pdf', 'name=Dr.%20M%C3%BCller%20%26%20partners'],
];

export const BENIGN_SET: readonly RequestFacts[] = REQUESTS.flatMap(([method, path, query = '', body = ''], i) =>
  ORDERS.map((headerOrder, j) => ({
    at: 0,
    client: { family: 4, prefix: 32, high: 0xc0000201, low: 0 } as const,
    forwarding: 'direct' as const,
    method,
    path,
    query,
    userAgent: AGENTS[(i + j) % AGENTS.length],
    referer: i % 3 === 0 ? '' : 'https://www.example.org/doctors?speciality=eye',
    cookie: i % 2 === 0 ? '' : 'session=9f86d081884c7d65; theme=dark; _ga=GA1.2.17.1',
    headerOrder,
    body,
    session: 'none' as const,
    subject: undefined,
  })),
);
