// Which other clinics belong to this organisation, which to another, and how they are reached: by the member set in force
// and the connection's PeerId, never by what somebody says of himself.
import type { Member } from '../../consensus/member-set.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { MemberSets } from '../members/member-sets.ts';

export interface Branch {
  readonly member: Member;
  readonly peerId: string;
}

export class Branches {
  private readonly clinic: number;
  private readonly organisation: number;
  private readonly members: MemberSets;

  constructor(options: { readonly clinic: number; readonly organisation: number }, modules: { members: MemberSets }) {
    this.clinic = options.clinic;
    this.organisation = options.organisation;
    this.members = modules.members;
  }

  /** Other clinics of this organisation. */
  get own(): Branch[] {
    return this.others().filter(({ member }) => member.organisation === this.organisation);
  }

  /** Clinics of other organisations. */
  get foreign(): Branch[] {
    return this.others().filter(({ member }) => member.organisation !== this.organisation);
  }

  /** The clinics of this organisation, this one included. */
  get organisationMembers(): Member[] {
    return this.members.current.clinics.filter(({ organisation }) => organisation === this.organisation);
  }

  branch(peerId: string): Branch | undefined {
    return this.own.find((branch) => branch.peerId === peerId);
  }

  /** A member of another organisation. */
  stranger(peerId: string): Branch | undefined {
    return this.foreign.find((branch) => branch.peerId === peerId);
  }

  onChange(listener: () => void): () => void {
    return this.members.onChange(listener);
  }

  private others(): Branch[] {
    return this.members.current.clinics
      .filter(({ number }) => number !== this.clinic)
      .map((member) => ({ member, peerId: peerIdOf(member.nodeKey) }));
  }
}
