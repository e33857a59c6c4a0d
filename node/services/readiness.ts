// Whether this clinic can do its work now, and if not, why: for supervisors, the status command and the page. Owns the
// sentences; what is known comes from the parts.
import type { Clock } from '../../common/clock.ts';
import type { Network } from '../../p2p/ports.ts';
import type { CatchUp } from '../catch-up.ts';
import type { DiskSpace } from '../disk-space.ts';
import type { SyncState } from '../sync/progress.ts';
import type { Sync } from '../sync/sync.ts';

export interface ReadinessModules {
  readonly network: Pick<Network, 'peers'>;
  readonly sync: Pick<Sync, 'behind' | 'state' | 'clock'>;
  readonly disk: Pick<DiskSpace, 'low' | 'free'>;
  readonly catchUp: Pick<CatchUp, 'active'>;
  readonly clock: Clock;
  /** How many clinics the network has. */
  members(): number;
  isMember(): boolean;
}

/** Connections come and go; only who stays alone is out of the network. */
const ALONE_MS = 60_000;
const MIB = 1024 * 1024;

export class Readiness {
  private readonly modules: ReadinessModules;
  private connectedAt: number;

  constructor(modules: ReadinessModules) {
    this.modules = modules;
    this.connectedAt = modules.clock.monotonic();
  }

  /** Empty when it is ready. */
  reasons(): string[] {
    const { network, sync, disk, catchUp, clock, members, isMember } = this.modules;
    const reasons: string[] = [];
    const now = clock.monotonic();
    if (members() < 2 || network.peers().length > 0) this.connectedAt = now;
    if (disk.low) {
      reasons.push(
        `the disk is full (${Math.floor(disk.free / MIB)} MiB free): nothing new is taken until there is room`,
      );
    }
    if (!isMember())
      reasons.push('this clinic is no member of the network: it observes, and nobody takes what it says');
    if (catchUp.active) reasons.push('restored, or its chain was lost: what is new waits until it has caught up');
    if (sync.behind) reasons.push(`catching up with the other clinics${progressOf(sync.state)}`);
    if (sync.clock.tooFar) {
      const seconds = Math.round(Math.abs(sync.clock.offsetMs) / 1000);
      reasons.push(`this computer's clock is ${seconds} s off the other clinics': no block is made here`);
    }
    if (now - this.connectedAt >= ALONE_MS) reasons.push('no other clinic is connected: what is new waits here');
    return reasons;
  }
}

const WORDS: Readonly<Record<Exclude<SyncState['phase'], 'idle' | 'backfill'>, string>> = {
  headers: 'headers',
  bodies: 'blocks',
  'snapshot-headers': 'headers of the final state',
  snapshot: 'parts of the final state',
};

function progressOf({ phase, done, total }: SyncState): string {
  return phase === 'idle' || phase === 'backfill' ? '' : `: ${done} of ${total} ${WORDS[phase]}`;
}
