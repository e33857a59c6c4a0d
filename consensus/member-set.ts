// Who may sign, send and vote, as one immutable value: clinics, organisations and their keys, and what a change makes of
// them. Whether a change may happen is the members family's business.
import { toHex } from '../common/bytes.ts';
import type { FounderOrganisation, Genesis } from './genesis.ts';
import type { Change } from './ledger/members/change.ts';
import type { ClinicRecord } from './ledger/members/record.ts';
import type { ClinicNumber, OrganisationNumber } from './ledger/types.ts';

export type ClinicStatus = 'active' | 'removed' | 'left';

export interface Member extends ClinicRecord {
  readonly number: ClinicNumber;
  readonly organisation: OrganisationNumber;
  readonly status: ClinicStatus;
  /** Evidence ended its vote key. */
  readonly voteSuspended: boolean;
}

export type Organisation = FounderOrganisation;
export type SenderRole = 'node' | 'gateway';

export interface Sender {
  readonly clinic: ClinicNumber;
  readonly organisation: OrganisationNumber;
  readonly role: SenderRole;
}

export class MemberSet {
  /** The number of changes since the founders. */
  readonly id: number;
  /** Every clinic that ever was a member, with its last record. Numbers are never used again. */
  readonly records: readonly Member[];
  /** Every organisation that ever had a clinic here. */
  readonly organisationRecords: readonly Organisation[];
  /** The members. */
  readonly clinics: readonly Member[];
  /** Those that have a clinic. */
  readonly organisations: readonly Organisation[];
  /** The clinics whose votes count. */
  readonly voters: readonly Member[];
  private readonly byNumber = new Map<ClinicNumber, Member>();
  private readonly senders = new Map<string, Sender>();

  constructor(id: number, records: readonly Member[], organisationRecords: readonly Organisation[]) {
    this.id = id;
    this.records = records;
    this.organisationRecords = organisationRecords;
    this.clinics = records.filter(({ status }) => status === 'active');
    this.voters = this.clinics.filter(({ voteSuspended }) => !voteSuspended);
    const owners = new Set(this.clinics.map(({ organisation }) => organisation));
    this.organisations = organisationRecords.filter(({ number }) => owners.has(number));
    for (const clinic of this.clinics) {
      this.byNumber.set(clinic.number, clinic);
      const { number, organisation } = clinic;
      this.senders.set(toHex(clinic.nodeKey), { clinic: number, organisation, role: 'node' });
      this.senders.set(toHex(clinic.gatewayKey), { clinic: number, organisation, role: 'gateway' });
    }
  }

  get size(): number {
    return this.clinics.length;
  }

  clinic(number: ClinicNumber): Member | undefined {
    return this.byNumber.get(number);
  }

  /** Also of a clinic that is a member no more. */
  record(number: ClinicNumber): Member | undefined {
    return this.records.find((record) => record.number === number);
  }

  clinicsOf(organisation: OrganisationNumber): readonly Member[] {
    return this.clinics.filter((clinic) => clinic.organisation === organisation);
  }

  /** Whose key this is, when it is an active sending key of a clinic. */
  sender(key: Uint8Array): Sender | undefined {
    return this.senders.get(toHex(key));
  }
}

export function founders(genesis: Genesis): MemberSet {
  const records = genesis.clinics.map((clinic): Member => ({ ...clinic, status: 'active', voteSuspended: false }));
  return new MemberSet(0, records, genesis.organisations);
}

/** The set after one more change, which the rules found good. */
export function applyChange(set: MemberSet, change: Change): MemberSet {
  const id = set.id + 1;
  switch (change.type) {
    case 'admit': {
      const { organisation, clinic } = change;
      const isNew = typeof organisation === 'string';
      const owner = isNew ? nextNumber(set.organisationRecords) : organisation;
      const owners = isNew ? [...set.organisationRecords, { number: owner, name: organisation }] : undefined;
      const number = nextNumber(set.records);
      const member: Member = { ...clinic, number, organisation: owner, status: 'active', voteSuspended: false };
      return new MemberSet(id, [...set.records, member], owners ?? set.organisationRecords);
    }
    case 'update':
      return edit(set, isClinic(change.clinic), (member) => ({
        ...member,
        ...change.fields,
        voteSuspended: member.voteSuspended && change.fields.voteKey === undefined,
      }));
    case 'remove-clinic':
      return edit(set, isClinic(change.clinic), (member) => ({ ...member, status: 'removed' }));
    case 'remove-organisation':
      return edit(
        set,
        ({ organisation }) => organisation === change.organisation,
        (member) => ({ ...member, status: 'removed' }),
      );
    case 'leave':
      return edit(set, isClinic(change.clinic), (member) => ({ ...member, status: 'left' }));
    case 'suspend-vote':
      return edit(set, isClinic(change.clinic), (member) => ({ ...member, voteSuspended: true }));
  }
}

/** The founders with the first `count` of the changes applied: set `count` on every branch that can ever be final. */
export function memberSetAt(genesis: Genesis, changes: readonly Change[], count: number): MemberSet {
  return changes.slice(0, count).reduce(applyChange, founders(genesis));
}

/** The number that the next new clinic or organisation gets. */
export function nextNumber(records: readonly { readonly number: number }[]): number {
  return records.reduce((highest, { number }) => Math.max(highest, number), 0) + 1;
}

/** The active members that `is` names, changed. */
function edit(set: MemberSet, is: (member: Member) => boolean, change: (member: Member) => Member): MemberSet {
  const records = set.records.map((member) => (member.status === 'active' && is(member) ? change(member) : member));
  return new MemberSet(set.id + 1, records, set.organisationRecords);
}

function isClinic(number: ClinicNumber): (member: Member) => boolean {
  return (member) => member.number === number;
}
