// Who may sign and send, as one immutable value derived from state: clinics, organisations and their keys.
// Owns lookups; how a set changes is the members family's business.
import { toHex } from '../common/bytes.ts';
import type { FounderClinic, FounderOrganisation, Genesis } from './genesis.ts';
import type { ClinicNumber, OrganisationNumber } from './ledger/types.ts';

export type Member = FounderClinic;
export type SenderRole = 'node' | 'gateway';

export interface Sender {
  readonly clinic: ClinicNumber;
  readonly organisation: OrganisationNumber;
  readonly role: SenderRole;
}

export class MemberSet {
  /** Grows by one with every change; 0 is the founders' set. */
  readonly id: number;
  readonly clinics: readonly Member[];
  readonly organisations: readonly FounderOrganisation[];
  private readonly byNumber = new Map<ClinicNumber, Member>();
  private readonly senders = new Map<string, Sender>();

  constructor(id: number, clinics: readonly Member[], organisations: readonly FounderOrganisation[]) {
    this.id = id;
    this.clinics = clinics;
    this.organisations = organisations;
    for (const clinic of clinics) {
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

  /** Whose key this is, when it is an active sending key of a clinic. */
  sender(key: Uint8Array): Sender | undefined {
    return this.senders.get(toHex(key));
  }
}

export function founders(genesis: Genesis): MemberSet {
  return new MemberSet(0, genesis.clinics, genesis.organisations);
}
