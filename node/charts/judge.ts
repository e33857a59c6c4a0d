// Whether a reader may see which rows of a chart: opens the terms that this clinic keeps of it, holds each against the chain,
// and asks the consent engine row by row. What cannot be opened or checked decides against the reader.
import { equalBytes } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { type ContentFacts, openFacts } from '../../records/chart/content-facts.ts';
import type { KeyRow } from '../../records/chart/key-row.ts';
import { type OpeningKey, openPacket } from '../../records/chart/packet.ts';
import { openedTerms } from '../../records/chart/sealed-terms.ts';
import type {
  Decision,
  EffectiveConsent,
  Guardian,
  NewFacts,
  RecordFacts,
  Relations,
  Requester,
  WholeCategory,
} from '../../records/consent/access.ts';
import { decide, decideWriting } from '../../records/consent/decide.ts';
import { passedOnFrom } from '../../records/consent/delegation.ts';
import { shutsOut } from '../../records/consent/statements.ts';
import type { AccessMode, Terms } from '../../records/consent/terms.ts';
import type { MemberSets } from '../members/member-sets.ts';
import { patientClinics } from '../patients/patient-clinics.ts';
import type { ChainStore } from '../store/ports.ts';
import type { ChartStore } from './chart-store.ts';
import type { ChartRef } from './layout.ts';
import type { ChartGuards, KnownTerms, Reader } from './ports.ts';
import type { ConsentStandings } from './standing.ts';
import type { ChainTerms, TakenOver } from './taken-over.ts';

export interface JudgeOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: ClinicNumber;
  /** Of this clinic, the one in force first. */
  readonly openingKeys: readonly OpeningKey[];
}

export interface JudgeModules {
  readonly store: ChartStore;
  readonly chain: Pick<ChainStore, 'states' | 'stateRange'>;
  readonly members: MemberSets;
  readonly standings: ConsentStandings;
  readonly takenOver: Pick<TakenOver, 'of' | 'settled'>;
  readonly guards: Pick<ChartGuards, 'emergencyOf'>;
  readonly clock: Clock;
  /** The account of a patient of this clinic. */
  accountOf(handle: Uint8Array): Promise<Uint8Array | undefined>;
  /** Who acts for a patient of this clinic now. */
  guardiansOf(handle: Uint8Array): Promise<readonly Guardian[]>;
}

export interface Question {
  readonly ref: ChartRef;
  readonly handle: Uint8Array;
  readonly reader: Reader;
  /** As it was asked. */
  readonly purpose: string;
  readonly mode: AccessMode;
}

/** Decides about one row after another, or a whole category, by the consents and relations of one moment. */
export type RowJudge = (asked: KeyRow | WholeCategory) => Decision;

/** Of a vault: no clinic reads it as its own, nor as a branch, nor in an emergency. */
const NO_CUSTODIAN: Relations['custodian'] = { clinic: 0, organisation: 0 };
const NOTHING_KNOWN: ContentFacts = { kind: '', sections: [], labels: [], encounters: [], author: undefined };

export class Judge {
  private readonly options: JudgeOptions;
  private readonly modules: JudgeModules;

  constructor(options: JudgeOptions, modules: JudgeModules) {
    this.options = options;
    this.modules = modules;
  }

  /** Undefined where this clinic cannot tell: it keeps terms that it cannot open, or own ones that the chain knows otherwise. */
  async about({ ref, handle, reader, purpose, mode }: Question): Promise<RowJudge | undefined> {
    const known = await this.terms({ ...ref, handle });
    if (known === undefined) return undefined;
    const consents = known.map(consentOf);
    const byContent = known.some(({ terms, status }) => status === 'active' && needsContent(terms));
    const opened = byContent || reader.application !== undefined;
    const keys = opened ? await this.consentKeys(ref) : new Map<number, Uint8Array>();
    const relations = await this.relations(ref, handle, reader.account, known);
    const at = this.modules.clock.now();
    const asked = { requester: requesterOf(reader), purpose, mode, at };
    return (row) => {
      if ('whole' in row) return decide({ ...asked, record: row }, consents, relations);
      const facts = opened ? factsOf(row, keys) : NOTHING_KNOWN;
      // Where terms go by what stands in the record, who cannot tell says no.
      if (facts === undefined && byContent) return { permit: false, reason: 'content-unknown' };
      // To an application of what cannot be told scopes for every type alone speak.
      const record = recordOf(row, facts ?? NOTHING_KNOWN, relations.custodian);
      return decide({ ...asked, record }, consents, relations);
    };
  }

