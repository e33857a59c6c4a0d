// What emergencies ask of the rest of the clinic: staff, freshness, the log of accesses, whoever is to be told, and charts.
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { EmergencyRequest } from '../../records/emergency/request.ts';
import type { EmergencyFault } from './wire.ts';

/** Whoever may open one, and at whose word others help. */
export const EMERGENCY_ROLES: readonly Role[] = ['doctor', 'nurse'];

/** What happened about an emergency; written and durable before anything is released or refused. */
export interface EmergencyAccess {
  readonly action: 'emergency-open' | 'emergency-help' | 'emergency-close' | 'emergency-review';
  readonly outcome: 'permitted' | 'refused';
  readonly reason: EmergencyFault | EmergencyRequest['reason'] | 'justified' | 'unjustified';
  /** Undefined: it was refused before it was one. */
  readonly object: Uint8Array | undefined;
  /** `role` undefined: the person has none that may open one. */
  readonly request: Pick<EmergencyRequest, 'account' | 'clinic' | 'handle'> & { readonly role: Role | undefined };
}

export interface EmergencyPorts {
  /** Live at that clinic now; none of a suspended account. */
  roles(account: Uint8Array, clinic: ClinicNumber): Promise<readonly Role[]>;
  isFresh(): Promise<boolean>;
  /** Whether the chain has, or had, the patient at that clinic. */
  isPatientOf(handle: Uint8Array, clinic: ClinicNumber): Promise<boolean>;
  /** On the disk when it resolves. Nothing is released when it rejects. */
  audit(access: EmergencyAccess): Promise<void>;
  /** Tells the privacy officers of this clinic, and the patient where its account is known here. When it rejects, it is tried again. */
  tell(told: EmergencyAlert): Promise<void>;
  /** An emergency about an own chart is over: no key that it opened may serve for what is written from here on. */
  rotate(handle: Uint8Array): Promise<void>;
}

export interface EmergencyAlert {
  readonly request: EmergencyRequest;
  /** Whether this clinic has a chart of the patient, or opened it itself. */
  readonly place: 'own-chart' | 'opened-here';
}
