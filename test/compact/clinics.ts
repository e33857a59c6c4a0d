// Light clinics inside the test's process: real network, mempool, signature checks and chain over a store without disk or
// execution, so that what is seen is the relay of blocks alone. And a peer that answers as the test likes.
import { afterEach } from 'vitest';
import { benchNetwork, numbered, recordTransaction } from '../../bench/lib/ledger.ts';
import { memoryStore, SAME_ROOTS } from '../../bench/lib/memory-store.ts';
import { EMPTY_BYTES } from '../../common/bytes.ts';
import { systemClock } from '../../common/clock.ts';
import { codeOf } from '../../common/errors.ts';
import { createLogger } from '../../common/logger.ts';
import { createRegistry } from '../../common/metrics.ts';
import { encodeBlock, transactionRoot } from '../../consensus/chain/block.ts';
import { genesisHeader } from '../../consensus/chain/genesis-block.ts';
import { blockId, blockSigningHash } from '../../consensus/chain/header.ts';
import type { Block } from '../../consensus/chain/types.ts';
import type { SealedTransaction } from '../../consensus/ledger/types.ts';
import { Chain } from '../../node/chain/chain.ts';
import { Verifier } from '../../node/chain/verifier.ts';
import { BLOCK_TRANSACTIONS, COMPACT } from '../../node/compact/protocols.ts';
import { CompactRelay } from '../../node/compact/relay.ts';
import { NodeGossip } from '../../node/gossip.ts';
import { Intake } from '../../node/intake.ts';
import { MemberSets } from '../../node/members/member-sets.ts';
import { Mempool } from '../../node/mempool/mempool.ts';
import { BLOCKS_BY_HASH } from '../../node/sync/protocols.ts';
import type { Sync } from '../../node/sync/sync.ts';
import { createNetwork } from '../../p2p/network.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network } from '../../p2p/ports.ts';
import { waitFor } from '../helpers/wait-for.ts';

export const bench = benchNetwork(4);
const genesisTip = genesisHeader(bench.genesis);
const logger = createLogger({ level: 'silent' });
const clock = systemClock;
const LISTEN = ['/ip4/127.0.0.1/tcp/0'];

export const peerOf = (number: number): string => peerIdOf(bench.nodeKey(number));
const running = new Set<Network>();

afterEach(async () => {
  const all = [...running];
  running.clear();
  await Promise.all(all.map((network) => network.stop()));
});

/** Transactions from..from+count-1 of the made-up clinics, in order. */
export function transactions(count: number, from = 0): SealedTransaction[] {
  return Array.from({ length: count }, (_, n) => recordTransaction(bench, from + n, genesisTip.timestamp + 2_000));
}

/** A first block of the chain, by clinic 1. */
export function blockOf(body: readonly SealedTransaction[]): { block: Block; bytes: Uint8Array; id: Uint8Array } {
  const { params } = bench.genesis;
  const header = {
    ...genesisTip,
    height: 1,
    parent: blockId(genesisTip),
    txRoot: transactionRoot(
      EMPTY_BYTES,
      body.map(({ witnessId }) => witnessId),
    ),
    ...SAME_ROOTS,
    signer: 1,
    timestamp: genesisTip.timestamp + 2 * params.blockInterval,
  };
  const id = blockId(header);
  const signature = bench.sign(1, blockSigningHash(bench.id, id));
  const block = { header, signature, certificate: EMPTY_BYTES, transactions: body };
  return { block, bytes: encodeBlock(block), id };
}

export interface LightClinic {
  readonly network: Network;
  readonly relay: CompactRelay;
  readonly chain: Chain;
  /** Ids that passed every check before execution, in hex. */
  readonly complete: string[];
  /** `peer code` of whatever was blamed. */
  readonly blamed: string[];
  warm(known: readonly SealedTransaction[]): Promise<void>;
  metric(name: string): Promise<string>;
}

/** `executes: false` keeps blocks from ever being executed. */
export async function startClinic(number: number, { executes = true } = {}): Promise<LightClinic> {
  const complete: string[] = [];
  const blamed: string[] = [];
  const registry = createRegistry();
  const members = new MemberSets({ genesis: bench.genesis }, { states: async (keys) => keys.map(() => undefined) });
  const memory = memoryStore(bench.genesis, (id) => complete.push(Buffer.from(id).toString('hex')));
  const store = executes ? memory : { ...memory, connect: () => new Promise<never>(() => {}) };
  const verifier = new Verifier({ genesisId: bench.id }, {});
  const chain = new Chain({ genesis: bench.genesis, genesisId: bench.id }, { store, members, verifier, clock, logger });
  const mempool = new Mempool({}, { members, nextSequence: async () => 0 });
  const intake = new Intake({ genesisId: bench.id }, { mempool, verifier });
  const network = createNetwork(
    { privateSeed: numbered('node', number), listen: LISTEN, protocols: [BLOCKS_BY_HASH] },
    { logger, clock, registry },
  );
  running.add(network);
  const blame = (peer: string, error: unknown): void => void blamed.push(`${peer} ${codeOf(error)}`);
  const relay = new CompactRelay(
    { genesis: bench.genesis, genesisId: bench.id },
    { network, chain, members, mempool, store, clock, logger, registry, onOrphan: () => {}, blame },
  );
  const sync = { blame } as unknown as Sync;
  new NodeGossip({ network, blocks: relay, intake, sync, logger }).subscribe();
  network.serve(BLOCKS_BY_HASH, async function* (_from, request) {
    const block = await store.block(request.subarray(1, 33));
    if (block !== undefined) yield block;
  });
  await chain.start();
  mempool.start(0);
  await network.start();
  return {
    network,
    relay,
    chain,
    complete,
    blamed,
    warm: async (known) => {
      for (const sealed of known) await intake.takeTrusted({ sealed, attachments: [] });
    },
    metric: (name) => registry.getSingleMetricAsString(name),
  };
}

/** A member's host that publishes what the test says, and answers what it is asked as `setUp` says. */
export async function startLiar(number: number, setUp: (network: Network) => void = () => {}): Promise<Network> {
  const network = createNetwork(
    { privateSeed: numbered('node', number), listen: LISTEN, protocols: [BLOCK_TRANSACTIONS, BLOCKS_BY_HASH] },
    { logger, clock },
  );
  running.add(network);
  network.subscribe(COMPACT, async () => 'ignore');
  setUp(network);
  await network.start();
  return network;
}

/** The first knows the second, and so on; nobody else. Resolves when gossip flows. */
export async function chainUp(...networks: readonly Network[]): Promise<void> {
  const address = (network: Network): string[] => network.addresses().map((full) => full.split('/p2p/')[0]);
  for (const [index, network] of networks.entries()) {
    const [before, after] = [networks[index - 1], networks[index + 1]];
    network.setMembers([
      ...(before === undefined ? [] : [{ peerId: before.peerId, addresses: [] }]),
      ...(after === undefined ? [] : [{ peerId: after.peerId, addresses: address(after) }]),
    ]);
  }
  const neighbours = (index: number): number => (index === 0 || index === networks.length - 1 ? 1 : 2);
  await waitFor(
    () =>
      networks.every((network, index) => network.peers().filter(({ gossip }) => gossip).length >= neighbours(index)),
    { what: 'gossip along the chain' },
  );
}
