// A network of whole nodes in one process: starts clinics, lets time pass, cuts and kills, and watches what must never
// happen. Owns the run; scenarios say what goes wrong when.
import { shareVerdicts } from '#crypto';
import { equalBytes, toHex } from '../../../common/bytes.ts';
import { createLogger, type Logger } from '../../../common/logger.ts';
import type { Genesis } from '../../../consensus/genesis.ts';
import { EPOCH_BLOCKS } from '../../../consensus/limits.ts';
import type { Core } from '../../core.ts';
import type { KeystoreContents } from '../../keystore/contents.ts';
import { Hub, type Weather } from '../network/hub.ts';
import { Random } from '../random.ts';
import { World } from '../world.ts';
import { SimClinic } from './clinic.ts';
import { foundSimulated, STANDARD_HASHES } from './founding.ts';
import type { Lie } from './liars.ts';

export interface SimNetworkOptions {
  readonly clinics: number;
  readonly seed: number;
  readonly weather?: Partial<Weather>;
  /** How far each clock is ahead, ms, by clinic number. */
  readonly skew?: (clinic: number) => number;
  /** What each clinic does against the rules. */
  readonly lies?: (clinic: number) => readonly Lie[];
}

/** Signatures that are under way between clinics are far fewer. */
const VERDICTS = 65_536;
const WEATHER: Weather = { meanDelay: 300, loss: 0, duplicates: 0 };
/** A solution is looked for about this part of an interval; the rest is minimum spacing. */
const MINING_PART = 0.7;

export class SimNetwork {
  readonly genesis: Genesis;
  readonly world = new World();
  readonly hub: Hub;
  readonly random: Random;
  /** What broke a promise that no fault excuses. */
  readonly violations: string[] = [];
  private readonly options: SimNetworkOptions;
  private readonly logger: Logger;
  private readonly hashRate: number;
  private readonly all: SimClinic[] = [];
  private readonly finalised = new Map<number, string>();

  constructor(options: SimNetworkOptions, modules: { logger?: Logger } = {}) {
    const { clinics, seed, weather } = options;
    this.options = options;
    this.logger = modules.logger ?? createLogger({ level: 'silent' });
    shareVerdicts(VERDICTS);
    this.random = new Random(seed);
    const { genesis, secrets } = foundSimulated(clinics, new Random(seed, 1));
    this.genesis = genesis;
    this.hub = new Hub({ ...WEATHER, ...weather }, { world: this.world, random: new Random(seed, 2) });
    this.hashRate = STANDARD_HASHES / (clinics * MINING_PART * this.interval);
    for (const each of secrets) this.add(each);
  }

  /** A clinic with the next number, which is not up. Who is no founder becomes a member by governance alone. */
  add(secrets: KeystoreContents): SimClinic {
    const { seed, skew = () => 0, lies = () => [] } = this.options;
    const { genesis, hashRate, world, hub, logger } = this;
    const number = this.all.length + 1;
    const clinic = new SimClinic(
      { genesis, number, secrets, hashRate, skew: skew(number), lies: new Set(lies(number)) },
      { world, hub, random: new Random(seed, 2 + number), logger },
    );
    clinic.onLife((core) => this.watch(clinic, core));
    this.all.push(clinic);
    return clinic;
  }

  get clinics(): readonly SimClinic[] {
    return this.all;
  }

  get interval(): number {
    return this.genesis.params.blockInterval;
  }

  clinic(number: number): SimClinic {
    return this.clinics[number - 1];
  }

  get live(): SimClinic[] {
    return this.clinics.filter(({ up }) => up);
  }

  async start(): Promise<void> {
    for (const clinic of this.clinics) await clinic.start();
  }

  /** Lets time pass, ms, or until `done`. */
  async pass(ms: number, done?: () => boolean): Promise<void> {
    await this.world.run(this.world.time + ms, done);
  }

  /** Until every live clinic has this height. False when that took longer than `ms`. */
  async reach(height: number, ms: number): Promise<boolean> {
    const there = (): boolean => this.live.every((clinic) => clinic.height >= height);
    if (!there()) await this.pass(ms, there);
    return there();
  }

  /** Until all live clinics have one tip. False when that took longer than `ms`. */
  async agree(ms: number): Promise<boolean> {
    const agreed = (): boolean => new Set(this.live.map(({ core }) => toHex(core.chain.tip.id))).size === 1;
    if (!agreed()) await this.pass(ms, agreed);
    return agreed();
  }

  /** The lowest height from which on some two live clinics have different blocks; undefined when none differ. */
  async firstDifference(): Promise<number | undefined> {
    const [first, ...others] = this.live;
    const lowest = Math.min(...this.live.map(({ height }) => height));
    for (const other of others) {
      for (let height = lowest; height > 0; height--) {
        const [a, b] = await Promise.all([first.store.entryAt(height), other.store.entryAt(height)]);
        if (a === undefined || b === undefined) return height;
        // Equal ids at one height mean equal blocks below.
        if (equalBytes(a.id, b.id)) break;
        if (height === 1 || height < lowest - 1) return height;
      }
    }
    return undefined;
  }

  cut(...groups: readonly (readonly number[])[]): void {
    this.hub.partition(groups.map((group) => group.map((number) => this.clinic(number).peerId)));
  }

  heal(): void {
    this.hub.partition([]);
  }

  get found(): number {
    return this.clinics.reduce((sum, { found }) => sum + found, 0);
  }

  /** Checkpoints that somebody called final and that are not on this clinic's chain. */
  async undone({ store }: SimClinic): Promise<number[]> {
    const undone: number[] = [];
    for (const [epoch, id] of this.finalised) {
      const entry = await store.entryAt(epoch * EPOCH_BLOCKS);
      if (entry === undefined || toHex(entry.id) !== id) undone.push(epoch);
    }
    return undone;
  }

  /** What a clinic calls final never sinks, and no two clinics differ. What its state says may: its tip may change. */
  private watch(clinic: SimClinic, { chain, voting }: Core): void {
    let last = 0;
    const look = (): void => {
      const { epoch, id } = voting.finality.finalised;
      if (epoch < last) this.violations.push(`clinic ${clinic.number} went back from epoch ${last} to ${epoch}`);
      last = Math.max(last, epoch);
      if (epoch === 0) return;
      const known = this.finalised.get(epoch);
      if (known === undefined) this.finalised.set(epoch, toHex(id));
      else if (known !== toHex(id)) this.violations.push(`two finalised blocks of epoch ${epoch}`);
    };
    chain.onChange(look);
    voting.finality.onChange(look);
  }
}
