// Blocks by hand without an end: kept here, and said again before each announcement is over, until somebody of the
// organisation takes one back. Owns the list and its clock; a report is made by threats.ts.
import { equalBytes } from '../../common/bytes.ts';
import type { Clock, TimerHandle } from '../../common/clock.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { THREAT_CATEGORIES, type ThreatCategory } from '../../common/threat-names.ts';
import type { Network } from '../../gateway/address.ts';
import { GatewayError } from '../../gateway/errors.ts';
import { networkBytes, readNetwork, writeNetwork } from '../../gateway/network-codec.ts';
import type { ThreatEntry } from '../../gateway/threat-entry.ts';
import type { KeyValueStore } from '../../records/ports.ts';

/** One clinic's: each is a report by hand in every week. */
export const MAX_LASTING = 1_000;
const TICK_MS = 60_000;
/** Said again in the last part of its life, so that a clinic that is away for a while does not lose it. */
const EARLY_PART = 14;

export interface LastingBlock {
  readonly network: Network;
  readonly category: ThreatCategory;
  /** The report that announces it now, and its end, ms since 1970. */
  readonly report: Uint8Array;
  readonly expires: number;
}

export interface LastingModules {
  readonly database: Pick<KeyValueStore, 'put' | 'delete' | 'range'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Announces the block for as long as the network allows. */
  announce(network: Network, category: ThreatCategory): Promise<Pick<LastingBlock, 'report' | 'expires'>>;
}

export class LastingBlocks {
  private readonly maxLife: number;
  private readonly modules: LastingModules;
  private readonly blocks = new Map<string, LastingBlock>();
  private timer: TimerHandle | undefined;

  /** `maxLife`: longest life of a report, ms. */
  constructor(options: { readonly maxLife: number }, modules: LastingModules) {
    this.maxLife = options.maxLife;
    this.modules = modules;
  }

  async start(): Promise<void> {
    for (const [, value] of await this.modules.database.range(new Uint8Array(0), { limit: MAX_LASTING })) {
      const block = decode(value);
      this.blocks.set(nameOf(block.network), block);
    }
    await this.tick();
  }

  stop(): void {
    this.modules.clock.clearTimeout(this.timer);
  }

  /** Whether this report is what says a block without an end now. */
  announces({ network, reportId }: Pick<ThreatEntry, 'network' | 'reportId'>): boolean {
    const block = this.blocks.get(nameOf(network));
    return block !== undefined && equalBytes(block.report, reportId);
  }

  /** Throws `threat.lasting-full`. */
  async add(block: LastingBlock): Promise<void> {
    const name = nameOf(block.network);
    if (this.blocks.size >= MAX_LASTING && !this.blocks.has(name)) {
      throw new GatewayError({ code: 'threat.lasting-full', limit: MAX_LASTING });
    }
    this.blocks.set(name, block);
    await this.modules.database.put(networkBytes(block.network), encode(block));
  }

  /**
   * A report of the own organisation about this network was taken back: the block is over. Gives the report that announces
   * it now when that is another one, which is to be taken back too.
   */
  async ended(network: Network, report: Uint8Array): Promise<Uint8Array | undefined> {
    const name = nameOf(network);
    const block = this.blocks.get(name);
    if (block === undefined) return undefined;
    this.blocks.delete(name);
    await this.modules.database.delete(networkBytes(network));
    return equalBytes(block.report, report) ? undefined : block.report;
  }

  private async tick(): Promise<void> {
    const { clock, logger, announce } = this.modules;
    const soon = clock.now() + Math.floor(this.maxLife / EARLY_PART);
    for (const block of [...this.blocks.values()]) {
      if (block.expires > soon || !this.blocks.has(nameOf(block.network))) continue;
      try {
        const { report, expires } = await announce(block.network, block.category);
        await this.add({ ...block, report, expires });
      } catch (error) {
        logger.warn({ code: codeOf(error) }, 'a block without an end is not announced again yet');
      }
    }
    this.timer = clock.setTimeout(() => void this.tick(), TICK_MS);
  }
}

function nameOf(network: Network): string {
  return networkBytes(network).join('.');
}

function encode({ network, category, report, expires }: LastingBlock): Uint8Array {
  const out = writeNetwork(new Writer(64), network).u8(THREAT_CATEGORIES.indexOf(category) + 1);
  return out.fixed(report, 32).u64(expires).finish();
}

function decode(bytes: Uint8Array): LastingBlock {
  const input = new Reader(bytes);
  const network = readNetwork(input);
  const category = THREAT_CATEGORIES[input.u8() - 1];
  const block = { network, category, report: input.fixed(32), expires: input.u64() };
  input.end();
  return block;
}
