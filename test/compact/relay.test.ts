import { describe, expect, it } from 'vitest';
import { toHex } from '../../common/bytes.ts';
import { BLOCK_TRANSACTIONS, COMPACT } from '../../node/compact/protocols.ts';
import { compactOf, decodeMissingRequest, encodeCompact, encodeTransactionChunks } from '../../node/compact/wire.ts';
import { BLOCKS_BY_HASH } from '../../node/sync/protocols.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { blockOf, chainUp, type LightClinic, peerOf, startClinic, startLiar, transactions } from './clinics.ts';

const body = transactions(80);
const { block, bytes, id } = blockOf(body);

const arrived = (clinic: LightClinic): Promise<unknown> =>
  waitFor(() => clinic.complete.includes(toHex(id)), { what: 'the block complete' });

async function bodies(clinic: LightClinic): Promise<string> {
  const lines = await clinic.metric('wardmesh_compact_bodies_total');
  return [...lines.matchAll(/from="(\w+)"} (\d+)/g)].map(([, from, count]) => `${from} ${count}`).join();
}

describe('a compact block', () => {
  it('is put together from the mempool, and passed on before it is executed', async () => {
    const [a, b, c] = [await startClinic(1), await startClinic(2, { executes: false }), await startClinic(3)];
    await chainUp(a.network, b.network, c.network);
    await b.warm(body);
    await c.warm(body.slice(0, 70));
    a.relay.announce(block, bytes);
    await Promise.all([b, c].map(arrived));
    expect(await bodies(b)).toBe('mempool 1');
    expect(await bodies(c)).toBe('missing 1');
    expect(await c.metric('wardmesh_compact_missing_transactions_total')).toContain('total 10');
    expect(b.chain.tip.header.height).toBe(0);
    await waitFor(() => c.chain.tip.header.height === 1);
    expect([...b.blamed, ...c.blamed]).toEqual([]);
  });

  it('brings a small body along', async () => {
    const [a, b] = [await startClinic(1), await startClinic(2)];
    await chainUp(a.network, b.network);
    const small = blockOf(body.slice(0, 3));
    a.relay.announce(small.block, small.bytes);
    await waitFor(() => b.complete.includes(toHex(small.id)));
    expect(await bodies(b)).toBe('mempool 1');
  });
});

/** A clinic that hears of the block from a liar first; an honest third has the block and may be asked. */
async function lied(
  message: Uint8Array,
  answers: { missing?: (indexes: readonly number[]) => Uint8Array[]; whole?: Uint8Array } = {},
) {
  const victim = await startClinic(2);
  const liar = await startLiar(3, (network) => {
    network.serve(BLOCK_TRANSACTIONS, async function* (_from, request) {
      yield* encodeTransactionChunks(answers.missing?.(decodeMissingRequest(request).indexes) ?? []);
    });
    network.serve(BLOCKS_BY_HASH, async function* () {
      if (answers.whole !== undefined) yield answers.whole;
    });
  });
  const honest = await startClinic(4);
  await honest.chain.import(bytes, 'own');
  await chainUp(liar, victim.network, honest.network);
  await liar.publish(COMPACT.topic, message);
  return victim;
}

const truth = encodeCompact(compactOf(block));
const liarsId = peerOf(3);

describe('a peer that lies about a block', () => {
  it('is blamed for short ids of another body, and the block is taken all the same', async () => {
    const shortIds = compactOf(block).shortIds.map((short) => (short + 1) % 2 ** 48);
    const victim = await lied(encodeCompact({ ...compactOf(block), shortIds }), { whole: bytes });
    await arrived(victim);
    await waitFor(() => victim.blamed.includes(`${liarsId} compact.wrong-ids`));
  });

  it('is blamed when it keeps the transactions back, and others are asked', async () => {
    const victim = await lied(truth);
    await arrived(victim);
    expect(victim.blamed).toEqual([`${liarsId} compact.withheld`]);
  });

  it('is blamed for transactions that are not those of the short ids', async () => {
    const victim = await lied(truth, { missing: (indexes) => indexes.map((index) => body[(index + 1) % 80].bytes) });
    await arrived(victim);
    expect(victim.blamed).toEqual([`${liarsId} compact.wrong-transactions`]);
  });

  it('is blamed for another block than the one that was asked for', async () => {
    const victim = await lied(truth, { whole: blockOf(transactions(2)).bytes });
    await arrived(victim);
    expect(victim.blamed).toEqual([`${liarsId} compact.withheld`, `${liarsId} sync.wrong-answer`]);
  });

  it("costs no work for a body when its header bears no member's signature", async () => {
    const forged = encodeCompact({ ...compactOf(block), signature: new Uint8Array(64).fill(1) });
    const victim = await lied(forged, { whole: bytes });
    await waitFor(() => victim.blamed.length > 0);
    expect(victim.blamed).toEqual([`${liarsId} block.signature`]);
    expect(victim.complete).toEqual([]);
    expect(await bodies(victim)).toBe('');
  });
});
