// Whole clinics against members that lie: what arrives on every topic, every protocol and in every answer is bytes of an
// enemy who holds a member's key. The clinics go on, agree, and keep their memory.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomBytes, signEd25519 } from '#crypto';
import { fromHex } from '../../common/bytes.ts';
import { genesisId } from '../../consensus/genesis.ts';
import { decodeStatement } from '../../consensus/ledger/statement.ts';
import { signTransaction } from '../../consensus/ledger/transaction.ts';
import { COMPACT } from '../../node/compact/protocols.ts';
import { compactOf, encodeCompact } from '../../node/compact/wire.ts';
import { THREATS, TRANSACTIONS } from '../../node/gossip.ts';
import {
  ATTACHMENTS,
  BLOCKS_BY_HASH,
  BLOCKS_BY_RANGE,
  HEADERS,
  MEMPOOL,
  OUTCOMES,
  SNAPSHOT,
  STATUS,
} from '../../node/sync/protocols.ts';
import { encodeHeadersRequest, encodeSnapshotRequest } from '../../node/sync/wire.ts';
import { encodeBundle, encodeHashes, encodeRangeRequest } from '../../node/wire.ts';
import type { Network } from '../../p2p/ports.ts';
import { boastOf } from '../helpers/boast.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { newAccount } from '../helpers/statements.ts';
import { waitFor } from '../helpers/wait-for.ts';

const PROTOCOLS = [STATUS, HEADERS, BLOCKS_BY_RANGE, BLOCKS_BY_HASH, OUTCOMES, SNAPSHOT, ATTACHMENTS, MEMPOOL];
const MINUTE = 60_000;

/** 1 and 2 are honest; the others are enemies, one after the other, since each is soon kept away. */
let net: TestNodes;
let next = 3;

beforeAll(async () => {
  net = await TestNodes.found({ clinics: 14 });
  await net.start(1);
  await net.start(2, { 'mining-threads': '0' });
  await net.connected(1);
  await net.reaches(1, 2);
}, 5 * MINUTE);

afterAll(() => net?.remove(), MINUTE);

async function enemy(setUp?: (network: Network) => void): Promise<{ network: Network; peerId: string }> {
  const number = next++;
  const network = await net.stranger(number, setUp);
  await waitFor(() => network.peers().filter(({ gossip }) => gossip).length === 2);
  return { network, peerId: net.peerId(number) };
}

async function* nothing(): AsyncIterable<Uint8Array> {}

const connectedTo = (number: number, peerId: string): boolean =>
  net
    .node(number)
    .network.peers()
    .some((peer) => peer.peerId === peerId);

async function ask(network: Network, protocol: string, request: Uint8Array): Promise<string> {
  try {
    let chunks = 0;
    for await (const _ of network.request(net.peerId(1), protocol, request, AbortSignal.timeout(30_000))) chunks++;
    return `${chunks} chunks`;
  } catch (error) {
    return String((error as { code?: string }).code ?? error);
  }
}

/** Whoever is busy is behind for a moment. */
const ready = () => waitFor(async () => (await net.client(1).call('node_health')).ready, { what: 'clinic 1 ready' });

/** Both honest clinics still take a statement in, mine it and agree. */
async function stillWorks(): Promise<void> {
  const { id, statement } = newAccount(net.founded.bundle.genesis);
  await net.client(2).call('tx_submit', { statements: [{ statement }] });
  await net.applied(2, id);
  await net.agreed();
  await ready();
}

