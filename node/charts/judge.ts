// Whether a reader may see which rows of a chart: opens the terms that this clinic keeps of it, holds each against the chain,
// and asks the consent engine row by row. What cannot be opened or checked decides against the reader.
import { equalBytes } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { decodePatientClinicRow } from '../../consensus/ledger/patients/rows.ts';
import { HANDLE_BYTES } from '../../consensus/ledger/patients/types.ts';
import { TABLES } from '../../consensus/ledger/tables.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { Category } from '../../records/category.ts';
import { openPacket } from '../../records/chart/packet.ts';
import { openTerms } from '../../records/chart/sealed-terms.ts';
import type { Decision, EffectiveConsent, Relations } from '../../records/consent/access.ts';
import { decide } from '../../records/consent/decide.ts';
import type { AccessMode, Terms } from '../../records/consent/terms.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { ChainStore } from '../store/ports.ts';
import type { ChartStore } from './chart-store.ts';
import type { ChartRef } from './layout.ts';
import type { ChartGuards, Reader } from './ports.ts';
import type { ConsentStandings } from './standing.ts';

export interface JudgeOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: ClinicNumber;
  /** X25519 secrets of this clinic, the one in force first. */
  readonly encryptionSecrets: readonly Uint8Array[];
}

export interface JudgeModules {
  readonly store: ChartStore;
  readonly chain: Pick<ChainStore, 'states' | 'stateRange'>;
  readonly members: MemberSets;
  readonly standings: ConsentStandings;
  readonly guards: Pick<ChartGuards, 'emergencyOf'>;
  readonly clock: Clock;
}

export interface Question {
  readonly ref: ChartRef;
  readonly handle: Uint8Array;
  readonly reader: Reader;
  /** As it was asked. */
  readonly purpose: string;
  readonly mode: AccessMode;
}

/** Of a row, without its content. */
export interface RowFacts {
  readonly category: Category;
  readonly record: Uint8Array;
  readonly written: number;
}

/** Decides about one row after another, by the consents and relations of one moment. */
export type RowJudge = (row: RowFacts) => Decision;

export interface KnownTerms {
  readonly object: Uint8Array;
  readonly terms: Terms;
  readonly status: EffectiveConsent['status'];
  readonly ends: number;
}

const MAX_CLINICS = 1_000;
const UNKNOWN_CONTENT = { kind: '', sections: [], labels: [], encounters: [] } as const;

export class Judge {
  private readonly options: JudgeOptions;
  private readonly modules: JudgeModules;

  constructor(options: JudgeOptions, modules: JudgeModules) {
    this.options = options;
    this.modules = modules;
  }

  /** Undefined where this clinic cannot tell: it keeps terms that it cannot open. */
  async about({ ref, handle, reader, purpose, mode }: Question): Promise<RowJudge | undefined> {
    const known = await this.terms(ref);
    if (known === undefined) return undefined;
    const consents = known.map(
      ({ object: id, terms, status, ends }): EffectiveConsent => ({ id, terms, status, ends }),
    );
    // Custodians know a row's category, time and id: where terms ask for more, nobody but a reader could tell.
    if (known.some(({ terms, status }) => status === 'active' && needsContent(terms))) return undefined;
    const relations = await this.relations(ref, handle, reader.account);
    const { account, roles, clinic, organisation } = reader;
    const at = this.modules.clock.now();
    const author = { roles: [], ...relations.custodian };
    return ({ category, record, written }) =>
      decide(
        {
          requester: { account, roles, clinic, organisation },
          ...{ purpose, mode, at },
          record: { ...UNKNOWN_CONTENT, category, id: record, writtenAt: written, author },
        },
        consents,
        relations,
      );
  }

  /** Every consent that this clinic keeps of a chart, with what the chain says of it. */
  async terms(ref: ChartRef): Promise<KnownTerms[] | undefined> {
    const { store, standings, clock } = this.modules;
    const sealed = await store.terms(ref);
    const states = await standings.of(sealed.map(({ object }) => object));
    const keys = new Map<number, Uint8Array | undefined>();
    const known: KnownTerms[] = [];
    for (const [index, row] of sealed.entries()) {
      if (!keys.has(row.epoch)) keys.set(row.epoch, await this.consentKey(ref, row.epoch));
      const key = keys.get(row.epoch);
      if (key === undefined) return undefined;
      const { terms, commitment } = openTerms(row, key);
      const standing = states[index];
      if (!isAbout(terms, ref)) continue;
      const { object } = row;
      if (ref.clinic === this.options.clinic) {
        // What this clinic said itself counts at once; of others' what a block has.
        const ends = terms.provision.period.until ?? 0;
        const ended = ((await store.given(object))?.ended ?? 0) > 0;
        const status = ended ? 'revoked' : (standing?.status ?? (clock.now() < ends ? 'active' : 'inactive'));
        known.push({ object, terms, status, ends });
        continue;
      }
      if (standing === undefined) continue;
      const { author, ends } = standing.row;
      const given = author.type === 'clinic' && author.clinic === ref.clinic;
      if (!given || !equalBytes(commitment, standing.row.commitment)) continue;
      known.push({ object, terms, status: standing.status, ends });
    }
    return known;
  }

  private async consentKey(ref: ChartRef, epoch: number): Promise<Uint8Array | undefined> {
    const { store } = this.modules;
    const { clinic, genesisId, encryptionSecrets } = this.options;
    if (ref.clinic === clinic) return store.secret(ref, 'consent', epoch);
    const packets = await store.packets(ref, 'consent');
    const own = packets.find((packet) => packet.epoch === epoch && packet.grantee === clinic);
    return own && openPacket(own, genesisId, encryptionSecrets).catch(() => undefined);
  }

  private async relations({ clinic }: ChartRef, handle: Uint8Array, account: Uint8Array): Promise<Relations> {
    const organisation = this.modules.members.record(clinic)?.organisation ?? 0;
    const attached = await attachedClinics(this.modules.chain, handle);
    const open = this.modules.guards.emergencyOf(account, handle);
    const emergency = open === undefined ? {} : { emergency: { account, until: open.until } };
    return { custodian: { clinic, organisation }, guardians: [], attached, organisationRuleOff: false, ...emergency };
  }
}

/** Clinics at which the patient is registered now, by the chain. */
export async function attachedClinics(
  chain: Pick<ChainStore, 'stateRange'>,
  handle: Uint8Array,
): Promise<ClinicNumber[]> {
  const rows = await chain.stateRange(TABLES.patientClinic, handle, undefined, MAX_CLINICS);
  const at = 1 + HANDLE_BYTES;
  return rows.flatMap(([key, value]) => (decodePatientClinicRow(value).attached ? [(key[at] << 8) | key[at + 1]] : []));
}

/** Custody of this very chart: by that right alone a clinic gives terms here. */
function isAbout({ subject, grantor }: Terms, { clinic, chart }: ChartRef): boolean {
  const custody = grantor.kind === 'custody' && grantor.clinic === clinic;
  return custody && subject.kind === 'chart' && equalBytes(subject.id, chart);
}

/** Whether a rule goes by what stands in the record. */
function needsContent({ provision }: Terms): boolean {
  return [provision, ...provision.exceptions].some(
    ({ data, actors }) =>
      data.labels.length > 0 ||
      data.items.some(({ kind }) => kind !== 'record') ||
      actors.some(({ kind }) => kind === 'application'),
  );
}
