// Consents that this clinic gives and takes back for its own charts, by its custody or the word of whoever took over: terms sealed for the custodians, an object on
// the chain, packets for those who may read. Taking back counts here at once, elsewhere from receipt. Owns the order of these.
import { randomBytes } from '#crypto';
import { equalBytes } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { Writer } from '../../common/codec/writer.ts';
import { encodeCommit } from '../../consensus/ledger/consent/types.ts';
import { CONSENT_COMMIT, CONSENT_REVOKE } from '../../consensus/ledger/kinds.ts';
import { objectId, SALT_BYTES } from '../../consensus/ledger/objects.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { CATEGORIES, type Category } from '../../records/category.ts';
import { sealTerms, termsCommitment } from '../../records/chart/sealed-terms.ts';
import { clinicOfApplication } from '../../records/consent/application.ts';
import { passedOnFrom } from '../../records/consent/delegation.ts';
import {
  type AccessMode,
  type Actor,
  ALL_DATA,
  type DataScope,
  ORGANISATION_RULE_OFF,
  PURPOSES,
  type PurposeCode,
  type Terms,
} from '../../records/consent/terms.ts';
import { encodeTerms } from '../../records/consent/terms-codec.ts';
import { type HeldWord, isLifting, saltOfWord, termsOfWord } from '../../records/vault/held-terms.ts';
import { decodeWord } from '../../records/vault/word.ts';
import type { ClinicAuthor } from '../clinic-author.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { LocalWrite } from '../store/local-database.ts';
import type { CategoryKeys } from './category-keys.ts';
import { demandRoom } from './chart-room.ts';
import { type ChartStore, putChart, putGiven, putTerms } from './chart-store.ts';
import { clinicsOfActor } from './clinics-of-actor.ts';
import { ChartError } from './errors.ts';
import { isSourceOver, type Judge } from './judge.ts';
import { untidyKey } from './layout.ts';
import type { Outgoing } from './outgoing.ts';
import type { OwnCharts, OwnRef } from './own-chart.ts';
import type { PendingStatements } from './pending.ts';
import type { KnownTerms } from './ports.ts';
import type { TakenOver } from './taken-over.ts';

/** Categories that a clinic grants: the consents themselves are for custodians alone. */
export const GRANTABLE: readonly Category[] = CATEGORIES.filter((category) => category !== 'consent');
/** A grant ends some day. */
export const MAX_GRANT_MS = 10 * 366 * 86_400_000;
/** First byte of an attachment: terms under a chart's consent key, or a request sealed to one clinic. */
export const TERMS_FORM = 1;
const SALT32 = 32;

export interface NewConsent {
  readonly effect: 'permit' | 'deny';
  readonly actor: Actor;
  /** What else narrows it, beside categories. */
  readonly data?: Omit<DataScope, 'categories'> | undefined;
  /** Where the terms stand for a rule of their own. */
  readonly policy?: string;
  readonly purposes: readonly PurposeCode[];
  readonly categories: readonly Category[];
  /** ms. */
  readonly ends: number;
  readonly mode: AccessMode;
  /** Who gave it at this clinic. */
  readonly by: Uint8Array | undefined;
}

export interface GrantingModules {
  readonly store: ChartStore;
  readonly keys: CategoryKeys;
  readonly charts: OwnCharts;
  readonly outgoing: Outgoing;
  readonly judge: Judge;
  readonly pending: PendingStatements;
  readonly members: MemberSets;
  readonly author: ClinicAuthor;
  readonly clock: Clock;
  readonly takenOver: Pick<TakenOver, 'of' | 'isClinics' | 'settled'>;
  /** Clinics at which an account has a role now. */
  clinicsOf(account: Uint8Array): Promise<readonly ClinicNumber[]>;
}

/** A consent that was given or taken back, and the statement that says so. */
export interface Changed {
  readonly consent: Uint8Array;
  readonly statement: Uint8Array;
}

export class Granting {
  private readonly modules: GrantingModules;

  constructor(modules: GrantingModules) {
    this.modules = modules;
  }

  /**
   * By this clinic's custody: given, and those who may read can be served, when it resolves. Throws ChartError, `consent.taken-over`
   * where somebody else decides who is let in.
   */
  async give(ref: OwnRef, consent: NewConsent): Promise<Changed> {
    const { ends, categories } = consent;
    const now = this.modules.clock.now();
    this.demandPeriod(ends, now);
    if (categories.length === 0 || categories.some((one) => !GRANTABLE.includes(one))) {
      throw new ChartError({ code: 'consent.categories' });
    }
    return this.file(ref, this.terms(ref, consent, now), ends, randomBytes(SALT_BYTES));
  }

