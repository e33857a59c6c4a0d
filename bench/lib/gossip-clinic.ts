// One light clinic of the gossip benchmark, a process of its own: network, mempool, signature checks and the part of the
// chain's import that comes before execution. Does what its parent says over the process's channel.
import { readFileSync } from 'node:fs';
import { systemClock } from '../../common/clock.ts';
import { createLogger } from '../../common/logger.ts';
import { decodeBlock } from '../../consensus/chain/block.ts';
import { sealTransaction } from '../../consensus/ledger/transaction.ts';
import type { SealedTransaction } from '../../consensus/ledger/types.ts';
import { Chain } from '../../node/chain/chain.ts';
import { Verifier } from '../../node/chain/verifier.ts';
import { CompactRelay } from '../../node/compact/relay.ts';
import { NodeGossip } from '../../node/gossip.ts';
import { Intake } from '../../node/intake.ts';
import { MemberSets } from '../../node/members/member-sets.ts';
import { Mempool } from '../../node/mempool/mempool.ts';
import { BLOCKS_BY_HASH } from '../../node/sync/protocols.ts';
import type { Sync } from '../../node/sync/sync.ts';
import { createNetwork } from '../../p2p/network.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import { benchNetwork, numbered } from './ledger.ts';
import { memoryStore } from './memory-store.ts';

export type Order =
  | { readonly type: 'meet'; readonly addresses: readonly string[] }
  /** Transactions into the mempool, as if they had come before. */
  | { readonly type: 'warm'; readonly file: string; readonly skip: number }
  | { readonly type: 'block'; readonly file: string }
  /** Sends them as fast as the other takes them: at most `window` ahead of what `told` said. */
  | { readonly type: 'send'; readonly file: string; readonly window: number }
  | { readonly type: 'told'; readonly taken: number }
  | { readonly type: 'forget' }
  | { readonly type: 'end' };

export type Report =
  | { readonly type: 'listening'; readonly address: string }
  | { readonly type: 'done' }
  /** ms since 1970, with fractions. */
  | { readonly type: 'complete'; readonly at: number }
  | { readonly type: 'announced'; readonly at: number }
  | { readonly type: 'taken'; readonly taken: number; readonly at: number; readonly cpuMs: number };

const [number, clinics] = process.argv.slice(2).map(Number);
const bench = benchNetwork(clinics);
const logger = createLogger({ level: 'silent' });
const members = new MemberSets({ genesis: bench.genesis }, { states: async (keys) => keys.map(() => undefined) });
const now = (): number => performance.timeOrigin + performance.now();
const say = (report: Report): void => void process.send?.(report);

const store = memoryStore(bench.genesis, () => say({ type: 'complete', at: now() }));
const verifier = new Verifier({ genesisId: bench.id }, {});
const chain = new Chain(
  { genesis: bench.genesis, genesisId: bench.id },
  { store, members, verifier, clock: systemClock, logger },
);
const mempool = new Mempool({}, { members, nextSequence: async () => 0 });
const intake = new Intake({ genesisId: bench.id }, { mempool, verifier });
const network = createNetwork(
  { privateSeed: numbered('node', number), listen: ['/ip4/127.0.0.1/tcp/0'], protocols: [BLOCKS_BY_HASH] },
  { logger, clock: systemClock },
);
const sync = { onOrphan: async () => {}, blame: async () => {} } as unknown as Sync;
const blocks = new CompactRelay(
  { genesis: bench.genesis, genesisId: bench.id },
  {
    network,
    chain,
    members,
    mempool,
    store,
    clock: systemClock,
    logger,
    onOrphan: () => {},
    blame: () => {},
  },
);
const gossip = new NodeGossip({ network, blocks, intake, sync, logger });
gossip.subscribe();

let warmed: SealedTransaction[] = [];
let told = 0;
let wake: (() => void) | undefined;
let taken = 0;
intake.onReceived(() => {
  if (++taken % 256 === 0) {
    const { user, system } = process.cpuUsage();
    say({ type: 'taken', taken, at: now(), cpuMs: (user + system) / 1000 });
  }
});

function* transactionsIn(file: string): Generator<Uint8Array> {
  const bytes = readFileSync(file);
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt16BE(at);
    yield new Uint8Array(bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
}

async function obey(order: Order): Promise<void> {
  switch (order.type) {
    case 'meet': {
      network.setMembers(
        order.addresses.map((address, index) => ({
          peerId: peerIdOf(bench.nodeKey(index + 1)),
          // One dials the other: two connections of a pair would come and go.
          addresses: index + 1 < number ? [address] : [],
        })),
      );
      const others = order.addresses.length - 1;
      while (network.peers().filter((peer) => peer.gossip).length < others) await pause(20);
      return say({ type: 'done' });
    }
    case 'warm':
      warmed = [...transactionsIn(order.file)].map((bytes) => sealTransaction(bench.id, bytes));
      for (const sealed of warmed.slice(order.skip)) {
        verifier.trust(sealed);
        await mempool.add(sealed, []);
      }
      return say({ type: 'done' });
    case 'block': {
      const bytes = new Uint8Array(readFileSync(order.file));
      const block = decodeBlock(bench.id, bytes);
      say({ type: 'announced', at: now() });
      gossip.announceBlock(block, bytes);
      await chain.import(bytes, 'own', undefined, block);
      return;
    }
    case 'forget':
      mempool.connected(
        warmed.map(({ id, witnessId, transaction: { sender, sequence } }) => ({
          id,
          witnessId,
          sender,
          sequence,
          statements: [],
        })),
        chain.tip.header.height,
      );
      return say({ type: 'done' });
    case 'send': {
      const all = [...transactionsIn(order.file)].map((bytes) => sealTransaction(bench.id, bytes));
      say({ type: 'announced', at: now() });
      for (const [index, sealed] of all.entries()) {
        while (index - told >= order.window) await new Promise<void>((resolve) => (wake = resolve));
        gossip.announceTransaction({ sealed, attachments: [] }, 'node');
        if (index % 32 === 31) await new Promise((resolve) => setImmediate(resolve));
      }
      return say({ type: 'done' });
    }
    case 'told':
      told = order.taken;
      wake?.();
      return;
    case 'end':
      await network.stop();
      process.exit(0);
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

process.on('message', (order: Order) => void obey(order));
await chain.start();
mempool.start(0);
await network.start();
say({ type: 'listening', address: network.addresses()[0].split('/p2p/')[0] });
