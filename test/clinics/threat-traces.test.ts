// Addresses of reports in force that the clinics judged at their own doors, in everything that they keep: sealed, tagged, and
// nowhere readable. What is left once the reports ended is asked in threat-keys.test.ts.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addAddress } from '../helpers/address-traces.ts';
import { entriesOf, JUDGING, visited } from '../helpers/judged-visits.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { TraceSearch } from '../helpers/traces.ts';
import { waitFor } from '../helpers/wait-for.ts';

const PATIENCE_MS = 120_000;
const ALL = [1, 2, 3];
/** As the clinic says them; of the second its prefix alone is looked for too. */
const REPORTED = ['203.0.113.178', '2001:db8:5ca1:ab1e::/64'];
const PREFIX = Uint8Array.of(0x20, 0x01, 0x0d, 0xb8, 0x5c, 0xa1, 0xab, 0x1e);

let net: TestNodes;

beforeAll(async () => {
  net = await TestNodes.found({ clinics: ALL.length, miners: [1], config: JUDGING });
  for (const number of ALL) await net.start(number);
  await net.connected();
});

afterAll(() => net?.remove());

const becomes = (clinic: number, address: string, wanted: string) =>
  waitFor(async () => (await net.client(clinic).call('threat_check', { address })).verdict === wanted, {
    timeoutMs: PATIENCE_MS,
    what: `${address} ${wanted} at clinic ${clinic}`,
  });

it('property 5: privacy preservation: no file of any clinic, block and state among them, shows an address in force that its doors judged', async () => {
  const search = new TraceSearch();
  for (const address of REPORTED) {
    const { statement } = await net.client(1).call('threat_block', { address, reason: 'scan' });
    await net.applied(1, statement);
    await becomes(2, address, 'block');
    await becomes(3, address, 'challenge');
    await visited(net, ALL, address.replace('/64', '9'), 'stopped', PATIENCE_MS);
    addAddress(search, address);
  }
  // What is looked for is there: their security logs say it to who may ask.
  for (const number of ALL)
    for (const address of REPORTED) expect(await entriesOf(net, number, address)).not.toEqual([]);
  search.add('2001:db8:5ca1:ab1e');
  search.add(PREFIX, 'the prefix alone');
  for (const number of ALL) await net.stop(number);
  for (const number of ALL) {
    const { traces, files, rows } = await search.inDirectory(net.clinic(number).directory);
    expect(traces).toEqual([]);
    expect(files).toBeGreaterThan(10);
    expect(rows).toBeGreaterThan(10);
  }
}, 300_000);
