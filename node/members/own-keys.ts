// This clinic's own keys as the member set in force names them. Sees that a key changed on the chain, puts the one that was
// made for it in use, and destroys the one before once nobody needs it. What runs is then out of date: the node starts again.
import type { Clock, TimerHandle } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { KeystoreContents, SpareKey } from '../keystore/contents.ts';
import { adoptKeys, nextKey, withoutFormer } from '../keystore/rotation.ts';
import type { MemberSets } from './member-sets.ts';

/** How long nobody takes this clinic, in block intervals, until it asks whether they know it by its next node key. */
const LONELY_T = 10;

/** The keystore, as far as its keys may change while a node runs. */
export interface KeyKeeper {
  readonly contents: KeystoreContents;
  /** Resolves once it is on disk. */
  update(change: (contents: KeystoreContents) => KeystoreContents): Promise<KeystoreContents>;
}

export interface OwnKeysOptions {
  readonly clinic: ClinicNumber;
  /** How long a former encryption key still opens what was sealed to it, ms. */
  readonly keyGrace: number;
  readonly blockInterval: number;
}

export interface OwnKeysModules {
  readonly keystore: KeyKeeper;
  readonly members: MemberSets;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether what the chain says here may be older than what the others have. */
  behind(): boolean;
  /** Whether a set before that in force still has a say: until then a branch may bring it back. */
  inTransition(): boolean;
  /** Whether nobody is connected. */
  alone(): boolean;
  /** Whether a member answers whoever holds this node key. */
  knownBy(nodeSeed: Uint8Array, signal: AbortSignal): Promise<boolean>;
  /** Other keys are in use: once only. */
  onChanged(): void;
  /** The members know this clinic by this node key already: their chain went on while it was away. Once only. */
  onRenamed(nodeSeed: Uint8Array): void;
}

export class OwnKeys {
  private readonly options: OwnKeysOptions;
  private readonly modules: OwnKeysModules;
  private readonly abort = new AbortController();
  private unsubscribe: (() => void) | undefined;
  private timer: TimerHandle | undefined;
  private working: Promise<void> | undefined;
  private done = false;

  constructor(options: OwnKeysOptions, modules: OwnKeysModules) {
    this.options = options;
    this.modules = modules;
  }

  /** After the network has started. */
  start(): void {
    this.unsubscribe = this.modules.members.onChange(() => this.look());
    this.listen();
    this.look();
  }

  async stop(): Promise<void> {
    this.abort.abort();
    this.unsubscribe?.();
    if (this.timer !== undefined) this.modules.clock.clearTimeout(this.timer);
    await this.working;
  }

  /** Whenever the chain or what is final may say something else of this clinic. */
  look(): void {
    if (this.working !== undefined || this.done || this.abort.signal.aborted) return;
    // What an old state says of the keys is not what the others go by.
    if (this.modules.behind() || !this.hasWork()) return;
    this.run(() => this.follow(), 'the keys in force are not in use here');
  }

  private hasWork(): boolean {
    const { contents } = this.modules.keystore;
    return contents.spares.length > 0 && (this.adopted(contents) !== contents || this.cleaned(contents) !== contents);
  }

  private async follow(): Promise<void> {
    const { keystore, logger } = this.modules;
    const before = keystore.contents.seeds;
    const { seeds } = await keystore.update((contents) => this.cleaned(this.adopted(contents)));
    if (seeds === before) return;
    const roles = Object.keys(seeds).filter(
      (role) => seeds[role as keyof typeof seeds] !== before[role as keyof typeof seeds],
    );
    logger.info({ roles }, 'new keys of this clinic are in force');
    this.done = true;
    this.modules.onChanged();
  }

  private adopted(contents: KeystoreContents): KeystoreContents {
    const { members, clock } = this.modules;
    const record = members.current.clinic(this.options.clinic);
    return record === undefined ? contents : adoptKeys(contents, record, clock.now());
  }

  private cleaned(contents: KeystoreContents): KeystoreContents {
    return withoutFormer(contents, (spare) => this.needs(spare));
  }

  private needs({ role, since }: SpareKey): boolean {
    const { clock, inTransition } = this.modules;
    // What was sealed to it may still be on its way; a signing key signs nothing more once its set has no say.
    if (role === 'encryption') return clock.now() < since + this.options.keyGrace;
    return inTransition();
  }

  /** A clinic that was away when its node key changed is let in by nobody, and so would never hear that it changed. */
  private listen(): void {
    const { clock, keystore, alone, knownBy, onRenamed, logger } = this.modules;
    this.timer = clock.setTimeout(() => {
      const next = nextKey(keystore.contents, 'node');
      if (next !== undefined && alone() && this.working === undefined && !this.done) {
        this.run(async () => {
          if (!(await knownBy(next.seed, this.abort.signal)) || this.abort.signal.aborted) return;
          logger.info('the members know this clinic by its next node key');
          this.done = true;
          onRenamed(next.seed);
        }, 'nobody could be asked for the next node key');
      }
      this.listen();
    }, LONELY_T * this.options.blockInterval);
  }

  private run(work: () => Promise<void>, failure: string): void {
    this.working = work()
      .catch((error) => this.modules.logger.error({ err: error }, failure))
      .finally(() => {
        this.working = undefined;
      });
  }
}
