// What a consent says: the fields of India's consent artefact and of IHE PCF, in the words of this network.
// Owns the shapes; terms-codec.ts has their bytes, decide.ts what follows from them.

import type { Role } from '../../consensus/ledger/accounts/types.ts';
import type { ClinicNumber, OrganisationNumber } from '../../consensus/ledger/types.ts';
import type { Category } from '../category.ts';

/** Codes of v3-ActReason in the order of their bytes, from 1. The last two: what a patient or her family asks for. */
export const PURPOSES = ['TREAT', 'HPAYMT', 'HOPERAT', 'HRESCH', 'ETREAT', 'BTG', 'PATRQT', 'FAMRQT'] as const;
export type PurposeCode = (typeof PURPOSES)[number];
/** Asked by or for the patient, which needs no role. */
export const BY_PATIENT: readonly PurposeCode[] = ['PATRQT', 'FAMRQT'];

export interface Purpose {
  readonly code: PurposeCode;
  /** The one study meant, of HRESCH only; without it every study. */
  readonly study?: string;
}

/** Who may be permitted or denied. A role counts at the clinic named, without one wherever it is held. */
export type Actor =
  | { readonly kind: 'person'; readonly account: Uint8Array }
  | { readonly kind: 'role'; readonly role: Role; readonly clinic?: ClinicNumber }
  | { readonly kind: 'clinic'; readonly clinic: ClinicNumber }
  | { readonly kind: 'organisation'; readonly organisation: OrganisationNumber }
  /** `scopes` are SMART v2, such as `patient/Observation.rs`; without any it may nothing. */
  | { readonly kind: 'application'; readonly id: Uint8Array; readonly scopes: readonly string[] };

/** What data is meant one by one. Ids are those of records, 1 to 32 bytes. */
export type ScopeItem =
  | { readonly kind: 'record'; readonly id: Uint8Array }
  /** Everything of that encounter. */
  | { readonly kind: 'encounter'; readonly id: Uint8Array }
  | { readonly kind: 'author'; readonly author: Exclude<Actor, { kind: 'application' }> };

/** ms since 1970; `until` is the first moment that is no longer in it. */
export interface Span {
  readonly from?: number;
  readonly until?: number;
}

/** Which data. Every list that is not empty narrows; within a list one match is enough. */
export interface DataScope {
  readonly categories: readonly Category[];
  /** When it was written. */
  readonly written: Span;
  /** Confidentiality and sensitivity labels (sensitivity.ts). */
  readonly labels: readonly string[];
  readonly items: readonly ScopeItem[];
}

/** One rule. An exception takes over from its provision whatever it leaves open. */
export interface Rule {
  readonly effect: 'permit' | 'deny';
  /** Empty: everybody. */
  readonly actors: readonly Actor[];
  /** Empty: for a denial every purpose, for a permission treatment, payment and operations. */
  readonly purposes: readonly Purpose[];
  /** When it holds. */
  readonly period: Span;
  readonly data: DataScope;
}

export interface Provision extends Rule {
  /** One deep, as PCF has them; their order says nothing. */
  readonly exceptions: readonly Rule[];
}

/** By what right the terms were given. Custodians check it before they give them to `decide`. */
export type Grantor =
  | { readonly kind: 'patient'; readonly account: Uint8Array }
  /** `account` acts for the patient: parent, carer, power of attorney. */
  | { readonly kind: 'guardian'; readonly account: Uint8Array }
  /** A clinic for what it wrote or holds; `account` is the person who gave it there. */
  | { readonly kind: 'custody'; readonly clinic: ClinicNumber; readonly account?: Uint8Array }
  /** Whoever took over: the word that says all of these terms, and the signature of the take-over's key (vault/held-terms.ts). */
  | { readonly kind: 'take-over'; readonly word: Uint8Array; readonly signature: Uint8Array };

/** A chart id for custody, the handle of an identifier for what a patient or guardian gives: 32 bytes. */
export type Subject =
  | { readonly kind: 'chart'; readonly id: Uint8Array }
  | { readonly kind: 'patient'; readonly handle: Uint8Array };

/** `view` reads and keeps nothing; `store` also takes a copy into the reader's own chart. */
export const ACCESS_MODES = ['view', 'store'] as const;
export type AccessMode = (typeof ACCESS_MODES)[number];

export interface Terms {
  readonly subject: Subject;
  readonly grantor: Grantor;
  /** ms since 1970. */
  readonly givenAt: number;
  readonly mode: AccessMode;
  /** When whoever stored a copy has to erase it. */
  readonly eraseAt?: number;
  /** Address of the policy that was presented; empty without one. */
  readonly policy: string;
  /** The record that shows the signed paper. */
  readonly source?: Uint8Array;
  readonly provision: Provision;
}

/**
 * Policy of terms that say one thing: branches of the organisation do not read each other's by being branches. They name
 * nobody and permit nothing; whatever else they say counts for nothing.
 */
export const ORGANISATION_RULE_OFF = 'urn:wardmesh:organisation-rule-off';

/**
 * Policy of terms that say one thing: that denials, which their word names, have ended. Once somebody took over no clinic ends a
 * denial by itself.
 */
export const LIFTED = 'urn:wardmesh:lifted';

/** Whether they say nothing about who reads what. */
export function isAboutRules({ policy }: Pick<Terms, 'policy'>): boolean {
  return policy === ORGANISATION_RULE_OFF || policy === LIFTED;
}

export function isOrganisationRuleOff({ policy }: Pick<Terms, 'policy'>): boolean {
  return policy === ORGANISATION_RULE_OFF;
}

/** Whether they are about some of the records of their categories only. */
export function isNarrowed({ provision: { data } }: Pick<Terms, 'provision'>): boolean {
  const { labels, items, written } = data;
  return labels.length + items.length > 0 || written.from !== undefined || written.until !== undefined;
}

export const ALL_DATA: DataScope = { categories: [], written: {}, labels: [], items: [] };
