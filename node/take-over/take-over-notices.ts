// Who is told by mail of a take-over: the patient, where the account is one of this clinic's, once it begins; who decides about
// the clinic's word, once the clinic is asked for it. Each once, also across restarts. Owns what was told.
import { concatBytes } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { KeyValueStore } from '../../records/ports.ts';
import { Rounds } from '../rounds.ts';
import type { TakeOvers, TakeOverView } from './take-overs.ts';

/** How often the chain is looked through, ms: a take-over stays open for three days at least. */
const LOOK_EVERY_MS = 60_000;
const BEGUN = Uint8Array.of(1);
const ASKED = Uint8Array.of(2);
const TOLD = Uint8Array.of(1);

export interface TakeOverNoticesModules {
  readonly takeOvers: Pick<TakeOvers, 'open'>;
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

  constructor(modules: TakeOverNoticesModules) {
    this.modules = modules;
    const { clock, logger } = modules;
    this.rounds = new Rounds(
      { everyMs: LOOK_EVERY_MS, failed: 'take-overs are not looked at; it is tried again' },
      { clock, logger, round: (signal) => this.lookAll(signal) },
    );
  }

  start(): void {
    this.rounds.start();
  }

  stop(): Promise<void> {
    return this.rounds.stop();
  }

  private async lookAll(signal: AbortSignal): Promise<void> {
    const { takeOvers, logger } = this.modules;
    for await (const view of takeOvers.open()) {
      if (signal.aborted) return;
      // Looking through them is what notes where each is found: one of whom nobody can be told must not end it.
      await this.look(view).catch((error) => logger.warn({ code: codeOf(error) }, 'of a take-over nobody is told yet'));
    }
  }

  private async look({ takeOver, row, attached, asked }: TakeOverView): Promise<void> {
    const { accountOf, tellPatient, tellOfficers, clock } = this.modules;
    const account = attached ? await accountOf(row.handle) : undefined;
    if (account !== undefined) await this.once(BEGUN, takeOver, () => tellPatient(account, clock.now()));
    if (asked) await this.once(ASKED, takeOver, () => tellOfficers(clock.now()));
  }

  private async once(what: Uint8Array, takeOver: Uint8Array, tell: () => Promise<void> | void): Promise<void> {
    const { store } = this.modules;
    const key = concatBytes(what, takeOver);
    if ((await store.get(key)) !== undefined) return;
    await tell();
    await store.put(key, TOLD);
  }
}
