// A day of a network that goes wrong in every usual way, and the next day again: what happens when, and what is measured.
import type { SimClinic } from './clinic.ts';
import { Load } from './load.ts';
import type { SimNetwork } from './sim-network.ts';

const DAY = 86_400_000;
/** An absence without a single block is a halt. */
const AWAY_BLOCKS = 1;
const BAD_WEATHER = { meanDelay: 2_000, loss: 0.1, duplicates: 0.1 };
/** For a network to be one again, in block intervals. */
const PATIENCE_T = 40;

export interface DaysOptions {
  readonly duration: number;
  onProgress?(done: number): void;
}

export class Days {
  readonly load: Load;
  /** Blocks found and blocks of the chain in hours without faults. */
  readonly calm = { found: 0, blocks: 0 };
  /** Blocks from each return of the absent until a checkpoint became final that was not before. */
  readonly resumptions: number[] = [];
  /** Seconds from the end of each cut until there was one chain. */
  readonly merges: number[] = [];
  /** Whether the chain grew in each absence. */
  advanced = true;
  private readonly network: SimNetwork;
  private readonly options: DaysOptions;
  private day = 0;

  constructor(network: SimNetwork, options: DaysOptions) {
    this.network = network;
    this.options = options;
    this.load = new Load(network);
  }

  async run(): Promise<void> {
    const { duration } = this.options;
    const length = Math.min(DAY, duration);
    await this.network.start();
    for (this.day = 0; (this.day + 1) * length <= duration; this.day++) await this.oneDay(length);
    this.load.end();
    const { network } = this;
    await network.pass(PATIENCE_T * network.interval, () => this.load.waiting === 0);
  }

  private async oneDay(length: number): Promise<void> {
    const { network } = this;
    const count = network.clinics.length;
    const some = network.clinic(1 + (this.day % count));
    const half = network.clinics.filter(({ number }) => (number + this.day) % 2 === 0);
    await this.calmHours(0.2 * length);
    await this.away([some], 0.1 * length);
    await this.pass(0.05 * length);
    await this.halfAway(half, 0.15 * length);
    await this.pass(0.05 * length);
    await this.cut(half, 0.1 * length);
    await this.pass(0.05 * length);
    await this.badWeather(0.1 * length);
    await this.pass(0.05 * length);
    some.crash();
    some.forgetVotes();
    await some.start();
    await this.calmHours(0.15 * length);
  }

  private async calmHours(ms: number): Promise<void> {
    const { network } = this;
    await network.agree(PATIENCE_T * network.interval);
    const before = { found: network.found, height: network.clinic(1).height };
    await this.pass(ms);
    await network.agree(PATIENCE_T * network.interval);
    this.calm.found += network.found - before.found;
    this.calm.blocks += network.clinic(1).height - before.height;
  }

  private async away(clinics: readonly SimClinic[], ms: number): Promise<void> {
    for (const clinic of clinics) clinic.crash();
    await this.pass(ms);
    for (const clinic of clinics) await clinic.start();
  }

  private async halfAway(half: readonly SimClinic[], ms: number): Promise<void> {
    const { network } = this;
    const before = Math.max(...network.live.map(({ height }) => height));
    await this.away(half, ms);
    const height = Math.max(...network.live.map((clinic) => clinic.height));
    if (height < before + AWAY_BLOCKS) this.advanced = false;
    const final = this.finalised;
    await network.pass(PATIENCE_T * network.interval, () => this.finalised > final);
    if (this.finalised > final)
      this.resumptions.push(Math.max(...network.live.map((clinic) => clinic.height)) - height);
    else this.resumptions.push(Number.POSITIVE_INFINITY);
  }

  private async cut(half: readonly SimClinic[], ms: number): Promise<void> {
    const { network } = this;
    const ours = half.map(({ number }) => number);
    network.cut(
      ours,
      network.clinics.map(({ number }) => number).filter((number) => !ours.includes(number)),
    );
    await this.pass(ms);
    network.heal();
    const healed = network.world.time;
    const agreed = await network.agree(PATIENCE_T * network.interval);
    this.merges.push(agreed ? (network.world.time - healed) / 1000 : Number.POSITIVE_INFINITY);
  }

  private async badWeather(ms: number): Promise<void> {
    const { weather } = this.network.hub;
    const fair = { ...weather };
    Object.assign(weather, BAD_WEATHER);
    await this.pass(ms);
    Object.assign(weather, fair);
  }

  private async pass(ms: number): Promise<void> {
    await this.network.pass(ms);
    this.options.onProgress?.(Math.min(1, this.network.world.time / this.options.duration));
  }

  private get finalised(): number {
    return Math.max(...this.network.live.map(({ core }) => core.chain.view.finalised.epoch));
  }
}
