// What a decision is asked with and what it answers. Owns the shapes and the codes of reasons; decide.ts decides.

import type { Role } from '../../consensus/ledger/accounts/types.ts';
import type { ClinicNumber, OrganisationNumber } from '../../consensus/ledger/types.ts';
import type { Category } from '../category.ts';
import type { Application } from './application.ts';
import type { AccessMode, Terms } from './terms.ts';

/** Who asks, as the ticket and the chain show it. */
export interface Requester {
  /** The person's account; zeros: an application by itself. */
  readonly account: Uint8Array;
  /** Held at `clinic` now. */
  readonly roles: readonly Role[];
  /** Undefined for a patient or guardian at no clinic. */
  readonly clinic?: ClinicNumber;
  readonly organisation?: OrganisationNumber;
  /** The application that the person uses, where it is not one of a clinic's own pages. */
  readonly application?: Application;
}

/** What is known of one record without its content, from its manifest. */
export interface RecordFacts {
  readonly category: Category;
  /** 1 to 32 bytes. */
  readonly id: Uint8Array;
  /** FHIR type, such as `Observation`. */
  readonly kind: string;
  /** Codes of its FHIR category, such as `laboratory`, which SMART scopes may ask for. */
  readonly sections: readonly string[];
  readonly labels: readonly string[];
  /** ms since 1970. */
  readonly writtenAt: number;
  /** Ids of the records of its encounters. */
  readonly encounters: readonly Uint8Array[];
  readonly author: RecordAuthor;
}

/** What somebody is about to write. */
export type NewFacts = Pick<RecordFacts, 'category' | 'kind' | 'sections'>;

/** Whether any record of the category could be read at all: for its key. Each record is asked for again when it is served. */
export interface WholeCategory {
  readonly category: Category;
  readonly whole: true;
}

export interface RecordAuthor {
  readonly account?: Uint8Array;
  readonly roles: readonly Role[];
  readonly clinic: ClinicNumber;
  readonly organisation: OrganisationNumber;
}

export interface AccessRequest {
  readonly requester: Requester;
  /** As it was asked; one that is not in PURPOSES is denied. */
  readonly purpose: string;
  readonly study?: string;
  readonly mode: AccessMode;
  readonly record: RecordFacts | WholeCategory;
  /** ms since 1970, the clock of whoever decides. */
  readonly at: number;
}

/** `void`: given by a clinic once somebody had taken over, or by a key once another had. */
export type ConsentStatus = 'active' | 'inactive' | 'revoked' | 'void';

/** A consent that stands on the chain, whose terms were opened and whose authority was checked. */
export interface EffectiveConsent {
  /** Its object on the chain, 32 bytes. */
  readonly id: Uint8Array;
  readonly terms: Terms;
  /** Those that are not active may be handed in; they say nothing. */
  readonly status: ConsentStatus;
  /** As the chain says, beside what the terms say; ms since 1970. */
  readonly ends?: number;
}

/** Who acts for the patient: parent, legal guardian, or whom the patient chose. */
export interface Guardian {
  readonly account: Uint8Array;
  readonly from?: number;
  /** Majority, or the end of the power of attorney. */
  readonly until?: number;
  /** Booking alone is the rule; reading is given apart. */
  readonly mayRead: boolean;
  /** By the patient, who may end it. */
  readonly chosen?: true;
}

/** What holds without a consent, as the chain and this clinic know it. */
export interface Relations {
  /** The clinic whose chart it is. */
  readonly custodian: { readonly clinic: ClinicNumber; readonly organisation: OrganisationNumber };
  /** The patient's account, once it is attached; what another account gives as the patient counts nothing. */
  readonly patient?: Uint8Array;
  readonly guardians: readonly Guardian[];
  /** Whether words of take-overs count here: whoever asks has checked those that it hands in. */
  readonly takenOver?: true;
  /** Clinics at which the patient is attached now. */
  readonly attached: readonly ClinicNumber[];
  /** The emergency that this person opened for this patient; `until` is its end. */
  readonly emergency?: { readonly account: Uint8Array; readonly until: number };
}

/** In the order of their bytes, from 1; new ones go to the end. */
export const REASONS = [
  /** A consent permits it. */
  'consent',
  /** The clinic whose chart it is, for treatment, payment and operations. */
  'custody',
  /** Treating staff of another branch of that clinic's organisation. */
  'organisation',
  /** The patient itself. */
  'patient',
  'guardian',
  /** An emergency is open and no consent excludes it. */
  'emergency',
  'denied-by-consent',
  /** No consent and no relation permits it. */
  'no-consent',
  /** One would, had it not ended, begun or been revoked. */
  'consent-ended',
  'purpose-unknown',
  /** A role that may not ask for this purpose. */
  'role',
  /** Break-glass without an emergency of that person. */
  'no-emergency',
  /** The patient named who may break the glass, and the reader is not among them. */
  'not-listed',
  /** The consent is to look, not to keep. */
  'mode',
  /** A consent goes by what stands in the record, which whoever decides was not told. */
  'content-unknown',
  /** What its clinic registered an application for does not cover it. */
  'scope',
  /** Whom the patient chose to act for her. */
  'delegate',
  /** A consent would, had no clinic given it after somebody took over. */
  'taken-over',
] as const;
export type Reason = (typeof REASONS)[number];

export type Decision =
  | {
      readonly permit: true;
      readonly reason: Reason;
      readonly consent?: Uint8Array;
      /** When what permits ends, ms since 1970. */
      readonly until?: number;
      /** When a stored copy has to be erased. */
      readonly eraseAt?: number;
    }
  | { readonly permit: false; readonly reason: Reason; readonly consent?: Uint8Array };
