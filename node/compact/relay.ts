// Compact block relay (PROTOCOL 8.10): announces blocks as header and short ids, puts bodies together from the mempool,
// asks for what is missing, and falls back to the whole block. Owns who is asked; what is valid the chain decides.
import { equalBytes, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { counter, type Registry } from '../../common/metrics.ts';
import { decodeBlock, encodeBlock, signedHeaderOf } from '../../consensus/chain/block.ts';
import { BlockError } from '../../consensus/chain/errors.ts';
import { blockId } from '../../consensus/chain/header.ts';
import { checkHeaderAlone, checkHeaderSignature } from '../../consensus/chain/ladder.ts';
import type { Block } from '../../consensus/chain/types.ts';
import type { Genesis } from '../../consensus/genesis.ts';
import { sealTransaction } from '../../consensus/ledger/transaction.ts';
import type { Network, Verdict } from '../../p2p/ports.ts';
import type { Chain, ImportResult } from '../chain/chain.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { Mempool } from '../mempool/mempool.ts';
import { Slices } from '../slices.ts';
import { transactionBodies } from '../store/block-shape.ts';
import type { ChainStore } from '../store/ports.ts';
import { SyncError } from '../sync/errors.ts';
import { BLOCKS_BY_HASH } from '../sync/protocols.ts';
import { encodeHashes } from '../wire.ts';
import { Assembly, tellsTruth } from './assembly.ts';
import { CompactError } from './errors.ts';
import { BLOCK_TRANSACTIONS, COMPACT } from './protocols.ts';
import {
  type CompactBlock,
  compactOf,
  decodeCompact,
  decodeMissingRequest,
  decodeTransactionChunk,
  encodeCompact,
  encodeMissingRequest,
  encodeTransactionChunks,
} from './wire.ts';

/** Blocks this much lower than the tip are not taken from gossip: they cost their maker next to nothing. */
export const GOSSIP_DEPTH = 100;
/** Bodies that are put together at one time; what comes meanwhile is left to sync. */
const MAX_PENDING = 8;
/** Own blocks that others may ask for before the store has them. */
const OWN_BLOCKS = 2;
/** Peers that are asked for one body, the one that announced it first. */
const MAX_ASKED = 4;
const REQUEST_MS = 5_000;

export interface CompactRelayModules {
  readonly network: Network;
  readonly chain: Chain;
  readonly members: MemberSets;
  readonly mempool: Mempool;
  readonly store: Pick<ChainStore, 'block'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry?: Registry;
  /** A block whose parent is missing. */
  onOrphan(from: string, orphan: ImportResult): void;
  blame(from: string, error: unknown): void;
}

export class CompactRelay {
  private readonly options: { readonly genesis: Genesis; readonly genesisId: Uint8Array };
  private readonly modules: CompactRelayModules;
  private readonly own = new Map<string, Uint8Array>();
  /** Bodies in the making, and who else announced them. */
  private readonly pending = new Map<string, string[]>();
  private readonly metrics;

  constructor(options: { genesis: Genesis; genesisId: Uint8Array }, modules: CompactRelayModules) {
    this.options = options;
    this.modules = modules;
    this.metrics = {
      bodies: counter(modules.registry, {
        name: 'wardmesh_compact_bodies_total',
        help: 'Bodies of announced blocks by where they came from: mempool alone, with missing ones, whole, or not at all',
        labels: ['from'],
      }),
      missing: counter(modules.registry, {
        name: 'wardmesh_compact_missing_transactions_total',
        help: 'Transactions of announced blocks that were asked for',
      }),
    };
  }

  /** Before the network starts. `judge` turns what a message threw into its verdict. */
  subscribe(judge: (from: string, error: unknown) => Verdict): void {
    const { network } = this.modules;
    network.subscribe(COMPACT, async (from, data) => {
      try {
        return await this.take(from, data);
      } catch (error) {
        return judge(from, error);
      }
    });
    network.serve(BLOCK_TRANSACTIONS, (_from, request) => this.serve(request));
  }

  /** A block of ours, before it is stored. */
  announce(block: Block, bytes: Uint8Array): void {
    this.own.set(toHex(blockId(block.header)), bytes);
    for (const oldest of this.own.keys()) {
      if (this.own.size <= OWN_BLOCKS) break;
      this.own.delete(oldest);
    }
    this.publish(block);
  }

  private publish(block: Block): void {
    this.modules.network.publish(COMPACT.topic, encodeCompact(compactOf(block))).catch((error) => {
      this.modules.logger.warn({ topic: COMPACT.topic, code: codeOf(error) }, 'not announced');
    });
  }

  /** Passed on once header, signatures and body hold, before it is executed. Throws coded errors. */
  private async take(from: string, data: Uint8Array): Promise<Verdict> {
    const { chain, members } = this.modules;
    const compact = decodeCompact(data);
    const { header } = compact;
    if (header.height + GOSSIP_DEPTH < chain.tip.header.height) return 'ignore';
    const id = checkHeaderAlone(this.options.genesis.params, header);
    if (await chain.has(id)) return 'ignore';
    const key = toHex(id);
    const others = this.pending.get(key);
    if (others !== undefined) {
      if (others.length < MAX_ASKED) others.push(from);
      return 'ignore';
    }
    if (this.pending.size >= MAX_PENDING) return 'ignore';
    this.pending.set(key, []);
    try {
      // Before any work for its body. Who may sign under a set that is not known here, the chain says later.
      const set = members.at(header.memberSet);
      if (set !== undefined) await checkHeaderSignature(this.options.genesisId, compact, set);
      return await this.complete(from, id, compact);
    } finally {
      this.pending.delete(key);
    }
  }

  private async complete(from: string, id: Uint8Array, compact: CompactBlock): Promise<Verdict> {
    const block = await this.assemble(from, id, compact);
    if (block !== undefined) {
      try {
        return await this.import(from, block, encodeBlock(block));
      } catch (error) {
        // Two transactions with one short id, or short ids of another body: the whole block tells which.
        if (!(error instanceof BlockError) || error.code !== 'block.tx-root') throw error;
      }
    }
    return this.takeWhole(from, id, compact);
  }

  /** From the mempool and from whoever announced it; undefined when nobody gives what is missing. */
  private async assemble(from: string, id: Uint8Array, compact: CompactBlock): Promise<Block | undefined> {
    const assembly = new Assembly(this.options.genesisId, compact);
    const slices = new Slices(this.modules);
    for (const { sealed } of this.modules.mempool.entries()) {
      if (assembly.complete) break;
      assembly.offer(sealed);
      if (slices.over) await slices.next();
    }
    if (assembly.complete) {
      this.metrics.bodies.inc({ from: 'mempool' });
      return assembly.block();
    }
    const asked = new Set<string>();
    for (let peer: string | undefined = from; peer !== undefined; peer = this.nextSource(id, asked)) {
      asked.add(peer);
      if (await this.ask(peer, id, assembly, slices)) {
        this.metrics.bodies.inc({ from: 'missing' });
        return assembly.block();
      }
    }
    return undefined;
  }

  private nextSource(id: Uint8Array, asked: ReadonlySet<string>): string | undefined {
    if (asked.size >= MAX_ASKED) return undefined;
    return this.pending.get(toHex(id))?.find((peer) => !asked.has(peer));
  }

  /** False when this peer does not give all that is missing. Throws nothing: the next peer may do. */
  private async ask(peer: string, id: Uint8Array, assembly: Assembly, slices: Slices): Promise<boolean> {
    const indexes = assembly.missing();
    this.metrics.missing.inc(indexes.length);
    let next = 0;
    try {
      const request = encodeMissingRequest({ block: id, indexes });
      const signal = AbortSignal.timeout(REQUEST_MS);
      for await (const chunk of this.modules.network.request(peer, BLOCK_TRANSACTIONS.protocol, request, signal)) {
        for (const bytes of decodeTransactionChunk(chunk)) {
          if (next === indexes.length) throw new CompactError({ code: 'compact.wrong-transactions' });
          assembly.fill(indexes[next++], sealTransaction(this.options.genesisId, bytes));
          if (slices.over) await slices.next();
        }
      }
      if (next < indexes.length) throw new CompactError({ code: 'compact.withheld' });
      return true;
    } catch (error) {
      this.modules.logger.debug({ peer, code: codeOf(error) }, 'transactions of a block not given');
      this.modules.blame(peer, error);
      return false;
    }
  }

  /** The whole block from whoever announced it, else from others: they were told of it at about the same time. */
  private async takeWhole(from: string, id: Uint8Array, compact: CompactBlock): Promise<Verdict> {
    const announced = [from, ...(this.pending.get(toHex(id)) ?? [])];
    const others = this.modules.network.peers().map(({ peerId }) => peerId);
    const peers = [...new Set([...announced, ...others])].slice(0, MAX_ASKED);
    for (const peer of peers) {
      const bytes = await this.whole(peer, id);
      if (bytes === undefined) continue;
      let block: Block;
      let verdict: Verdict;
      try {
        block = decodeBlock(this.options.genesisId, bytes);
        verdict = await this.import(peer, block, bytes);
      } catch (error) {
        if (peer === from) throw error;
        this.modules.blame(peer, error);
        continue;
      }
      this.metrics.bodies.inc({ from: 'whole' });
      if (tellsTruth(compact, block)) return verdict;
      // The block is good and the message is not: others get it from us in true words.
      if (verdict === 'accept') this.publish(block);
      throw new CompactError({ code: 'compact.wrong-ids' });
    }
    this.metrics.bodies.inc({ from: 'nowhere' });
    return 'ignore';
  }

  private async whole(peer: string, id: Uint8Array): Promise<Uint8Array | undefined> {
    try {
      const signal = AbortSignal.timeout(REQUEST_MS);
      const answer = this.modules.network.request(peer, BLOCKS_BY_HASH.protocol, encodeHashes([id]), signal);
      for await (const bytes of answer) {
        const { header } = signedHeaderOf(bytes);
        if (!equalBytes(blockId(header), id)) throw new SyncError({ code: 'sync.wrong-answer', height: header.height });
        return bytes;
      }
    } catch (error) {
      this.modules.blame(peer, error);
    }
    return undefined;
  }

  private import(from: string, block: Block | undefined, bytes: Uint8Array): Promise<Verdict> {
    return new Promise((resolve, reject) => {
      this.modules.chain
        .import(bytes, from, () => resolve('accept'), block)
        .then((result) => {
          resolve(result.status === 'connected' || result.status === 'side' ? 'accept' : 'ignore');
          if (result.status === 'orphan') this.modules.onOrphan(from, result);
        })
        .catch(reject);
    });
  }

  private async *serve(request: Uint8Array): AsyncGenerator<Uint8Array> {
    const { block, indexes } = decodeMissingRequest(request);
    const bytes = this.own.get(toHex(block)) ?? (await this.modules.store.block(block));
    if (bytes === undefined) return;
    const bodies = transactionBodies(bytes);
    yield* encodeTransactionChunks(indexes.flatMap((index) => bodies[index] ?? []));
  }
}
