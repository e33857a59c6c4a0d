// What charts ask of the rest of the clinic: rows that can be shredded, consents on the chain, access events, staff.
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import type { ConsentRow } from '../../consensus/ledger/consent/rows.ts';
import type { ClinicNumber, OrganisationNumber } from '../../consensus/ledger/types.ts';
import type { KeyRow } from '../../records/chart/key-row.ts';
import type { ConsentStatus } from '../../records/consent/access.ts';
import type { Application } from '../../records/consent/application.ts';
import type { Terms } from '../../records/consent/terms.ts';
import type { AccessEvents } from '../audit/ports.ts';
import type { LocalRange, LocalWrite } from '../store/local-database.ts';

/** node/store/shreddable-database.ts: every batch is on the disk when it resolves, and all or nothing. */
export interface KeyRowsDatabase {
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  batch(writes: readonly LocalWrite[]): Promise<void>;
  range(range: Omit<LocalRange, 'reverse'>): AsyncGenerator<readonly [Uint8Array, Uint8Array]>;
}

/** A consent object as it counts here and now. */
export interface ConsentStanding {
  readonly row: Pick<ConsentRow, 'commitment' | 'ends' | 'author' | 'live' | 'given' | 'ended'>;
  readonly status: 'active' | 'inactive' | 'revoked';
}

/** A consent about a chart, opened, with what it counts for. */
export interface KnownTerms {
  readonly object: Uint8Array;
  readonly terms: Terms;
  readonly status: ConsentStatus;
  readonly ends: number;
}

/** A person or an application at a clinic: who asks, as session, key or ticket says it and the chain confirms it. */
export interface Reader {
  /** Zeros: an application by itself, or the operator of the clinic. */
  readonly account: Uint8Array;
  readonly application?: Application | undefined;
  /** Held at `clinic` now. */
  readonly roles: readonly Role[];
  readonly clinic: ClinicNumber;
  readonly organisation: OrganisationNumber;
}

/** What a custodian refuses with before it comes to consents. */
export const SERVE_FAULTS = [
  'expired',
  'serving',
  'connection',
  'clinic',
  'signature',
  'replayed',
  'role',
  'suspended',
  'purpose',
  'not-fresh',
  'not-here',
  'no-record',
] as const;
export type ServeFault = (typeof SERVE_FAULTS)[number];

/** Emergency access and erasure, as charts heed them (node/safeguards.ts). */
export interface ChartGuards {
  /** The emergency that this person has open for this patient; `until` ms. */
  emergencyOf(account: Uint8Array, handle: Uint8Array): { readonly until: number } | undefined;
  /** The key of a category that an open emergency of this person for this patient opened. */
  emergencyKey(
    account: Uint8Array,
    handle: Uint8Array,
    of: Pick<KeyRow, 'clinic' | 'chart' | 'category' | 'epoch'>,
  ): Uint8Array | undefined;
  /** Until when what was written of a chart is erased, ms; undefined: never was. */
  erasedUntil(chart: Pick<KeyRow, 'clinic' | 'chart'>): number | undefined;
  /** What was erased is not taken in again. */
  isErased(row: Pick<KeyRow, 'clinic' | 'chart' | 'written'>): boolean;
}

/** node/audit: the clinic's record of accesses. */
export type AccessLogPort = Pick<AccessEvents, 'append'>;

/** As an account: the operator of the clinic, or an application by itself. */
export const NOBODY: Uint8Array = new Uint8Array(32);

/** What is written down of something that this clinic does with its own chart. */
export function accessOf(
  { clinic }: { readonly clinic: ClinicNumber },
  { account, application, roles }: Pick<Reader, 'account' | 'application' | 'roles'>,
  handle: Uint8Array,
  purpose: string,
) {
  const reader = { account, application, roles, clinic };
  return {
    outcome: 'permitted',
    reader,
    handle,
    writer: clinic,
    purpose,
    grant: undefined as Uint8Array | undefined,
  } as const;
}
