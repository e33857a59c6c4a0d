// Facts of a request for tests: an ordinary one, but for what the test says.
import { parseAddress } from '../../gateway/address.ts';
import type { RequestFacts } from '../../gateway/judge/facts.ts';

export function requestFacts(fields: Partial<RequestFacts> = {}): RequestFacts {
  return {
    at: 1_760_000_000_000,
    client: parseAddress('198.51.100.7'),
    forwarding: 'direct',
    method: 'GET',
    path: '/',
    query: '',
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
    referer: '',
    cookie: '',
    headerOrder: 'host,user-agent,accept',
    body: '',
    session: 'none',
    subject: undefined,
    ...fields,
  };
}
