// The gossip topics of a node: transactions, threat reports, blocks. Owns which message is accepted, rejected or
// ignored, and what is announced; bytes move in p2p/, decisions are the intake's and the chain's.

import { CodecError } from '../common/codec/errors.ts';
import { codeOf } from '../common/errors.ts';
import type { Logger } from '../common/logger.ts';
import { BlockError } from '../consensus/chain/errors.ts';
import type { Block } from '../consensus/chain/types.ts';
import { isOfFamily } from '../consensus/ledger/kinds.ts';
import type { SealedTransaction } from '../consensus/ledger/types.ts';
import type { SenderRole } from '../consensus/member-set.ts';
import type { Network, TopicOptions, Verdict } from '../p2p/ports.ts';
import { ChainError } from './chain/errors.ts';
import { CompactError } from './compact/errors.ts';
import type { CompactRelay } from './compact/relay.ts';
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

/** What says that the message itself is bad. */
const BAD = [CodecError, IntakeError, BlockError, ChainError, CompactError];

export interface GossipModules {
  readonly network: Network;
  readonly blocks: CompactRelay;
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
    this.modules.blocks.subscribe((from, error) => this.judge(from, error));
  }

  announceTransaction({ sealed, attachments }: Received, role: SenderRole): void {
    const bundle = encodeBundle({ transaction: sealed.bytes, attachments });
    this.publish(role === 'gateway' ? THREATS.topic : TRANSACTIONS.topic, bundle);
  }

  /** Ours, before it is stored or executed. */
  announceBlock(block: Block, bytes: Uint8Array): void {
    this.modules.blocks.announce(block, bytes);
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

  private judge(from: string, error: unknown): Verdict {
    void this.modules.sync.blame(from, error);
    return BAD.some((kind) => error instanceof kind) ? 'reject' : 'ignore';
  }
}

/** Reports go by their own topic, signed by a gateway key (design section 9). */
function isThreat(sealed: SealedTransaction): boolean {
  return sealed.transaction.statements.every(({ kind }) => isOfFamily(kind, 'threats'));
}