  /** Whether an application by itself may write this into a chart of this clinic. */
  async aboutWriting(
    { ref, handle, reader }: Pick<Question, 'ref' | 'handle' | 'reader'>,
    action: 'c' | 'u',
  ): Promise<(facts: NewFacts) => Decision> {
    const known = await this.terms({ ...ref, handle });
    // Whether somebody is shut out cannot be told.
    if (known === undefined) return () => ({ permit: false, reason: 'content-unknown' });
    const relations = await this.relations(ref, handle, reader.account, known);
    const asked = { requester: requesterOf(reader), at: this.modules.clock.now() };
    return (facts) => decideWriting(asked, { action, facts }, known.map(consentOf), relations);
  }

  /** Every consent that this clinic keeps of a chart, with what the chain says of it. */
  async terms(ref: ChartRef & { readonly handle: Uint8Array }): Promise<KnownTerms[] | undefined> {
    const { store, standings, clock } = this.modules;
    const sealed = await store.terms(ref);
    const states = await standings.of(sealed.map(({ object }) => object));
    const keys = sealed.length === 0 ? new Map<number, Uint8Array>() : await this.consentKeys(ref);
    const known: ChainTerms[] = [];
    for (const [index, row] of sealed.entries()) {
      const key = keys.get(row.epoch);
      const opened = key && openedTerms(row, key);
      if (opened === undefined) return undefined;
      const { terms, commitment } = opened;
      const standing = states[index];
      if (!isAbout(terms, ref)) continue;
      const { object } = row;
      if (ref.clinic === this.options.clinic) {
        if (standing !== undefined && !equalBytes(commitment, standing.row.commitment)) return undefined;
        // What this clinic said itself counts at once; of others' what a block has.
        const ends = terms.provision.period.until ?? 0;
        const ended = ((await store.given(object))?.ended ?? 0) > 0;
        const status = ended ? 'revoked' : (standing?.status ?? (clock.now() < ends ? 'active' : 'inactive'));
        known.push({ object, terms, status, ends, row: standing?.row });
        continue;
      }
      if (standing === undefined) continue;
      const { author, ends } = standing.row;
      const given = author.type === 'clinic' && author.clinic === ref.clinic;
      if (!given || !equalBytes(commitment, standing.row.commitment)) continue;
      known.push({ object, terms, status: standing.status, ends, row: standing.row });
    }
    const settled = await this.modules.takenOver.settled(ref, known);
    return settled.map((one) => endedWithSource(one, settled));
  }

  /** Keys of the chart's consents that this clinic has, by epoch. */
  private async consentKeys(ref: ChartRef): Promise<Map<number, Uint8Array>> {
    const { store } = this.modules;
    const { clinic, genesisId, openingKeys } = this.options;
    if (ref.clinic === clinic) {
      return new Map((await store.secrets(ref, 'consent')).map(({ epoch, key }) => [epoch, key]));
    }
    const keys = new Map<number, Uint8Array>();
    for (const packet of await store.packets(ref, 'consent')) {
      if (packet.grantee !== clinic || keys.has(packet.epoch)) continue;
      const key = await openPacket(packet, genesisId, openingKeys).catch(() => undefined);
      if (key !== undefined) keys.set(packet.epoch, key);
    }
    return keys;
  }

  private async relations(
    { clinic, chart }: ChartRef,
    handle: Uint8Array,
    account: Uint8Array,
    consents: readonly KnownTerms[],
  ): Promise<Relations> {
    const { store, members } = this.modules;
    // What reception said counts for what this clinic keeps itself.
    const here = clinic === this.options.clinic;
    const known = here ? await this.modules.accountOf(handle) : undefined;
    const patient = known === undefined ? {} : { patient: known };
    if (await store.isVault(handle, { clinic, chart })) {
      // Whose the vault is its clinic says with each consent about it, which the chain has as that clinic's.
      const named = consents.flatMap(({ terms: { grantor } }) =>
        grantor.kind === 'patient' ? [grantor.account] : [],
      )[0];
      const owner = here || named === undefined ? patient : { patient: named };
      return { custodian: NO_CUSTODIAN, guardians: [], attached: [], ...owner };
    }
    const organisation = members.record(clinic)?.organisation ?? 0;
    const attached = await attachedClinics(this.modules.chain, handle);
    const open = this.modules.guards.emergencyOf(account, handle);
    const emergency = open === undefined ? {} : { emergency: { account, until: open.until } };
    const guardians = here ? await this.modules.guardiansOf(handle) : [];
    const held = consents.some(({ terms }) => terms.grantor.kind === 'take-over');
    const takenOver = held ? { takenOver: true as const } : {};
    return { custodian: { clinic, organisation }, guardians, attached, ...takenOver, ...patient, ...emergency };
  }
}