  /**
   * By the word of whoever took over, which was looked at. Throws ChartError, `consent.ended` for a word that gave something before,
   * `consent.unknown` for one that gives nothing, `consent.taken-over` where somebody else decides meanwhile.
   */
  async giveHeld(ref: OwnRef, word: HeldWord): Promise<Changed> {
    const terms = termsOfWord(word, ref.chart);
    const ends = terms?.provision.period.until;
    if (terms === undefined || ends === undefined) throw new ChartError({ code: 'consent.unknown' });
    this.demandPeriod(ends, this.modules.clock.now());
    if (terms.provision.data.categories.length === 0) throw new ChartError({ code: 'consent.categories' });
    return this.file(ref, terms, ends, saltOfWord(word));
  }

  /** Throws ChartError `consent.taken-over` once whether somebody reads this patient's is another's to say. */
  async demandCustody({ handle }: Pick<OwnRef, 'handle'>): Promise<void> {
    if ((await this.modules.takenOver.of(handle)) !== undefined) throw new ChartError({ code: 'consent.taken-over' });
  }

  /** Throws ChartError `consent.taken-over` for terms of a key that does not decide. */
  private async demandHolder(ref: OwnRef, given: Pick<KnownTerms, 'object' | 'terms' | 'ends'>): Promise<void> {
    const [known] = await this.modules.takenOver.settled(ref, [{ ...given, status: 'active', row: undefined }]);
    if (known === undefined || known.status === 'void') throw new ChartError({ code: 'consent.taken-over' });
  }

  private demandPeriod(ends: number, now: number): void {
    if (ends <= now || ends > now + MAX_GRANT_MS) throw new ChartError({ code: 'consent.period' });
  }

  private async file(ref: OwnRef, terms: Terms, ends: number, salt: Uint8Array): Promise<Changed> {
    const { store, keys, charts, outgoing, pending, author } = this.modules;
    const { policy, provision } = terms;
    const { effect } = provision;
    const { categories } = provision.data;
    const [actor] = provision.actors;
    const grantees = await this.clinics(actor);
    const ours = actor.kind === 'application' && clinicOfApplication(actor.id) === ref.clinic;
    if (grantees.length === 0 && policy === '' && !ours) throw new ChartError({ code: 'consent.actor' });
    const object = objectId(CONSENT_COMMIT, { type: 'clinic', clinic: ref.clinic }, salt);
    const termsSalt = randomBytes(SALT32);
    const packets = effect === 'deny' ? 0 : grantees.length * categories.length;
    const statement = await charts.change(async () => {
      // In turn: a take-over that came meanwhile counts.
      if (effect === 'permit' && terms.grantor.kind === 'custody') await this.demandCustody(ref);
      if (terms.grantor.kind === 'take-over') await this.demandHolder(ref, { object, terms, ends });
      if ((await store.given(object)) !== undefined) throw new ChartError({ code: 'consent.ended' });
      await demandRoom(store, ref, { effect, packets, held: terms.grantor.kind === 'take-over' });
      const key = await keys.inForce(ref, 'consent');
      const sealed = sealTerms({ ...ref, object, epoch: key.epoch }, key.key, termsSalt, terms);
      const commitment = termsCommitment(termsSalt, encodeTerms(terms));
      // Without the name of the chart, which only custodians know.
      const body = new Writer(sealed.sealed.length + 5).u8(TERMS_FORM).u32(sealed.epoch);
      const attachment = {
        salt: randomBytes(SALT32),
        bytes: body.fixed(sealed.sealed, sealed.sealed.length).finish(),
      };
      const payload = encodeCommit({ salt, commitment, ends });
      const made = author.make({ kind: CONSENT_COMMIT, object, version: 1, payload, attachment });
      const writes: LocalWrite[] = [...key.writes, putChart(ref.handle, ref), putTerms(sealed), pending.put(ref, made)];
      writes.push(putGiven({ object, chart: ref.chart, handle: ref.handle, ended: 0 }));
      // A denial takes keys from branches that had them as such.
      if (effect === 'deny') writes.push({ type: 'put', key: untidyKey(ref.chart), value: ref.handle });
      writes.push(...outgoing.queue(await this.everyCustodian(ref), [{ type: 'terms', terms: sealed }]));
      await store.batch(writes);
      if (effect === 'permit') await this.givePackets(ref, { object, terms, ends }, grantees);
      return made;
    });
    await pending.submit([{ ref, statement }]);
    outgoing.wake();
    if (effect === 'deny') this.rewrapLater(ref);
    return { consent: object, statement: statement.id };
  }

