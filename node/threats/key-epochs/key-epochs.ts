// This clinic's part in the weekly threat key: makes the next one when it is its turn, asks members for those that it lacks,
// says which one seals, has its own reports retagged, and destroys a key 30 days after its last report. Owns no rule of the
// chain (consensus/ledger/threats/key-epoch/) and no file: the keystore keeps the keys.
import { toHex } from '../../../common/bytes.ts';
import type { Clock } from '../../../common/clock.ts';
import type { Logger } from '../../../common/logger.ts';
import type { Genesis } from '../../../consensus/genesis.ts';
import { THREATS_KEY } from '../../../consensus/ledger/kinds.ts';
import { decodeStatement } from '../../../consensus/ledger/statement.ts';
import { isDue, overAt, TURN_T, whoMay } from '../../../consensus/ledger/threats/key-epoch/rotation.ts';
import { encodeKey, keyObject, threatKeyHash } from '../../../consensus/ledger/threats/key-epoch/types.ts';
import type { ClinicNumber } from '../../../consensus/ledger/types.ts';
import type { MemberSet } from '../../../consensus/member-set.ts';
import { GatewayError } from '../../../gateway/errors.ts';
import type { ThreatKey } from '../../../gateway/threat-seal.ts';
import type { ClinicAuthor } from '../../clinic-author.ts';
import type { EpochKey, SharedKeys } from '../../keystore/contents.ts';
import type { KeyKeeper } from '../../members/own-keys.ts';
import type { Outbox } from '../../outbox/outbox.ts';
import { Rounds } from '../../rounds.ts';
import { type Epoch, keyOf, type ReadStates, readEpochs } from './epochs.ts';
import { withoutThreatKeys, withThreatKeys } from './key-ring.ts';

const KEY_BYTES = 32;
/** Members are asked again for a key that nobody gave after this long, twice as long each time. */
const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 600_000;
const ROUND_MS = 60_000;

/** Epochs as this clinic stands to them. */
export interface KeyState {
  /** The newest that the chain has. */
  readonly epoch: number;
  /** ms since 1970: when it began. */
  readonly since: number;
  /** Under which this clinic reports; undefined while it holds none. */
  readonly sealing: number | undefined;
  /** Whose keys reports still need, and this clinic lacks. */
  readonly missing: readonly number[];
  /** Nobody made the next one in all turns of all members. */
  readonly overdue: boolean;
}

export interface KeyEpochsOptions {
  readonly genesis: Genesis;
  readonly clinic: ClinicNumber;
}

export interface EpochChain {
  readonly states: ReadStates;
  /** Height of the last final block. */
  final(): number;
  members(): MemberSet;
  /** Whether what the chain says here may be older than what the others have. */
  behind(): boolean;
}

export interface KeyEpochsModules {
  readonly chain: EpochChain;
  readonly keystore: KeyKeeper;
  readonly outbox: Pick<Outbox, 'submit' | 'list'>;
  readonly author: ClinicAuthor;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly randomBytes: (length: number) => Uint8Array;
  /** What members give of these epochs, `first` asked before others; undefined when nobody gives any. */
  ask(first: readonly ClinicNumber[], epochs: readonly number[], signal: AbortSignal): Promise<SharedKeys | undefined>;
}

export class ThreatKeyEpochs {
  private readonly options: KeyEpochsOptions;
  private readonly modules: KeyEpochsModules;
  private readonly rounds: Rounds;
  private readonly listeners = new Set<() => void>();
  private epochs: readonly Epoch[] = [];
  private retry = { at: 0, ms: FIRST_RETRY_MS, epoch: 0 };

  constructor(options: KeyEpochsOptions, modules: KeyEpochsModules) {
    this.options = options;
    this.modules = modules;
    this.rounds = new Rounds(
      { everyMs: ROUND_MS, failed: 'the threat keys were not looked after' },
      { ...modules, round: (signal) => this.round(signal) },
    );
  }

  /** Reads the chain, so that what is sealed and opened from now on is so under the right keys. */
  async load(): Promise<void> {
    this.epochs = await readEpochs(this.options.genesis, this.modules.chain.states);
  }

  /** After the network has started. */
  start(): void {
    this.rounds.start();
  }

  stop(): Promise<void> {
    return this.rounds.stop();
  }

  /** Whenever the chain or what is final moved. */
  look(): void {
    this.rounds.look();
  }

  /** A member came that may have what others lacked. */
  met(): void {
    if (this.missing().length === 0) return;
    this.retry = { ...this.retry, at: 0 };
    this.rounds.look();
  }