/**
 * What was passed on says nothing once the grant that it comes from does not, nor once whoever passed it on was shut out by name from
 * some of it since that grant: she would let others read what she does not.
 */
export function endedWithSource(one: KnownTerms, known: readonly KnownTerms[]): KnownTerms {
  const from = passedOnFrom(one.terms);
  if (from === undefined || one.status !== 'active') return one;
  const active = known.filter(({ status }) => status === 'active');
  const source = active.find(({ object }) => equalBytes(object, from));
  const [grantee] = source?.terms.provision.actors ?? [];
  if (source === undefined || grantee?.kind !== 'person') return { ...one, status: 'revoked' };
  const who = [{ account: grantee.account, roles: [] }];
  const { purposes, data } = one.terms.provision;
  const shut = active.some(
    ({ terms }) =>
      terms.givenAt >= source.terms.givenAt &&
      purposes.some(({ code: purpose }) => shutsOut(terms, who, { categories: data.categories, purpose })),
  );
  return shut ? { ...one, status: 'revoked' } : one;
}

/** Whether it was passed on from a grant that is over, or is not known. */
export function isSourceOver({ terms }: Pick<KnownTerms, 'terms'>, known: readonly KnownTerms[]): boolean {
  const from = passedOnFrom(terms);
  return from !== undefined && !known.some(({ object, status }) => status === 'active' && equalBytes(object, from));
}

function consentOf({ object: id, terms, status, ends }: KnownTerms): EffectiveConsent {
  return { id, terms, status, ends };
}

function requesterOf({ account, application, roles, clinic, organisation }: Reader): Requester {
  const who = { account, roles, clinic, organisation };
  return application === undefined ? who : { ...who, application };
}

/** Clinics at which the patient is registered now, by the chain. */
export async function attachedClinics(
  chain: Pick<ChainStore, 'stateRange'>,
  handle: Uint8Array,
): Promise<ClinicNumber[]> {
  return (await patientClinics(chain, handle)).flatMap(({ clinic, attached }) => (attached ? [clinic] : []));
}

function factsOf(row: KeyRow, keys: ReadonlyMap<number, Uint8Array>): ContentFacts | undefined {
  const key = row.facts && keys.get(row.facts.epoch);
  if (key === undefined || row.facts === undefined) return undefined;
  try {
    return openFacts(row, row.facts, key);
  } catch {
    return undefined;
  }
}

function recordOf(
  { category, record: id, written: writtenAt }: KeyRow,
  { kind, sections, labels, encounters, author: by }: ContentFacts,
  custodian: Relations['custodian'],
): RecordFacts {
  const author = { ...(by === undefined ? {} : { account: by.account }), roles: by === undefined ? [] : [by.role] };
  return { category, id, kind, sections, labels, writtenAt, encounters, author: { ...author, ...custodian } };
}

/**
 * Custody of this very chart: by that right alone a clinic gives terms here. The patient gives those of her vault, whoever took
 * over what she proves by her word, which is looked at apart.
 */
function isAbout({ subject, grantor }: Terms, { clinic, chart }: ChartRef): boolean {
  const custody = grantor.kind === 'custody' && grantor.clinic === clinic;
  const authority = custody || grantor.kind === 'patient' || grantor.kind === 'take-over';
  return authority && subject.kind === 'chart' && equalBytes(subject.id, chart);
}

/** Whether a rule goes by what stands in the record. */
function needsContent({ provision }: Terms): boolean {
  return [provision, ...provision.exceptions].some(
    ({ data }) => data.labels.length > 0 || data.items.some(({ kind }) => kind !== 'record'),
  );
}
