// Makes blocks: keeps the miner on a fresh template of the tip and the mempool, signs and imports what it finds.
// Owns when to mine; the hashing is node/miner, the rules of a template are consensus/.

import { toHex } from '../common/bytes.ts';
import type { Clock, TimerHandle } from '../common/clock.ts';
import { codeOf } from '../common/errors.ts';
import type { Logger } from '../common/logger.ts';
import { encodeBlock, transactionRoot } from '../consensus/chain/block.ts';
import { nextTarget } from '../consensus/chain/difficulty.ts';
import { earliestTimestamp } from '../consensus/chain/diversity.ts';
import { certificateUnits } from '../consensus/chain/finality/certificate.ts';
import { blockId, blockSigningHash, HEADER_BYTES } from '../consensus/chain/header.ts';
import type { Block, Header } from '../consensus/chain/types.ts';
import type { Genesis } from '../consensus/genesis.ts';
import { hasShares, SHARE_BYTES } from '../consensus/ledger/check-transactions.ts';
import type { ChainView } from '../consensus/ledger/members/view.ts';
import type { ClinicNumber, SealedTransaction } from '../consensus/ledger/types.ts';
import { MAX_BLOCK_BYTES, MAX_BLOCK_TRANSACTIONS, MAX_BLOCK_UNITS, SIGNATURE_BYTES } from '../consensus/limits.ts';
import type { Chain, TipContext } from './chain/chain.ts';
import type { Mempool } from './mempool/mempool.ts';
import type { Miner } from './miner/miner.ts';
import type { ChainEntry } from './store/ports.ts';

/** A template is renewed this often for its timestamp and for new transactions, as a part of T. */
const REFRESH_PART = 4;
const REFRESH_MAX_MS = 1_000;
/** Header, signature, length of the certificate, count: what a body cannot use of a block. */
const OVERHEAD = HEADER_BYTES + SIGNATURE_BYTES + 2 + 4;
/** How often it asks whether it may mine again. */
const PAUSED_MS = 2_000;
/** As many as the miner remembers: with new transactions each second and no block they would grow without end. */
const REMEMBERED_TEMPLATES = 8;

export interface ProducerOptions {
  readonly genesis: Genesis;
  readonly genesisId: Uint8Array;
  readonly clinic: ClinicNumber;
  sign(message: Uint8Array): Uint8Array;
}

/** What the producer needs of a miner. */
export type TemplateMiner = Pick<Miner, 'start' | 'replace' | 'pause' | 'stop'>;

export interface CertificateSource {
  /** Grows when another certificate may be ready. */
  readonly version: number;
  /** Encoded, for a child of the tip whose view this is; empty when nothing is new there. */
  certificateFor(view: ChainView): Promise<Uint8Array>;
}

export interface ProducerModules {
  readonly chain: Chain;
  readonly mempool: Mempool;
  readonly miner: TemplateMiner;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What can be shown to be justified or final in a child of the tip. */
  readonly finality: CertificateSource;
  /** Sends a found block to the others, before it is executed here. */
  announce(block: Block, bytes: Uint8Array): void;
  /** While true nothing is mined. */
  paused?(): boolean;
}

interface Template {
  readonly header: Header;
  readonly certificate: Uint8Array;
  readonly transactions: readonly SealedTransaction[];
}

export class Producer {
  private readonly options: ProducerOptions;
  private readonly modules: ProducerModules;
  private readonly templates = new Map<string, Template>();
  private timer: TimerHandle | undefined;
  private unsubscribe: (() => void) | undefined;
  private running = false;
  private refreshing = false;
  private wanted = false;
  /** The tip on which a block was found that is being taken in: another one there would compete with it. */
  private solved: string | undefined;
  private mining: { tip: string; mempool: number; finality: number; made: number } | undefined;

  constructor(options: ProducerOptions, modules: ProducerModules) {
    this.options = options;
    this.modules = modules;
  }

  async start(): Promise<void> {
    if (this.running) return;
    this.running = true;
    this.unsubscribe = this.modules.chain.onChange(() => this.refresh());
    await this.modules.miner.start((header) => this.found(header));
    this.refresh();
  }

  async stop(): Promise<void> {
    if (!this.running) return;
    this.running = false;
    this.unsubscribe?.();
    if (this.timer !== undefined) this.modules.clock.clearTimeout(this.timer);
    await this.modules.miner.stop();
  }

  /** Asks for a new template soon; overlapping requests become one. */
  refresh(): void {
    this.wanted = true;
    if (this.refreshing || !this.running) return;
    this.refreshing = true;
    void this.refreshLoop().finally(() => {
      this.refreshing = false;
    });
  }

  private async refreshLoop(): Promise<void> {
    while (this.wanted && this.running) {
      this.wanted = false;
      try {
        await this.renew();
      } catch (error) {
        this.modules.logger.error({ err: error }, 'no block template');
      }
    }
  }

