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
  /** Gives each solution a sibling, as no honest miner does. */
  private readonly twice: boolean;
  /** Solutions given. */
  found = 0;
  private onSolution: ((header: Header) => void) | undefined;
  private timer: TimerHandle | undefined;

  constructor(options: { hashRate: number; twice?: boolean }, modules: { clock: Clock; random: Random }) {
    this.hashRate = options.hashRate;
    this.twice = options.twice === true;
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
      const solution = solve(template);
      this.found++;
      this.onSolution?.(solution);
      if (this.twice) this.onSolution?.(solve(template, solution.nonce + 1n));
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

function solve(template: Header, from = 0n): Header {
  for (let nonce = from; ; nonce++) {
    const header = { ...template, nonce };
    if (meetsTarget(blockId(header), header.target)) return header;
  }
}
