// Accounts that reception took back from patients: what such an account shared, and whom it named, goes with it. At once where it
// can, else in rounds until it is done; the mark that it is not lies with the account (patient-accounts.ts).
import { equalBytes } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import { type AccessLogPort, NOBODY } from '../charts/ports.ts';
import { byStaff, endNamedBy } from '../representatives/ended-representation.ts';
import type { Representatives } from '../representatives/representatives.ts';
import { Rounds } from '../rounds.ts';
import type { MySharing } from './my-sharing.ts';
import type { PatientAccounts, TakenBack } from './patient-accounts.ts';

const LOOK_EVERY_MS = 60_000;

export interface TakenBackModules {
  readonly accounts: Pick<PatientAccounts, 'takenBack' | 'settled'>;
  readonly representatives: Pick<Representatives, 'endNamedBy' | 'ofPatient'>;
  readonly sharing: Pick<MySharing, 'endBy' | 'endOwn'>;
  readonly log: AccessLogPort;
  readonly clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>;
  readonly logger: Logger;
}

export class TakenBackAccounts {
  private readonly options: { readonly clinic: number };
  private readonly modules: TakenBackModules;
  private readonly rounds: Rounds;

  constructor(options: { readonly clinic: number }, modules: TakenBackModules) {
    this.options = options;
    this.modules = modules;
    const { clock, logger } = modules;
    this.rounds = new Rounds(
      { everyMs: LOOK_EVERY_MS, failed: 'accounts that were taken back are not looked at; it is tried again' },
      { clock, logger, round: (signal) => this.lookAll(signal) },
    );
  }

  start(): void {
    this.rounds.start();
  }

  stop(): Promise<void> {
    return this.rounds.stop();
  }

  /** Nothing that the account gave stands when it resolves, unless that failed: then the next round goes on. */
  async settle(one: TakenBack): Promise<void> {
    await this.end(one).catch((error: unknown) =>
      this.modules.logger.warn({ err: error }, 'what an account shared that was taken back is not ended yet'),
    );
  }

  private async end(one: TakenBack): Promise<void> {
    const { accounts, representatives, sharing } = this.modules;
    const { handle, account, person } = one;
    const access = byStaff(this.options, { handle, person });
    const by = equalBytes(person.account, NOBODY) ? undefined : person.account;
    await sharing.endOwn(access, account);
    await endNamedBy(this.modules, { by, access }, account);
    // Whom an earlier try ended, what she shared may still stand.
    for (const named of await representatives.ofPatient(handle)) {
      const byWord = named.document === 'own-word' && named.by !== undefined && equalBytes(named.by, account);
      if (byWord) await sharing.endBy(access, named.account);
    }
    await accounts.settled(one);
  }

  private async lookAll(signal: AbortSignal): Promise<void> {
    for (const one of await this.modules.accounts.takenBack()) {
      if (signal.aborted) return;
      await this.settle(one);
    }
  }
}