  /** Called when keys came that were not here, or another key seals from now on. */
  onChange(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** All that this clinic holds: reports name the epoch of theirs. */
  get opening(): readonly ThreatKey[] {
    return this.held();
  }

  /**
   * The newest that is final and here: until then a branch may put another key in its place, which nobody's reports of
   * before would open under. Throws `threat.no-key`.
   */
  sealing(): ThreatKey {
    const key = this.sealingKey();
    if (key === undefined) throw new GatewayError({ code: 'threat.no-key' });
    return key;
  }

  /** What a member is given that asks: keys that stand on the chain, none that is only made. */
  handOver(): SharedKeys | undefined {
    const { shared } = this.modules.keystore.contents;
    const threatKeys = this.epochs.flatMap((epoch) => keyOf(this.held(), epoch) ?? []);
    return shared === undefined || threatKeys.length === 0 ? undefined : { ...shared, threatKeys };
  }

  /** Undefined for an observer. */
  state(): KeyState | undefined {
    const newest = this.epochs.at(-1);
    if (newest === undefined || this.modules.keystore.contents.shared === undefined) return undefined;
    const { params } = this.options.genesis;
    const { row, epoch } = newest;
    const allTurns = TURN_T * params.blockInterval * (this.modules.chain.members().size + 1);
    return {
      ...{ epoch, since: row.since, sealing: this.sealingKey()?.epoch },
      missing: this.missing().map((lacking) => lacking.epoch),
      overdue: this.modules.clock.now() >= row.since + params.threatMaxLife + allTurns,
    };
  }

  private async round(signal: AbortSignal): Promise<void> {
    const { keystore, chain } = this.modules;
    // An observer has no part in it.
    if (keystore.contents.shared === undefined) return;
    const before = this.sealingKey()?.epoch;
    await this.load();
    await this.destroy();
    const came = await this.fetch(signal);
    if (signal.aborted) return;
    if (came || this.sealingKey()?.epoch !== before) for (const listener of this.listeners) listener();
    // What an old state asks for was done long ago.
    if (!chain.behind()) await this.propose();
  }

  private held(): readonly EpochKey[] {
    return this.modules.keystore.contents.shared?.threatKeys ?? [];
  }

  private sealingKey(): EpochKey | undefined {
    const held = this.held();
    const final = this.modules.chain.final();
    const usable = this.epochs.filter(({ row }) => row.height <= final).flatMap((epoch) => keyOf(held, epoch) ?? []);
    return usable.at(-1);
  }

  /** Until what the chain says is final a key of the same epoch stays: that of another branch may come back. */
  private missing(): readonly Epoch[] {
    const held = this.held();
    const final = this.modules.chain.final();
    return this.epochs.filter((epoch, at) => {
      if (keyOf(held, epoch) !== undefined || this.isOver(at)) return false;
      return epoch.row.height <= final || !held.some((key) => key.epoch === epoch.epoch);
    });
  }

  private isOver(at: number): boolean {
    const next = this.epochs[at + 1];
    if (next === undefined) return false;
    return overAt(this.options.genesis.params, this.epochs[at].row, next.row) <= this.modules.clock.now();
  }

  private async destroy(): Promise<void> {
    const { keystore, chain, logger } = this.modules;
    const final = chain.final();
    const over = this.epochs.filter((_, at) => this.isOver(at) && this.epochs[at + 1].row.height <= final);
    const first = this.epochs[0].epoch;
    const epochs = new Set(over.map(({ epoch }) => epoch));
    // Also what is older than any epoch that is read here.
    for (const { epoch } of this.held()) if (epoch < first) epochs.add(epoch);
    if (!this.held().some(({ epoch }) => epochs.has(epoch))) return;
    const before = keystore.contents;
    if ((await keystore.update((contents) => withoutThreatKeys(contents, epochs))) === before) return;
    logger.info({ epochs: [...epochs] }, 'destroyed the threat keys of reports that are long over');
  }

  /** True when keys came. */
  private async fetch(signal: AbortSignal): Promise<boolean> {
    const { keystore, clock, logger, ask } = this.modules;
    const missing = this.missing();
    const newest = missing.at(-1);
    if (newest === undefined) return false;
    const now = clock.now();
    if (newest.epoch !== this.retry.epoch) this.retry = { at: 0, ms: FIRST_RETRY_MS, epoch: newest.epoch };
    if (now < this.retry.at) return false;
    const makers = missing.map(({ row }) => row.clinic).reverse();
    const lacking = missing.map(({ epoch }) => epoch);
    const given = await ask(makers, lacking, signal);
    const found = missing.flatMap((epoch) => keyOf(given?.threatKeys ?? [], epoch) ?? []);
    if (found.length > 0) {
      await keystore.update((contents) => withThreatKeys(contents, found));
      logger.info({ epochs: found.map(({ epoch }) => epoch) }, 'threat keys came from a member');
    }
    if (found.length < missing.length && !signal.aborted) {
      const { ms } = this.retry;
      this.retry = { at: now + ms, ms: Math.min(2 * ms, LONGEST_RETRY_MS), epoch: newest.epoch };
      const timer = clock.setTimeout(() => this.rounds.look(), ms);
      signal.addEventListener('abort', () => clock.clearTimeout(timer), { once: true });
    }
    return found.length > 0;
  }

  private async propose(): Promise<void> {
    const { chain, clock, keystore, outbox, author, logger, randomBytes } = this.modules;
    const { genesis, clinic } = this.options;
    const newest = this.epochs[this.epochs.length - 1];
    const { params } = genesis;
    const now = clock.now();
    const members = chain.members();
    // The block's clock decides, and may be a little behind.
    if (members.clinic(clinic) === undefined || !isDue(params, members, newest.row, now - params.blockInterval)) return;
    if (whoMay(params, members, newest.epoch, newest.row, now)[0] !== clinic || this.waits()) return;
    const epoch = newest.epoch + 1;
    const key = randomBytes(KEY_BYTES);
    // On disk before the chain can say that it is this one.
    await keystore.update((contents) => withThreatKeys(contents, [{ epoch, key }]));
    const payload = encodeKey({ epoch, hash: threatKeyHash(key) });
    const made = author.make({ kind: THREATS_KEY, object: keyObject(epoch), version: 1, payload, role: 'gateway' });
    await outbox.submit([made]);
    logger.info({ epoch, statement: toHex(made.id) }, 'made the next threat key');
  }

  /** A key that this clinic made may still reach a block. */
  private waits(): boolean {
    return this.modules.outbox
      .list()
      .some(({ state, statement }) => state !== 'done' && decodeStatement(statement).kind === THREATS_KEY);
  }
}
