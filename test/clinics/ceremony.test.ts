// Four whole clinics on sockets: the key of genesis becomes shares, and a key for emergencies is made.
import { afterAll, expect, test } from 'vitest';
import { toHex } from '../../common/bytes.ts';
import { decodeScalar, publicOf } from '../../common/crypto/group.ts';
import { openClinic } from '../../node/clinic-directory.ts';
import { secretOf } from '../ceremony/clinics.ts';
import { FAST } from '../helpers/devnet.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { waitFor } from '../helpers/wait-for.ts';

let nodes: TestNodes;

afterAll(() => nodes?.remove());

async function keyAt(clinic: number, purpose: 'identifier' | 'emergency') {
  const { keys } = await nodes.client(clinic).call('ceremony_status', {});
  return keys.find((key) => key.purpose === purpose)!;
}

test('on a network of four every clinic comes to hold its share, also one that was stopped in the middle', async () => {
  nodes = await TestNodes.found({ params: FAST, miners: [2] });
  await Promise.all(nodes.numbers.map((number) => nodes.start(number)));
  await nodes.connected();
  const begin = (purpose: 'identifier' | 'emergency') =>
    nodes
      .client(1)
      .call('ceremony_begin', { purpose, ...(purpose === 'identifier' ? { mode: 'reshare' as const } : {}) });
  await begin('identifier');
  await begin('emergency');
  await waitFor(async () => (await keyAt(3, 'emergency')).ceremony !== null, {
    timeoutMs: 120_000,
    what: 'a ceremony',
  });
  await nodes.stop(3);
  await nodes.start(3);
  const held = async (purpose: 'identifier' | 'emergency', generation: number) => {
    const all = await Promise.all(nodes.numbers.map((number) => keyAt(number, purpose)));
    // on a slow machine a step may take longer than its blocks: then an operator begins again
    if (all[0].ceremony?.step === 'failed') await begin(purpose).catch(() => undefined);
    return all.every(({ key }) => key?.generation === generation && key.held && key.holders.length === 4);
  };
  for (const purpose of ['emergency', 'identifier'] as const) {
    await waitFor(() => held(purpose, 1), { timeoutMs: 240_000, what: `shares of the ${purpose} key everywhere` });
  }
  const { genesis } = nodes.founded.bundle;
  const { key } = await keyAt(4, 'identifier');
  expect(key).toMatchObject({ threshold: 3, origin: 1, publicKey: toHex(genesis.identifierKey) });
  expect((await keyAt(4, 'emergency')).key).toMatchObject({ threshold: 3, origin: 3 });
  const { claims } = await nodes.client(2).call('node_health');
  expect(claims.join('\n')).toContain('whoever kept the identifier key of before the first ceremony');
  const shares = new Map<number, bigint>();
  for (const number of nodes.numbers) {
    await nodes.stop(number);
    const { directory, passphrase } = nodes.clinic(number);
    const { keys } = await openClinic(directory, passphrase);
    const share = keys.shares.find(({ purpose, generation }) => purpose === 'identifier' && generation === 1);
    shares.set(number, decodeScalar(share!.secret));
  }
  for (const three of [
    [1, 2, 3],
    [4, 2, 1],
  ]) {
    expect(toHex(publicOf(secretOf(shares, three)).toBytes())).toBe(toHex(genesis.identifierKey));
  }
}, 720_000);
