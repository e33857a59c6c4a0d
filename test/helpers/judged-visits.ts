// Requests of made-up addresses at the doors of whole nodes that judge them, and what their security logs say of those. For
// nodes that trust a proxy on loopback and enforce (JUDGING).
import { ask } from '../gateway/ways-in/servers.ts';
import type { TestNodes } from './nodes.ts';
import { waitFor } from './wait-for.ts';

/** Settings of such nodes. */
export const JUDGING = { http: { trustedProxies: ['127.0.0.0/8'] }, gateway: { mode: 'enforce' } };

/** Slower than what the judge forgets of who asks for the same again. */
const VISIT_EVERY_MS = 1_000;
const REFUSED_CALL = JSON.stringify({ jsonrpc: '2.0', method: 'threat_list', params: {}, id: 1 });

/** What the clinic's security log holds of the address, newest first. */
export async function entriesOf(net: TestNodes, clinic: number, address: string) {
  return (await net.client(clinic).call('threat_log', { address, limit: 50 })).entries;
}

/**
 * Visits every one of the clinics, with a page and with a call that it may not make, until the log of each holds a request that
 * was let in (`admitted`) or was not.
 */
export async function visited(
  net: TestNodes,
  clinics: readonly number[],
  address: string,
  outcome: 'admitted' | 'stopped',
  timeoutMs: number,
): Promise<void> {
  const headers = { 'x-forwarded-for': address };
  for (const clinic of clinics) {
    const { httpPort } = net.clinic(clinic);
    const seen = async () => {
      await ask(httpPort, { path: '/api/v1/openapi.json', headers });
      const call = { method: 'POST', path: '/rpc', headers: { ...headers, 'content-type': 'application/json' } };
      await ask(httpPort, { ...call, body: REFUSED_CALL });
      const entries = await entriesOf(net, clinic, address);
      return entries.some(({ action }) => (action === 'allow') === (outcome === 'admitted'));
    };
    await waitFor(seen, {
      timeoutMs,
      intervalMs: VISIT_EVERY_MS,
      what: `a request of ${address} that clinic ${clinic} ${outcome}`,
    });
  }
}