describe('a clinic among liars', { timeout: 6 * MINUTE }, () => {
  it('answers random, cut, flipped and oversized requests of every protocol with a reason, and goes on', async () => {
    const { network } = await enemy();
    const valid: Record<string, Uint8Array> = {
      [STATUS.protocol]: boastOf({ genesisId: randomBytes(32), height: 1, work: 1n }),
      [HEADERS.protocol]: encodeHeadersRequest({ from: 1, count: 2 }),
      [BLOCKS_BY_RANGE.protocol]: encodeRangeRequest({ from: 1, count: 2 }),
      [OUTCOMES.protocol]: encodeHashes([randomBytes(32)]),
      [SNAPSHOT.protocol]: encodeSnapshotRequest({ type: 'part', id: randomBytes(32), part: 1 }),
      [BLOCKS_BY_HASH.protocol]: encodeHashes([randomBytes(32)]),
      [ATTACHMENTS.protocol]: encodeHashes([randomBytes(32), randomBytes(32)]),
      [MEMPOOL.protocol]: new Uint8Array(0),
    };
    for (const { protocol, maxRequestBytes } of PROTOCOLS) {
      if (protocol === STATUS.protocol) continue;
      const flipped = valid[protocol].slice();
      for (let at = 0; at < flipped.length; at += 7) flipped[at] ^= 0x81;
      const bad = [randomBytes(Math.min(9, maxRequestBytes)), valid[protocol].subarray(1), flipped];
      for (const request of bad)
        expect(await ask(network, protocol, request)).toMatch(/^(p2p\.|request\.|0 chunks|[0-9] chunks)/);
      expect(await ask(network, protocol, randomBytes(maxRequestBytes + 1))).not.toMatch(/chunks/);
    }
    await stillWorks();
    await net.endStranger(network);
  });

  it.each([
    ['transactions', TRANSACTIONS.topic],
    ['threat reports', THREATS.topic],
    ['blocks', COMPACT.topic],
  ])('keeps a member away that gossips garbage as %s', async (_name, topic) => {
    const { network, peerId } = await enemy();
    await network.publish(topic, randomBytes(300));
    await waitFor(() => !connectedTo(1, peerId) && !connectedTo(2, peerId));
    await stillWorks();
    await net.endStranger(network);
  });

  it('keeps a member away that sends a transaction or a block with a bad signature', async () => {
    const { genesis } = net.founded.bundle;
    const G = genesisId(genesis);
    const forger = await enemy();
    const sender = genesis.clinics[13].nodeKey;
    const statements = [decodeStatement(fromHex(newAccount(genesis).statement))];
    const unsigned = { sender, sequence: 0, validUntil: 100, statements };
    const sealed = signTransaction(G, unsigned, (id) => signEd25519(net.clinic(13).seeds.node, id));
    await forger.network.publish(TRANSACTIONS.topic, encodeBundle({ transaction: sealed.bytes, attachments: [] }));
    await waitFor(() => !connectedTo(1, forger.peerId));
    await net.endStranger(forger.network);

    const lazy = await enemy();
    const { tip, roots } = net.node(1).chain;
    const header = {
      ...tip.header,
      ...roots,
      height: tip.header.height + 1,
      parent: tip.id,
      timestamp: tip.header.timestamp + 400,
      extraNonce: 7n,
    };
    const block = { header, signature: randomBytes(64), certificate: new Uint8Array(0), transactions: [] };
    await lazy.network.publish(COMPACT.topic, encodeCompact(compactOf(block)));
    await waitFor(() => !connectedTo(1, lazy.peerId));
    await net.endStranger(lazy.network);
    await stillWorks();
  });

  it('is ready though a member boasts of a chain that it cannot show', async () => {
    const { genesis } = net.founded.bundle;
    const boast = () => boastOf({ genesisId: genesisId(genesis), height: 9_000_000, work: 1n << 200n });
    let asked = 0;
    const { network } = await enemy((own) => {
      own.serve(STATUS, async function* () {
        yield boast();
      });
      own.serve(HEADERS, () => {
        asked++;
        return nothing();
      });
    });
    for (let round = 0; round < 3; round++) {
      const before = asked;
      expect(await ask(network, STATUS.protocol, boast())).toBe('1 chunks');
      await waitFor(() => asked > before);
    }
    await ready();
    const { height } = net.node(1).chain.tip.header;
    await net.reaches(1, height + 3);
    await ready();
    await stillWorks();
    await net.endStranger(network);
  });

  it('leaves a member that answers with blocks nobody asked for, or with another network', async () => {
    const { genesis } = net.founded.bundle;
    const status = (id: Uint8Array) => boastOf({ genesisId: id, height: 5_000, work: 1n << 201n });
    const answers = [
      { named: genesisId(genesis), blocks: randomBytes(2_000) },
      { named: randomBytes(32), blocks: undefined },
    ];
    for (const { named, blocks } of answers) {
      let left = false;
      const liar = await net.stranger(next++, (own) => {
        own.onPeer((event, peerId) => {
          left ||= event === 'disconnected' && peerId === net.peerId(1);
        });
        own.serve(STATUS, async function* () {
          yield status(named);
        });
        own.serve(HEADERS, async function* () {
          if (blocks !== undefined) yield blocks;
        });
      });
      await waitFor(() => left, { what: 'the clinic leaves the liar' });
      await net.endStranger(liar);
    }
    await stillWorks();
  });

  it('refuses malformed bodies at its doors with an error of the protocol, and serves the next request', async () => {
    const { url } = net.clinic(1);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async (body) => {
        const answer = await fetch(`${url}/rpc`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: new Uint8Array(body),
        });
        expect(answer.status).toBeLessThan(500);
        await answer.text();
      }),
      { numRuns: 60 },
    );
    await stillWorks();
  });
});