  /** Branches of the organisation read as such, or not. What came of it: the consents that were given or taken back. */
  async organisationRule(ref: OwnRef, on: boolean, by: Uint8Array | undefined): Promise<readonly Changed[]> {
    const { clock, members, author } = this.modules;
    const off = await this.offs(ref);
    if (!on) {
      if (off.length > 0) return [];
      const organisation = members.current.clinic(author.clinic)?.organisation ?? 0;
      const actor: Actor = { kind: 'organisation', organisation };
      const about = { categories: GRANTABLE, purposes: ['TREAT'] as const, policy: ORGANISATION_RULE_OFF };
      const ends = clock.now() + MAX_GRANT_MS;
      return [await this.give(ref, { effect: 'deny', actor, ...about, ends, mode: 'view', by })];
    }
    await this.demandCustody(ref);
    const taken: Changed[] = [];
    for (const { object } of off) taken.push({ consent: object, ...(await this.revoke(object)) });
    return taken;
  }

  /** What a word of whoever took over says of denials: that those have ended. Throws as `giveHeld`. */
  async lift(ref: OwnRef, word: HeldWord): Promise<readonly Changed[]> {
    const said = decodeWord(word.word);
    const denials = (await this.list(ref)).filter(
      ({ terms, status }) => terms.provision.effect === 'deny' && status === 'active',
    );
    const over = denials.filter(({ object, terms }) => isLifting(said, object, terms));
    if (over.length === 0) return [];
    const { statement } = await this.giveHeld(ref, word);
    const taken: Changed[] = [];
    for (const { object } of over) {
      if (((await this.modules.store.given(object))?.ended ?? 0) === 0) {
        taken.push({ consent: object, ...(await this.revoke(object, 'holder')) });
        continue;
      }
      // The clinic took it back too late to end it: the word alone does.
      taken.push({ consent: object, statement });
      await this.revisit(ref);
    }
    return taken;
  }

  /**
   * Counts here when it resolves. `by`: the clinic takes back what it gave itself, and once somebody took over of denials only its
   * own of afterwards. Throws ChartError `consent.unknown`, `consent.ended`, `consent.taken-over`.
   */
  async revoke(object: Uint8Array, by: 'clinic' | 'holder' = 'clinic'): Promise<{ statement: Uint8Array }> {
    const { store, charts, pending, author, outgoing } = this.modules;
    const given = await store.given(object);
    if (given === undefined) throw new ChartError({ code: 'consent.unknown' });
    if (given.ended > 0) throw new ChartError({ code: 'consent.ended' });
    const ref = { clinic: author.clinic, chart: given.chart, handle: given.handle };
    if (by === 'clinic') await this.demandOwn(ref, object);
    const statement = author.make({ kind: CONSENT_REVOKE, object, version: 1, payload: new Uint8Array(0) });
    await charts.change(async () => {
      await this.end(ref, object, [pending.put(ref, statement)]);
      await this.endPassedOn(ref, object);
    });
    await pending.submit([{ ref, statement }]);
    outgoing.wake();
    this.rewrapLater(ref);
    return { statement: statement.id };
  }

  /** By which branches are kept from reading by being branches. */
  private async offs(ref: OwnRef): Promise<readonly KnownTerms[]> {
    const all = await this.list(ref);
    return all.filter(({ terms, status }) => terms.policy === ORGANISATION_RULE_OFF && status === 'active');
  }

  private async demandOwn(ref: OwnRef, object: Uint8Array): Promise<void> {
    if ((await this.modules.takenOver.of(ref.handle)) === undefined) return;
    const one = (await this.list(ref)).find((known) => equalBytes(known.object, object));
    const opens = one?.terms.provision.effect === 'permit' && one.terms.grantor.kind !== 'take-over';
    if (opens || (one !== undefined && (await this.modules.takenOver.isClinics(ref.handle, one)))) return;
    throw new ChartError({ code: 'consent.taken-over' });
  }

  /** Of a chart, with those that ended. */
  async list(ref: OwnRef): Promise<readonly KnownTerms[]> {
    return (await this.modules.judge.terms(ref)) ?? [];
  }

  /** Ends what is over by its date, finishes what a stop interrupted. */
  async tidy(ref: OwnRef): Promise<void> {
    const { store, charts, clock } = this.modules;
    await charts.change(async () => {
      const all = await this.list(ref);
      for (const known of all) {
        const given = await store.given(known.object);
        if (given === undefined || given.ended > 0) continue;
        // Of what no block had in time one may have it yet: until that is over, its keys alone are taken.
        if (known.status === 'void') {
          await this.takePackets(ref, known.object);
          continue;
        }
        // While a denial stands over it what was passed on says nothing, and does again once that is withdrawn.
        const over = known.ends <= clock.now() || isSourceOver(known, all);
        if (known.status !== 'active' && over) await this.end(ref, known.object, []);
        else if (known.status === 'active' && known.terms.provision.effect === 'permit' && !isVault(known.terms)) {
          const [actor] = known.terms.provision.actors;
          await this.givePackets(ref, known, await this.clinics(actor));
        }
      }
      await this.rewrap(ref);
    });
  }

