// The member sets of this network as this node knows them: the one in force for the child of the tip, earlier ones by id,
// and who somebody was who has left since. Follows the chain; how a set changes is the members family's rule.
import { toHex } from '../../common/bytes.ts';
import { hasQuorum } from '../../consensus/chain/finality/quorum.ts';
import type { Genesis } from '../../consensus/genesis.ts';
import type { Change } from '../../consensus/ledger/members/change.ts';
import { decodeChangeRow, type SetInForce } from '../../consensus/ledger/members/set-rows.ts';
import { changeKey } from '../../consensus/ledger/tables.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { applyChange, founders, type Member, type MemberSet, type Sender } from '../../consensus/member-set.ts';

/** Sets kept ready; older ones are made again from the changes. */
const KEPT_SETS = 32;

export interface MemberSetsModules {
  /** State rows at the tip. */
  states(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]>;
}

export class MemberSets {
  private readonly modules: MemberSetsModules;
  private readonly first: MemberSet;
  private readonly changes: Change[] = [];
  private readonly sets = new Map<number, MemberSet>();
  private readonly keys = new Map<string, Sender>();
  private readonly listeners = new Set<(set: MemberSet) => void>();
  private inForce: MemberSet;
  /** In a transition. */
  private before: MemberSet | undefined;

  constructor(options: { genesis: Genesis }, modules: MemberSetsModules) {
    this.modules = modules;
    this.first = founders(options.genesis);
    this.inForce = this.first;
    this.keep(this.first);
  }

  /** In force for the child of the tip. */
  get current(): MemberSet {
    return this.inForce;
  }

  /**
   * Whom to be connected with: the members, and in a transition those of the set before who lack to its quorum (PROTOCOL
   * 5.13.4). Of two clinics or three all must agree that one of them goes.
   */
  get peers(): readonly Member[] {
    const { inForce, before } = this;
    const { clinics } = inForce;
    const quorum =
      before === undefined || hasQuorum({ current: before, previous: undefined }, numbersOf(inForce.voters));
    return quorum
      ? clinics
      : [...clinics, ...before.voters.filter(({ number }) => inForce.clinic(number) === undefined)];
  }

  /** Undefined for a set that no block of this node's chain has brought into force yet. */
  at(id: number): MemberSet | undefined {
    const kept = this.sets.get(id);
    if (kept !== undefined || id > this.changes.length) return kept;
    let set = this.first;
    for (const change of this.changes.slice(0, id)) set = applyChange(set, change);
    this.keep(set);
    return set;
  }

  /** The newest record of a clinic, also of one that has left. */
  record(clinic: ClinicNumber): Member | undefined {
    return this.inForce.record(clinic);
  }

  /** Whose sending key this is or was. */
  senderEver(key: Uint8Array): Sender | undefined {
    return this.keys.get(toHex(key));
  }

  /** Runs when another set is in force, and when a transition is over. */
  onChange(listener: (set: MemberSet) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The chain's tip moved: the set of its child, and the one before while the transition lasts. */
  async follow({ id, previous }: SetInForce): Promise<void> {
    if (id === this.inForce.id && previous === this.before?.id) return;
    if (id > this.changes.length) {
      const from = this.changes.length;
      const numbers = Array.from({ length: id - from }, (_, n) => from + n + 1);
      const rows = await this.modules.states(numbers.map(changeKey));
      this.changes.push(
        ...rows.map((row, n) => {
          if (row === undefined) throw new Error(`change ${numbers[n]} of the members is missing`);
          return decodeChangeRow(row).change;
        }),
      );
      let set = this.at(from) as MemberSet;
      for (const change of this.changes.slice(from)) {
        set = applyChange(set, change);
        this.keep(set);
      }
    }
    this.inForce = this.at(id) as MemberSet;
    this.before = previous === undefined ? undefined : this.at(previous);
    for (const listener of this.listeners) listener(this.inForce);
  }

  private keep(set: MemberSet): void {
    this.sets.set(set.id, set);
    for (const id of this.sets.keys()) {
      if (this.sets.size <= KEPT_SETS) break;
      this.sets.delete(id);
    }
    for (const clinic of set.clinics) {
      const { number, organisation } = clinic;
      this.keys.set(toHex(clinic.nodeKey), { clinic: number, organisation, role: 'node' });
      this.keys.set(toHex(clinic.gatewayKey), { clinic: number, organisation, role: 'gateway' });
    }
  }
}

function numbersOf(members: readonly Member[]): ReadonlySet<ClinicNumber> {
  return new Set(members.map(({ number }) => number));
}
