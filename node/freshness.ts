// Whether this clinic knows the chain of now well enough to release protected data (design section 7, "Fresh means"): those
// whom it heard within the limit are, with itself, more than half of the members, another organisation among them, and it has
// applied what each of them named. Fails closed. Owns the rule; who said what when is node/sync.
import { equalBytes } from '../common/bytes.ts';
import type { Clock } from '../common/clock.ts';
import type { ClinicNumber, OrganisationNumber } from '../consensus/ledger/types.ts';
import { peerIdOf } from '../p2p/peer-id.ts';
import type { MemberSets } from './members/member-sets.ts';
import type { ChainStore } from './store/ports.ts';
import type { Sync } from './sync/sync.ts';

/** What was heard longer ago says nothing of now. */
export const FRESH_LIMIT_MS = 15 * 60_000;
/** Blocks may be on their way for so long, in block intervals. */
const YOUNG_T = 4;

export interface FreshnessOptions {
  readonly clinic: ClinicNumber;
  readonly organisation: OrganisationNumber;
  readonly blockInterval: number;
}

export interface FreshnessModules {
  readonly members: MemberSets;
  readonly sync: Pick<Sync, 'heard'>;
  readonly store: Pick<ChainStore, 'entry' | 'entryAt'>;
  readonly clock: Clock;
}

export class Freshness {
  private readonly options: FreshnessOptions;
  private readonly modules: FreshnessModules;

  constructor(options: FreshnessOptions, modules: FreshnessModules) {
    this.options = options;
    this.modules = modules;
  }

  async isFresh(): Promise<boolean> {
    const { clinic, organisation } = this.options;
    const { clinics } = this.modules.members.current;
    if (!clinics.some(({ number }) => number === clinic)) return false;
    let heard = 1;
    let foreign = false;
    for (const member of clinics) {
      if (member.number === clinic || !(await this.agrees(peerIdOf(member.nodeKey)))) continue;
      heard++;
      foreign ||= member.organisation !== organisation;
    }
    const others = clinics.some((member) => member.organisation !== organisation);
    return 2 * heard > clinics.length && (foreign || !others);
  }

  /** Whether this peer was heard lately and this node has what it named. */
  private async agrees(peerId: string): Promise<boolean> {
    const { sync, store, clock } = this.modules;
    const said = sync.heard(peerId);
    if (said === undefined) return false;
    const ago = clock.monotonic() - said.at;
    if (ago > FRESH_LIMIT_MS) return false;
    const entry = await store.entryAt(said.status.height);
    if (entry !== undefined && equalBytes(entry.id, said.status.head)) return true;
    // A branch that lost here since was applied as far as it counts; what is just on its way is no sign of being late.
    return (await store.entry(said.status.head)) !== undefined || ago < YOUNG_T * this.options.blockInterval;
  }
}
