// The gossip topics of a node: transactions, threat reports, blocks. Owns which message is accepted, rejected or
// ignored, and what is announced; bytes move in p2p/, decisions are the intake's and the chain's.

import { CodecError } from '../common/codec/errors.ts';
import { codeOf } from '../common/errors.ts';
import type { Logger } from '../common/logger.ts';
import { signedHeaderOf } from '../consensus/chain/block.ts';
import { BlockError } from '../consensus/chain/errors.ts';
import { isOfFamily } from '../consensus/ledger/kinds.ts';
import type { SealedTransaction } from '../consensus/ledger/types.ts';
import { MAX_BLOCK_BYTES } from '../consensus/limits.ts';
import type { SenderRole } from '../consensus/member-set.ts';
import type { Network, TopicOptions, Verdict } from '../p2p/ports.ts';
import type { Chain } from './chain/chain.ts';
import { ChainError } from './chain/errors.ts';
import { type Intake, IntakeError, type Received } from './intake.ts';
import type { Sync } from './sync/sync.ts';
import { encodeBundle, MAX_BUNDLE_BYTES } from './wire.ts';

export const TRANSACTIONS: TopicOptions = {
  topic: '/wardmesh/tx/1',
  maxBytes: MAX_BUNDLE_BYTES,
  priority: 2,
  queue: 4096,
};
export const THREATS: TopicOptions = {
  topic: '/wardmesh/threat/1',
  maxBytes: MAX_BUNDLE_BYTES,
  priority: 0,
  queue: 1024,
};
export const BLOCKS: TopicOptions = { topic: '/wardmesh/block/1', maxBytes: MAX_BLOCK_BYTES, priority: 0, queue: 256 };

/** Blocks this much lower than the tip are not taken from gossip. */
export const GOSSIP_DEPTH = 100;

export interface GossipModules {
  readonly network: Network;
  readonly chain: Chain;
  readonly intake: Intake;
  readonly sync: Sync;
  readonly logger: Logger;
}

export class NodeGossip {
  private readonly modules: GossipModules;

  constructor(modules: GossipModules) {
    this.modules = modules;
  }

  /** Before the network starts. */
  subscribe(): void {
    const { network } = this.modules;
    network.subscribe(TRANSACTIONS, (from, data) => this.transaction(from, data, (sealed) => !isThreat(sealed)));
    network.subscribe(THREATS, (from, data) => this.transaction(from, data, isThreat));
    network.subscribe(BLOCKS, (from, data) => this.block(from, data));
  }

  announceTransaction({ sealed, attachments }: Received, role: SenderRole): void {
    const bundle = encodeBundle({ transaction: sealed.bytes, attachments });
    this.publish(role === 'gateway' ? THREATS.topic : TRANSACTIONS.topic, bundle);
  }

  announceBlock(block: Uint8Array): void {
    this.publish(BLOCKS.topic, block);
  }

  private publish(topic: string, data: Uint8Array): void {
    this.modules.network.publish(topic, data).catch((error) => {
      this.modules.logger.warn({ topic, code: codeOf(error) }, 'not announced');
    });
  }

  private async transaction(
    from: string,
    data: Uint8Array,
    accepts: (sealed: SealedTransaction) => boolean,
  ): Promise<Verdict> {
    try {
      return (await this.modules.intake.take(data, accepts)) ? 'accept' : 'ignore';
    } catch (error) {
      return this.judge(from, error);
    }
  }

  /** A block is passed on once header, signatures and body hold, before it is executed. */
  private async block(from: string, data: Uint8Array): Promise<Verdict> {
    try {
      // A block far below the tip costs its maker next to nothing, and a better branch comes by sync.
      const { height } = signedHeaderOf(data).header;
      if (height + GOSSIP_DEPTH < this.modules.chain.tip.header.height) return 'ignore';
    } catch (error) {
      return this.judge(from, error);
    }
    return this.import(from, data);
  }

  private import(from: string, data: Uint8Array): Promise<Verdict> {
    return new Promise((resolve) => {
      this.modules.chain
        .import(data, from, () => resolve('accept'))
        .then((result) => {
          resolve(result.status === 'connected' || result.status === 'side' ? 'accept' : 'ignore');
          if (result.status === 'orphan') {
            this.modules.sync.onOrphan(from, result).catch((error) => this.modules.sync.blame(from, error));
          }
        })
        .catch((error) => resolve(this.judge(from, error)));
    });
  }

  private judge(from: string, error: unknown): Verdict {
    void this.modules.sync.blame(from, error);
    const bad = error instanceof CodecError || error instanceof IntakeError || error instanceof BlockError;
    return bad || error instanceof ChainError ? 'reject' : 'ignore';
  }
}

/** Reports go by their own topic, signed by a gateway key (design section 9). */
function isThreat(sealed: SealedTransaction): boolean {
  return sealed.transaction.statements.every(({ kind }) => isOfFamily(kind, 'threats'));
}
