// What the clinic's record of accesses offers to whoever serves, writes, grants, opens in an emergency or erases.
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { AccessAction, AccessOutcome } from '../../records/audit/event.ts';
import type { Application } from '../../records/consent/application.ts';

/** Something that is about to be permitted or refused. */
export interface NewAccess {
  readonly action: AccessAction;
  readonly outcome: AccessOutcome;
  /** Code of the decision, at most 64 bytes. */
  readonly reason: string;
  /** Zeros for account: no person; the application, or without one the clinic itself. */
  readonly reader: {
    readonly account: Uint8Array;
    readonly application?: Pick<Application, 'id'> | undefined;
    readonly roles: readonly Role[];
    readonly clinic: ClinicNumber;
  };
  /** The patient, as the chain names it. */
  readonly handle: Uint8Array;
  /** Whose chart. */
  readonly writer: ClinicNumber;
  /** A code of v3-ActReason; empty where there is none. */
  readonly purpose: string;
  /** The consent that it stands on; zeros or undefined for none. */
  readonly grant: Uint8Array | undefined;
  readonly records: readonly Uint8Array[];
  /** `ticketHash` of the ticket that asked for it, so that the reader's clinic can ask for the event. */
  readonly ticket?: Uint8Array | undefined;
}

export interface EventRef {
  readonly number: number;
  /** What will stand under the anchor. */
  readonly leaf: Uint8Array;
}

export interface AccessEvents {
  /** Signed and on the disk when it resolves. Nothing is released when it rejects. */
  append(access: NewAccess): Promise<EventRef>;
}

/** Of the clinic that was served: it holds the other to what it logged. */
export interface ServedTickets {
  /** `ticket`: `ticketHash`; `serving`: who served it. On the disk when it resolves. */
  served(ticket: Uint8Array, serving: ClinicNumber): Promise<void>;
}
