// The work of simulated clinics: each registers a made-up patient now and then, and expects to see all of them applied.
import type { SimNetwork } from './sim-network.ts';

/** Mean time between two registrations of one clinic, ms. */
const EVERY_MS = 600_000;

export class Load {
  private readonly network: SimNetwork;
  private running = true;
  /** Registrations that were acknowledged. */
  queued = 0;

  constructor(network: SimNetwork) {
    this.network = network;
    for (const clinic of network.clinics) this.next(clinic.number);
  }

  end(): void {
    this.running = false;
  }

  /** Statements that no block has decided yet, over all live clinics. */
  get waiting(): number {
    return this.network.live.reduce((sum, { core }) => sum + core.outbox.waiting, 0);
  }

  private next(number: number): void {
    const { world, random } = this.network;
    world.after(random.exponential(EVERY_MS), () => {
      if (!this.running) return;
      const clinic = this.network.clinic(number);
      if (clinic.up) {
        void clinic.register(random.bytes(32)).then(() => {
          this.queued++;
        });
      }
      this.next(number);
    });
  }
}
