// Computes the PIDs of patients that have a provisional identifier as soon as enough clinics can be reached, and lets
// them be linked. Owns when to try; what a link is, is patients.ts.
import type { Clock, TimerHandle } from '../../common/clock.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { Serial } from '../../common/serial.ts';
import type { PatientIdentifiers } from '../../identity/patient/patient-identifiers.ts';
import type { Network } from '../../p2p/ports.ts';
import type { Shares } from '../ceremony/shares.ts';
import type { Provisionals, WaitingProvisional } from '../identifiers/provisionals.ts';
import type { Patients } from './patients.ts';

/** How often, beside every clinic that comes. */
const RETRY_MS = 30_000;
/** Identifiers in one evaluation: those who wait for a registration are not held up by many. */
const BATCH = 32;

export interface ProvisionalLinksModules {
  readonly provisionals: Provisionals;
  readonly identifiers: PatientIdentifiers;
  readonly patients: Pick<Patients, 'adopt'>;
  readonly network: Pick<Network, 'onPeer'>;
  readonly shares: Pick<Shares, 'onChange'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class ProvisionalLinks {
  private readonly modules: ProvisionalLinksModules;
  private readonly serial = new Serial();
  private readonly unsubscribe: (() => void)[] = [];
  private timer: TimerHandle | undefined;
  private asked = false;
  private stopped = false;

  constructor(modules: ProvisionalLinksModules) {
    this.modules = modules;
  }

  start(): void {
    const { network, shares } = this.modules;
    this.unsubscribe.push(
      network.onPeer((event) => event === 'connected' && this.tryNow()),
      shares.onChange(() => this.tryNow()),
    );
    this.tryNow();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const end of this.unsubscribe) end();
    this.modules.clock.clearTimeout(this.timer);
    await this.serial.idle();
  }

  private tryNow(): void {
    if (this.asked || this.stopped) return;
    this.asked = true;
    void this.serial.run(async () => {
      this.asked = false;
      await this.linkAll();
      this.modules.clock.clearTimeout(this.timer);
      if (!this.stopped) this.timer = this.modules.clock.setTimeout(() => this.tryNow(), RETRY_MS);
    });
  }

  private async linkAll(): Promise<void> {
    const { provisionals, logger } = this.modules;
    let batch: WaitingProvisional[] = [];
    try {
      for await (const waiting of provisionals.waiting()) {
        if (this.stopped) return;
        if (batch.push(waiting) < BATCH) continue;
        await this.link(batch);
        batch = [];
      }
      await this.link(batch);
    } catch (error) {
      const code = codeOf(error);
      if (code?.startsWith('identifier.') !== true) logger.error({ err: error }, 'a provisional identifier stays');
      else logger.debug({ code }, 'provisional identifiers wait');
    }
  }

  private async link(batch: readonly WaitingProvisional[]): Promise<void> {
    if (batch.length === 0) return;
    const { identifiers, patients, logger } = this.modules;
    const pids = await identifiers.pidsOf(batch.map(({ document }) => document));
    for (const [i, { provisional }] of batch.entries()) await patients.adopt(provisional, pids[i]);
    logger.info({ count: batch.length }, 'provisional identifiers linked to their patients');
  }
}