  private async renew(): Promise<void> {
    const { clock, miner, mempool } = this.modules;
    const context = await this.modules.chain.tipContext();
    const parent = context.tip;
    if (this.modules.paused?.() === true) {
      if (this.mining !== undefined) miner.pause();
      this.mining = undefined;
      this.schedule(PAUSED_MS);
      return;
    }
    if (context.members.clinic(this.options.clinic) === undefined) {
      if (this.mining !== undefined) miner.pause();
      this.mining = undefined;
      return;
    }
    const earliest = earliestTimestamp(
      this.options.genesis.params,
      context.members.size,
      parent.header,
      context.recentSigners,
      this.options.clinic,
    );
    const now = clock.now();
    const tip = toHex(parent.id);
    if (now < earliest) {
      if (this.mining !== undefined && this.mining.tip !== tip) miner.pause();
      this.mining = undefined;
      this.schedule(earliest - now);
      return;
    }
    this.schedule(this.lookEvery);
    if (this.isFresh(parent) && this.isYoung()) return;
    const { finality } = this.modules;
    this.mining = { tip, mempool: mempool.version, finality: finality.version, made: now };
    const certificate = await finality.certificateFor(context.view);
    // Solved meanwhile: the next template stands on that block.
    if (this.solved === tip) {
      this.mining = undefined;
      return;
    }
    const transactions = this.choose(context, certificate);
    const { params } = this.options.genesis;
    const header: Header = {
      version: 1,
      height: parent.header.height + 1,
      parent: parent.id,
      txRoot: transactionRoot(
        certificate,
        transactions.map((sealed) => sealed.witnessId),
      ),
      ...context.roots,
      memberSet: context.members.id,
      signer: this.options.clinic,
      timestamp: now,
      target: nextTarget(params, parent.header, context.parent?.header),
      extraNonce: 0n,
      nonce: 0n,
    };
    this.remember({ header, certificate, transactions }, tip);
    miner.replace(header);
  }

  /** By the clock: most looks find nothing new, and reading what a template needs walks over the last blocks. */
  private look(): void {
    const { chain, paused } = this.modules;
    if (this.isFresh(chain.tip) && this.isYoung() && paused?.() !== true) this.schedule(this.lookEvery);
    else this.refresh();
  }

  private isFresh(tip: ChainEntry): boolean {
    const { mining, modules } = this;
    if (mining === undefined || mining.tip !== toHex(tip.id)) return false;
    return mining.mempool === modules.mempool.version && mining.finality === modules.finality.version;
  }

  private get lookEvery(): number {
    return Math.min(this.options.genesis.params.blockInterval / REFRESH_PART, REFRESH_MAX_MS);
  }

  private isYoung(): boolean {
    const { made } = this.mining ?? { made: Number.NEGATIVE_INFINITY };
    return this.modules.clock.now() - made < this.options.genesis.params.blockInterval;
  }

  private choose({ members, recentSigners }: TipContext, certificate: Uint8Array): SealedTransaction[] {
    const bytes = MAX_BLOCK_BYTES - OVERHEAD - certificate.length;
    const clinicBytes = hasShares(members, recentSigners) ? SHARE_BYTES : bytes;
    const units = MAX_BLOCK_UNITS - certificateUnits(certificate);
    return this.modules.mempool.select({ bytes, units, count: MAX_BLOCK_TRANSACTIONS, clinicBytes });
  }

  /** The newest templates of the present tip: a solution may belong to one that was just replaced. */
  private remember(template: Template, tip: string): void {
    const newest = toHex(template.header.txRoot);
    this.templates.delete(newest);
    for (const [key, old] of this.templates) {
      if (toHex(old.header.parent) !== tip || this.templates.size >= REMEMBERED_TEMPLATES) this.templates.delete(key);
    }
    this.templates.set(newest, template);
  }

  private found(header: Header): void {
    const template = this.templates.get(toHex(header.txRoot));
    if (template === undefined || !this.running) return;
    const id = blockId(header);
    const signature = this.options.sign(blockSigningHash(this.options.genesisId, id));
    const block = { header, signature, certificate: template.certificate, transactions: template.transactions };
    const bytes = encodeBlock(block);
    const solved = toHex(header.parent);
    this.solved = solved;
    this.modules.announce(block, bytes);
    const taken = this.modules.chain.import(bytes, 'own', undefined, block).finally(() => {
      if (this.solved === solved) this.solved = undefined;
    });
    taken.catch((error) => {
      this.mining = undefined;
      // Another branch became final while this block was searched for: a lost race, as with any other that came first.
      const lost = codeOf(error) === 'chain.conflicts-final';
      this.modules.logger[lost ? 'info' : 'error']({ err: error, height: header.height }, 'own block refused');
      // What the mempool believes of the senders' sequences is read from the chain again, or the next block fails alike.
      void this.modules.mempool.rewound(this.modules.chain.tip.header.height).finally(() => this.refresh());
    });
  }

  private schedule(ms: number): void {
    if (this.timer !== undefined) this.modules.clock.clearTimeout(this.timer);
    this.timer = this.modules.clock.setTimeout(() => this.look(), Math.max(1, ms));
  }
}
