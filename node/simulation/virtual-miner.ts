// Draws how long a solution takes instead of looking for it all the time; what it gives is solved nevertheless. For networks
// whose targets take a few dozen hashes.
import type { Clock, TimerHandle } from '../../common/clock.ts';
import { blockId } from '../../consensus/chain/header.ts';
import type { Header } from '../../consensus/chain/types.ts';
import { meetsTarget, workOf } from '../../consensus/chain/work.ts';
import type { TemplateMiner } from '../producer.ts';
import type { Random } from './random.ts';

export class VirtualMiner implements TemplateMiner {
  private readonly clock: Clock;
  private readonly random: Random;
  /** Hashes per ms; takes effect with the next template. */
  hashRate: number;
  /** Solutions given. */
  found = 0;
  private onSolution: ((header: Header) => void) | undefined;
  private timer: TimerHandle | undefined;

  constructor(options: { hashRate: number }, modules: { clock: Clock; random: Random }) {
    this.hashRate = options.hashRate;
    this.clock = modules.clock;
    this.random = modules.random;
  }

  async start(onSolution: (header: Header) => void): Promise<void> {
    this.onSolution = onSolution;
  }

  replace(template: Header): void {
    this.pause();
    if (this.hashRate <= 0) return;
    // Chance has no memory: a new template may draw anew.
    const wait = this.random.exponential(Number(workOf(template.target)) / this.hashRate);
    this.timer = this.clock.setTimeout(() => {
      this.found++;
      this.onSolution?.(solve(template));
    }, wait);
  }

  pause(): void {
    this.clock.clearTimeout(this.timer);
    this.timer = undefined;
  }

  async stop(): Promise<void> {
    this.pause();
    this.onSolution = undefined;
  }
}

export function solve(template: Header): Header {
  for (let nonce = 0n; ; nonce++) {
    const header = { ...template, nonce };
    if (meetsTarget(blockId(header), header.target)) return header;
  }
}
