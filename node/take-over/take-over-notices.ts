// Who is told by mail of a take-over: the patient, where the account is one of this clinic's, once it begins; who decides about
// the clinic's word, once the clinic is asked for it. Each once, also across restarts. Owns what was told; which are to be told of
// is the index.
import { concatBytes } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { KeyValueStore } from '../../records/ports.ts';
import { Rounds } from '../rounds.ts';
import type { TakeOverIndex, ToTell } from './take-over-index.ts';
import type { TakeOvers, TakeOverView } from './take-overs.ts';

/** How often it is looked who is to be told, ms. */
const LOOK_EVERY_MS = 60_000;
/**
 * How often the chain is looked through whole, ms, for what no block told of: a state that came as a snapshot, a patient whom the
 * clinic attached after the beginning. A take-over stays open for three days at least.
 */
export const LOOK_THROUGH_EVERY_MS = 6 * 3_600_000;
const BEGUN = Uint8Array.of(1);
const ASKED = Uint8Array.of(2);
const TOLD = Uint8Array.of(1);

export interface TakeOverNoticesModules {
  readonly takeOvers: Pick<TakeOvers, 'lookThrough' | 'find'>;
  readonly index: Pick<TakeOverIndex, 'patientsToTell' | 'begunToTell' | 'askedToTell' | 'unmark' | 'remark'>;
  readonly store: KeyValueStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The account of the patient whom the chain names so, as reception found it. */
  accountOf(handle: Uint8Array): Promise<Uint8Array | undefined>;
  tellPatient(account: Uint8Array, at: number): void;
  tellOfficers(at: number): Promise<void>;
}

export class TakeOverNotices {
  private readonly modules: TakeOverNoticesModules;
  private readonly rounds: Rounds;
  /** Monotonic; undefined: not since the start. */
  private lookedThrough: number | undefined;

  constructor(modules: TakeOverNoticesModules) {
    this.modules = modules;
    const { clock, logger } = modules;
    this.rounds = new Rounds(
      { everyMs: LOOK_EVERY_MS, failed: 'take-overs are not looked at; it is tried again' },
      { clock, logger, round: (signal) => this.round(signal) },
    );
  }

  start(): void {
    this.rounds.start();
  }

  stop(): Promise<void> {
    return this.rounds.stop();
  }

  private async round(signal: AbortSignal): Promise<void> {
    const { clock, takeOvers, index } = this.modules;
    const now = clock.monotonic();
    if (this.lookedThrough === undefined || now - this.lookedThrough >= LOOK_THROUGH_EVERY_MS) {
      await takeOvers.lookThrough(signal);
      if (!signal.aborted) this.lookedThrough = now;
    }
    for await (const handle of index.patientsToTell()) {
      if (signal.aborted) return;
      await this.guarded(this.tellPatient(handle));
    }
    for await (const due of index.askedToTell()) {
      if (signal.aborted) return;
      await this.guarded(
        this.once(
          ASKED,
          due,
          ({ asked }) => asked,
          () => this.modules.tellOfficers(clock.now()),
        ),
      );
    }
  }

  /** Who has no account here waits for it as one, however many are begun of her. */
  private async tellPatient(handle: Uint8Array): Promise<void> {
    const { accountOf, index, clock } = this.modules;
    const account = await accountOf(handle);
    if (account === undefined) return;
    const tell = (): void => this.modules.tellPatient(account, clock.now());
    for await (const due of index.begunToTell(handle)) {
      await this.guarded(this.once(BEGUN, due, ({ attached }) => attached, tell));
    }
  }

  private async once(
    what: Uint8Array,
    { mark, takeOver }: ToTell,
    isDue: (view: TakeOverView) => boolean,
    tell: () => Promise<void> | void,
  ): Promise<void> {
    const { store, index, takeOvers } = this.modules;
    // Before it is looked at: what a block changes meanwhile is marked again.
    await index.unmark(mark);
    try {
      const key = concatBytes(what, takeOver);
      if ((await store.get(key)) !== undefined) return;
      const view = await takeOvers.find(takeOver);
      if (view === undefined || !view.row.live || !isDue(view)) return;
      await tell();
      await store.put(key, TOLD);
    } catch (error) {
      await index.remark(mark);
      throw error;
    }
  }

  /** One of whom nobody can be told must not end it for the others. */
  private guarded(work: Promise<void>): Promise<void> {
    return work.catch((error) =>
      this.modules.logger.warn({ code: codeOf(error) }, 'of a take-over nobody is told yet'),
    );
  }
}