  /** What it is open to is worked out anew, soon. */
  async revisit({ chart, handle, clinic }: OwnRef): Promise<void> {
    await this.modules.store.batch([{ type: 'put', key: untidyKey(chart), value: handle }]);
    this.rewrapLater({ clinic, chart, handle });
  }

  private async end(ref: OwnRef, object: Uint8Array, writes: readonly LocalWrite[]): Promise<void> {
    const { store, clock } = this.modules;
    const { chart, handle } = ref;
    const untidy: LocalWrite = { type: 'put', key: untidyKey(chart), value: handle };
    await store.batch([...writes, untidy, putGiven({ object, chart, handle, ended: clock.now() })]);
    await this.takePackets(ref, object);
  }

  private async takePackets(ref: OwnRef, object: Uint8Array): Promise<void> {
    const { store, charts } = this.modules;
    for (const category of GRANTABLE) {
      const packets = await store.packets(ref, category);
      if (packets.some(({ grant }) => equalBytes(grant, object))) await charts.take(ref, category, object);
    }
  }

  /** Others read by what was passed on no longer; every custodian sees that from the end of the grant itself. */
  private async endPassedOn(ref: OwnRef, source: Uint8Array): Promise<void> {
    for (const { object, terms } of await this.list(ref)) {
      const from = passedOnFrom(terms);
      if (from === undefined || !equalBytes(from, source)) continue;
      if ((await this.modules.store.given(object))?.ended === 0) await this.end(ref, object, []);
    }
  }

  /** Lazy: whoever revokes does not wait for it. */
  private rewrapLater(ref: OwnRef): void {
    const { charts } = this.modules;
    // A failure is met again by the next tidying.
    charts.change(() => this.rewrap(ref)).catch(() => undefined);
  }

  private async rewrap(ref: OwnRef): Promise<void> {
    await this.modules.charts.tidy(ref);
    await this.modules.store.batch([{ type: 'del', key: untidyKey(ref.chart) }]);
  }

  private async givePackets(
    ref: OwnRef,
    { object, terms, ends }: Pick<KnownTerms, 'object' | 'terms' | 'ends'>,
    clinics: readonly ClinicNumber[],
  ): Promise<void> {
    const { store, charts } = this.modules;
    const { provision } = terms;
    const purpose = provision.purposes.length === 0 ? 0 : PURPOSES.indexOf(provision.purposes[0].code) + 1;
    for (const category of provision.data.categories) {
      const packets = await store.packets(ref, category);
      const missing = clinics.filter(
        (clinic) => !packets.some((packet) => packet.grantee === clinic && equalBytes(packet.grant, object)),
      );
      if (missing.length === 0) continue;
      const to = missing.map((clinic) => ({ clinic, grant: object, purpose, ends }));
      await charts.give(ref, category, to);
    }
  }

  private async everyCustodian(ref: OwnRef): Promise<ClinicNumber[]> {
    const all = new Set<ClinicNumber>();
    for (const category of CATEGORIES)
      for (const one of await this.modules.store.custodians(ref, category)) all.add(one);
    return [...all];
  }

  /** The clinics that serve the actor's people, other than this one. */
  private async clinics(actor: Actor): Promise<ClinicNumber[]> {
    const { author } = this.modules;
    return (await clinicsOfActor(actor, this.modules)).filter((one) => one !== author.clinic);
  }

  private terms({ chart, clinic }: OwnRef, consent: NewConsent, givenAt: number): Terms {
    const { effect, actor, purposes, categories, ends, mode, by, policy = '' } = consent;
    const { written, labels, items } = consent.data ?? ALL_DATA;
    return {
      subject: { kind: 'chart', id: chart },
      grantor: { kind: 'custody', clinic, ...(by === undefined ? {} : { account: by }) },
      ...{ givenAt, mode, policy },
      provision: {
        ...{
          effect,
          actors: [actor],
          purposes: purposes.map((code) => ({ code })),
          period: { from: givenAt, until: ends },
        },
        data: { categories: [...categories], written, labels, items },
        exceptions: [],
      },
    };
  }
}

/** Of a vault the patient gives the keys herself. */
function isVault({ grantor }: Terms): boolean {
  return grantor.kind === 'patient';
}
