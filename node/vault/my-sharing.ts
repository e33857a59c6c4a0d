// What a patient lets others read at this clinic, by her signed word: of the clinic's chart by the clinic's authority, of her vault
// by packets that her browser made. Owns the order of these; who is served is decided where every reader is.
import { randomBytes } from '#crypto';
import { equalBytes, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { codeOf } from '../../common/errors.ts';
import { Serial } from '../../common/serial.ts';
import { CONSENT_COMMIT } from '../../consensus/ledger/kinds.ts';
import { objectId, SALT_BYTES } from '../../consensus/ledger/objects.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { Category } from '../../records/category.ts';
import type { Packet } from '../../records/chart/packet.ts';
import { passedOnFrom } from '../../records/consent/delegation.ts';
import { type Actor, LIFTED } from '../../records/consent/terms.ts';
import {
  decodeWord,
  encodeWord,
  NOTHING_ASKED,
  type PatientAct,
  type PatientWord,
  type SharedTerms,
  shareOf,
  verifyWord,
} from '../../records/vault/word.ts';
import type { Charts } from '../charts/charts.ts';
import { clinicsOfActor } from '../charts/clinics-of-actor.ts';
import { ChartError } from '../charts/errors.ts';
import { type Changed, GRANTABLE } from '../charts/granting.ts';
import type { OwnRef } from '../charts/own-chart.ts';
import type { AccessLogPort } from '../charts/ports.ts';
import type { KnownRequest } from '../charts/requests.ts';
import type { MemberSets } from '../members/member-sets.ts';
import { accessBy, type DoneBy, demandOwn } from './acting.ts';
import { shutBefore } from './branch-words.ts';
import { MeError } from './errors.ts';
import type { AttachedPatient } from './patient-accounts.ts';
import { ACTIONS, HELD_ALONE, LOGGED_ELSEWHERE, NARROWS, PERMITS } from './patient-acts.ts';
import { type KnownShare, MAX_WORDS, type PatientWords, type SignedWord } from './patient-words.ts';
import { byOf, isVaults, modesOf, type ShownShare, shutsBranchesOut } from './shown-share.ts';
import type { VaultCharts, VaultGrant, VaultRef } from './vault-charts.ts';
import type { VaultConsents } from './vault-consents.ts';

/** How far a word may be from now. */
const WORD_WINDOW_MS = 300_000;

export interface MySharingModules {
  readonly charts: Charts;
  readonly vault: VaultCharts;
  readonly consents: VaultConsents;
  readonly words: PatientWords;
  readonly members: Pick<MemberSets, 'current'>;
  readonly log: AccessLogPort;
  readonly clock: Pick<Clock, 'now'>;
  isDevice(key: Uint8Array, account: Uint8Array): Promise<boolean>;
  /** Clinics at which an account has a role now. */
  clinicsOf(account: Uint8Array): Promise<readonly ClinicNumber[]>;
  /** The same as it is now. Throws MeError, RepresentativeError where the account is hers, or acts for her, no more. */
  still(patient: AttachedPatient): Promise<AttachedPatient>;
}

/** What a device signed, as it comes with a call. */
export interface GivenWord {
  readonly key: Uint8Array;
  readonly at: number;
  readonly signature: Uint8Array;
}

/** `held`: by the key of the take-over that decides. */
export type CheckedWord = SignedWord & { readonly held: boolean };

/** For what stands in the vault: the salt of the consent that the packets name. */
export interface VaultPart {
  readonly salt: Uint8Array;
  readonly packets: readonly Packet[];
}

/** `whole`: nothing of the share goes on. `rekey`: of the vault, what needs a new key. */
export interface Stopped {
  readonly whole: boolean;
  readonly rekey: readonly Category[];
}

export class MySharing {
  private readonly options: { readonly clinic: ClinicNumber; readonly genesisId: Uint8Array };
  private readonly modules: MySharingModules;
  /**
   * Between the look whether a word or a request was taken and the writing that it was, no other one is looked at. Whoever gives
   * is asked for in it: what somebody shares is there when it ends, or she is refused.
   */
  private readonly giving = new Serial();

  constructor(options: { readonly clinic: ClinicNumber; readonly genesisId: Uint8Array }, modules: MySharingModules) {
    this.options = options;
    this.modules = modules;
  }

  /** Requests to this clinic about the patient, newest first. */
  async requests({ handle }: AttachedPatient): Promise<KnownRequest[]> {
    const all = await this.modules.charts.requests.list();
    return all.filter(
      ({ request }) =>
        equalBytes(request.handle, handle) && request.writer === this.options.clinic && request.delegate === undefined,
    );
  }

  /** Throws MeError `me.word`, `me.vault`, ChartError. The share; undefined where it was refused. */
  answer(
    patient: AttachedPatient,
    object: Uint8Array,
    allow: boolean,
    given: GivenWord,
    vault: VaultPart | undefined,
  ): Promise<Uint8Array | undefined> {
    return this.giving.run(() => this.answerAlone(patient, object, allow, given, vault));
  }

  /** Throws MeError `me.word`, `me.vault`, ChartError. */
  async share(
    patient: AttachedPatient,
    terms: SharedTerms,
    given: GivenWord,
    vault: VaultPart | undefined,
  ): Promise<Uint8Array> {
    const word = await this.word(patient, 'share', NOTHING_ASKED, terms, given);
    const give = async () => this.give(await this.modules.still(patient), terms, word, vault);
    return (await this.giving.run(give)).share;
  }

  /** Keeps somebody from reading, whatever clinics gave: by the key of a take-over. Throws MeError, ChartError. */
  async deny(patient: AttachedPatient, terms: SharedTerms, given: GivenWord): Promise<Uint8Array> {
    const word = await this.word(patient, 'deny', NOTHING_ASKED, terms, given);
    return this.giving.run(async () => {
      const { charts, words } = this.modules;
      await this.modules.still(patient);
      const share = await this.newShare(patient, word, false);
      if ((await this.recipients(terms.actor)).length === 0) throw new ChartError({ code: 'consent.actor' });
      const own = charts.writing.ref(patient.pid, patient.handle);
      const { consent } = await this.decided(patient, 'deny', () => charts.granting.giveHeld(own, word));
      await words.keepShare(patient.handle, { ...word, share, consents: [consent] });
      await this.note(patient, 'deny', terms.purposes[0] ?? '', consent);
      return share;
    });
  }

  /**
   * Nothing new is served when it resolves, of what the word may stop. Of what shuts somebody out the end lets
   * them read again: the key of a take-over alone says it.
   */
  async stop(patient: AttachedPatient, share: Uint8Array, given: GivenWord): Promise<Stopped> {
    const { charts, words, vault } = this.modules;
    const shown = (await this.shares(patient)).find((one) => equalBytes(one.share, share));
    if (shown === undefined) throw new ChartError({ code: 'consent.unknown' });
    const opens = shown.consents.every(({ terms }) => terms.provision.effect === 'permit');
    const authority = opens ? undefined : await charts.takenOver.of(patient.handle);
    if (!opens && authority === undefined) throw new ChartError({ code: 'consent.unknown' });
    const word = await this.word(patient, opens ? 'stop' : 'lift', share, undefined, given);
    const by = accessBy(this.options, patient);
    if (!opens) {
      const own = charts.writing.ref(patient.pid, patient.handle);
      const lifted = await this.decided(patient, 'lift', () => charts.granting.lift(own, word));
      // What shuts branches out is lifted by saying that they read.
      if (lifted.length === 0) throw new ChartError({ code: 'consent.ended' });
      await words.keepStop(patient.handle, share, word);
      for (const { consent } of lifted) await this.note(patient, 'revoke', '', consent);
      return { whole: true, rekey: [] };
    }
    const whole = shown.by !== 'take-over' || word.held;
    if (!whole) {
      // Her vault is hers, whoever took over what clinics keep: of that share nothing else is stopped.
      const own = shown.consents.filter(({ terms, status }) => isVaults(terms) && status !== 'revoked');
      if (own.length === 0) throw await this.refused(patient, 'stop');
      for (const { object } of own) await words.keepStop(patient.handle, object, word);
      await this.revoke(by, own);
    } else {
      await words.keepStop(patient.handle, share, word);
      await this.revoke(by, shown.consents, word.held ? 'holder' : 'clinic');
    }
    if (patient.acting !== undefined) return { whole, rekey: [] };
    const ref = vault.ref(patient);
    return { whole, rekey: await vault.due(ref, await this.vaultGrants(ref)) };
  }

  /**
   * What somebody shared while she acted for a patient ends with that, by whoever ended it; with `beyond`, ms, what would last
   * longer alone.
   */
  endBy(by: DoneBy, account: Uint8Array, beyond?: number): Promise<void> {
    return this.endGiven(by, account, ({ patient: other, terms }) => {
      const lasts = beyond === undefined || (terms !== undefined && terms.until > beyond);
      return other !== undefined && lasts;
    });
  }

  /** What an account shared as the patient's own, once it is hers no more. What it keeps from reading stays shut. */
  endOwn(by: DoneBy, account: Uint8Array): Promise<void> {
    return this.endGiven(by, account, ({ patient: other, terms }) => other === undefined && terms !== undefined);
  }

  /** Everything that is or was shared, newest first; of the vault for the patient alone. */
  async shares(patient: AttachedPatient): Promise<ShownShare[]> {
    const { charts, vault, words } = this.modules;
    const own = await charts.ofHandle(patient.handle);
    const inChart = own === undefined ? [] : await charts.granting.list(own);
    const inVault = patient.acting === undefined ? await charts.granting.list(vault.ref(patient)) : [];
    const left = new Map([...inChart, ...inVault].map((one) => [toHex(one.object), one]));
    const shown: ShownShare[] = [];
    for (const { share, consents, word } of await words.shares(patient.handle)) {
      const known = consents.flatMap((object) => left.get(toHex(object)) ?? []);
      for (const { object } of known) left.delete(toHex(object));
      const by = byOf(decodeWord(word));
      if (known.length > 0) shown.push({ share, consents: known, modes: modesOf(known), by });
    }
    for (const one of left.values()) {
      const held = one.terms.grantor.kind === 'take-over';
      if (held && one.terms.policy === LIFTED) continue;
      const by = held ? 'take-over' : passedOnFrom(one.terms) === undefined ? 'clinic' : 'grantee';
      shown.push({ share: one.object, consents: [one], modes: modesOf([one]), by });
    }
    return shown.sort((a, b) => b.consents[0].terms.givenAt - a.consents[0].terms.givenAt);
  }

  /** Whether branches of the organisation read by being branches; undefined where it has no other, or nothing stands here. */
  async branches({ handle }: AttachedPatient): Promise<boolean | undefined> {
    const { charts, members } = this.modules;
    const organisation = members.current.clinic(this.options.clinic)?.organisation ?? 0;
    const own = await charts.ofHandle(handle);
    if (own === undefined || members.current.clinicsOf(organisation).length < 2) return undefined;
    return !(await charts.granting.list(own)).some(shutsBranchesOut);
  }

  /** Counts here when it resolves. Throws MeError `me.word`, ChartError. */
  async setBranches(patient: AttachedPatient, read: boolean, given: GivenWord): Promise<void> {
    const { charts, words } = this.modules;
    const word = await this.word(patient, read ? 'branches-on' : 'branches-off', NOTHING_ASKED, undefined, given);
    await this.giving.run(async () => {
      await this.modules.still(patient);
      const share = await this.newShare(patient, word, read);
      const before = read ? undefined : shutBefore(await words.shares(patient.handle), word);
      const own = charts.writing.ref(patient.pid, patient.handle);
      const changed = await this.decided(patient, read ? 'branches-on' : 'branches-off', () =>
        word.held ? this.setHeld(own, read, word) : charts.granting.organisationRule(own, read, patient.account),
      );
      const consents = changed.map(({ consent }) => consent);
      // Said again of what is shut: the newest word stands for it. Else words would be kept without a bound.
      const again = consents.length === 0 ? before : undefined;
      await words.keepShare(patient.handle, { ...word, share, consents: read ? [] : (again?.consents ?? consents) });
      if (again !== undefined) await words.dropShare(patient.handle, again.share);
      for (const consent of consents) await this.note(patient, read ? 'revoke' : 'deny', '', consent);
    });
  }

  private async setHeld(own: OwnRef, read: boolean, word: SignedWord): Promise<readonly Changed[]> {
    const { granting } = this.modules.charts;
    if (read) {
      const lifted = await granting.lift(own, word);
      // Shut out by something newer than the word, which then says nothing.
      const still = lifted.length === 0 && (await granting.list(own)).some(shutsBranchesOut);
      if (still) throw new ChartError({ code: 'consent.ended' });
      return lifted;
    }
    const shut = (await granting.list(own)).some(
      (one) => one.terms.grantor.kind === 'take-over' && shutsBranchesOut(one),
    );
    return shut ? [] : [await granting.giveHeld(own, word)];
  }

  /** What packets of the vault may be made for now. */
  async vaultGrants(ref: VaultRef): Promise<VaultGrant[]> {
    const known = await this.modules.charts.granting.list(ref);
    const grants: VaultGrant[] = [];
    for (const { object, terms, status, ends } of known) {
      const { provision } = terms;
      const [actor] = provision.actors;
      if (status !== 'active' || provision.effect !== 'permit' || actor === undefined) continue;
      const purposes = provision.purposes.map(({ code }) => code);
      const { categories } = provision.data;
      grants.push({ object, categories, purposes, ends, clinics: await this.recipients(actor) });
    }
    return grants;
  }

  /** The clinics that serve the actor's people, this one too. */
  async recipients(actor: Actor): Promise<ClinicNumber[]> {
    return [...new Set(await clinicsOfActor(actor, this.modules))];
  }

  private endGiven(by: DoneBy, account: Uint8Array, which: (word: PatientWord) => boolean): Promise<void> {
    return this.giving.run(async () => {
      for (const { word, consents } of await this.modules.words.shares(by.handle)) {
        const said = decodeWord(word);
        // What was signed with the key of a take-over stays its own.
        if (said.takeOver !== undefined || !equalBytes(said.account, account) || !which(said)) continue;
        await this.revoke(
          by,
          consents.map((object) => ({ object })),
        );
      }
    });
  }

  private async answerAlone(
    caller: AttachedPatient,
    object: Uint8Array,
    allow: boolean,
    given: GivenWord,
    vault: VaultPart | undefined,
  ): Promise<Uint8Array | undefined> {
    const patient = await this.modules.still(caller);
    const { requests } = this.modules.charts;
    const { request } = await requests.open(object);
    if (!equalBytes(request.handle, patient.handle)) throw new ChartError({ code: 'consent.unknown' });
    const terms = allow ? termsOf(request) : undefined;
    const word = await this.word(patient, allow ? 'allow' : 'refuse', object, terms, given);
    if (terms === undefined) {
      const share = shareOf(word.word);
      await this.modules.words.keepShare(patient.handle, { ...word, share, consents: [] });
      await requests.answered(object, 'denied', share);
      await this.note(patient, 'deny', request.purpose, undefined);
      return undefined;
    }
    const share = await this.give(patient, terms, word, vault);
    await requests.answered(object, 'granted', share.consents[0] ?? share.share);
    return share.share;
  }

  private async give(
    patient: AttachedPatient,
    terms: SharedTerms,
    word: CheckedWord,
    part: VaultPart | undefined,
  ): Promise<KnownShare> {
    const { charts, words } = this.modules;
    const { actor, purposes, until: ends } = terms;
    const share = await this.newShare(patient, word, true);
    const categories = terms.categories.filter((category) => GRANTABLE.includes(category));
    const recipients = await this.recipients(actor);
    if (recipients.length === 0) throw new ChartError({ code: 'consent.actor' });
    const { acting } = patient;
    if (!word.held && acting !== undefined && ends > acting.ends)
      throw new MeError({ code: 'me.beyond-end', ends: acting.ends });
    if (part !== undefined) demandOwn(patient);
    const consents: Uint8Array[] = [];
    const consent = { effect: 'permit', actor, purposes, categories, ends, mode: 'view', by: patient.account } as const;
    // The clinic's own people read its chart as they always do; an application reads by name alone.
    const elsewhere = actor.kind === 'application' || recipients.some((one) => one !== this.options.clinic);
    const inVault =
      acting === undefined ? await this.vaultGrant(patient, terms, categories, recipients, part) : undefined;
    if (elsewhere || inVault === undefined) {
      const own = charts.writing.ref(patient.pid, patient.handle);
      const given = await this.decided(patient, 'share', () =>
        word.held ? charts.granting.giveHeld(own, word) : charts.granting.give(own, consent),
      );
      consents.push(given.consent);
    }
    if (inVault !== undefined) consents.push(await inVault());
    for (const given of consents) await this.note(patient, 'grant', purposes[0] ?? '', given);
    const { key, signature } = word;
    const known = { word: word.word, key, signature, share, consents };
    await words.keepShare(patient.handle, known);
    return known;
  }

  /** Of a word that comes for the first time. What shuts somebody out always finds room. Throws MeError `me.word`, `me.full`. */
  private async newShare({ handle }: AttachedPatient, { word }: SignedWord, permits: boolean): Promise<Uint8Array> {
    const { words } = this.modules;
    const share = shareOf(word);
    if ((await words.share(handle, share)) !== undefined) throw new MeError({ code: 'me.word' });
    if (!permits) return share;
    const given = (await words.shares(handle)).filter(({ word: one }) => PERMITS.includes(decodeWord(one).act));
    if (given.length >= MAX_WORDS) throw new MeError({ code: 'me.full', limit: MAX_WORDS });
    return share;
  }

  /** Looks at what came for the vault; the consent is given when what it gives is called. Throws MeError `me.vault`. */
  private async vaultGrant(
    patient: AttachedPatient,
    terms: SharedTerms,
    categories: readonly Category[],
    clinics: readonly ClinicNumber[],
    part: VaultPart | undefined,
  ): Promise<() => Promise<Uint8Array>> {
    const { vault, consents } = this.modules;
    const ref = vault.ref(patient);
    const salt = part?.salt ?? randomBytes(SALT_BYTES);
    const object = objectId(CONSENT_COMMIT, { type: 'clinic', clinic: this.options.clinic }, salt);
    const { purposes, until: ends } = terms;
    const grant = { object, categories, purposes, ends, clinics };
    const packets = await vault.packetsFor(ref, grant, part?.packets ?? []);
    return () => consents.give(ref, { ...terms, categories }, salt, packets);
  }

  private async revoke(
    by: DoneBy,
    consents: readonly { readonly object: Uint8Array }[],
    whose: 'clinic' | 'holder' = 'clinic',
  ): Promise<void> {
    const { charts, log } = this.modules;
    for (const { object } of consents) {
      const revoked = await charts.granting.revoke(object, whose).then(
        () => true,
        (error) => {
          // A denial stays whoever gave it acts no more: somebody else decides about it.
          if (codeOf(error) !== 'consent.ended' && codeOf(error) !== 'consent.taken-over') throw error;
          return false;
        },
      );
      if (revoked) await log.append({ ...by, action: 'revoke', records: [], grant: object });
    }
  }

  /**
   * What a device of the caller's, or the key of whoever took over, signed just now. Throws MeError `me.word`, `me.taken-over` where
   * that key alone decides.
   */
  async word(
    caller: AttachedPatient,
    act: PatientAct,
    about: Uint8Array,
    terms: SharedTerms | undefined,
    { key, at, signature }: GivenWord,
  ): Promise<CheckedWord> {
    const { account, handle, acting } = caller;
    const { clinic, genesisId } = this.options;
    const { charts, clock, isDevice } = this.modules;
    const authority = await charts.takenOver.of(handle);
    const held = authority !== undefined && equalBytes(authority.key, key);
    if (authority !== undefined && !held && !NARROWS.includes(act)) throw await this.refused(caller, act);
    const by = held ? { patient: handle, takeOver: authority.takeOver } : { patient: acting && handle };
    const word = bytesOf({ act, clinic, account, about, terms, at, ...by });
    const timely = Math.abs(clock.now() - at) <= WORD_WINDOW_MS;
    const known = held || (!HELD_ALONE.includes(act) && (await isDevice(key, account)));
    if (word === undefined || !timely || !known || !(await verifyWord(word, genesisId, key, signature))) {
      if (!LOGGED_ELSEWHERE.includes(act)) await this.noteRefused(caller, act, 'word');
      throw new MeError({ code: 'me.word' });
    }
    return { word, key, signature, held };
  }

  /** Throws MeError `me.taken-over` where somebody took over and did not sign this. */
  async demandHolder(
    patient: AttachedPatient,
    act: PatientAct,
    about: Uint8Array,
    given: GivenWord | undefined,
  ): Promise<void> {
    if ((await this.modules.charts.takenOver.of(patient.handle)) === undefined) return;
    if (given === undefined) throw await this.refused(patient, act);
    await this.word(patient, act, about, undefined, given);
  }

  /** Somebody took over since the word was looked at: written down as what is refused at once. */
  private decided<T>(patient: AttachedPatient, act: PatientAct, decide: () => Promise<T>): Promise<T> {
    return decide().catch(async (error) => {
      if (codeOf(error) === 'consent.taken-over') await this.noteRefused(patient, act, 'taken-over');
      throw error;
    });
  }

  private async refused(patient: AttachedPatient, act: PatientAct): Promise<MeError> {
    await this.noteRefused(patient, act, 'taken-over');
    return new MeError({ code: 'me.taken-over' });
  }

  /** Denial is as audited as permission. */
  private async noteRefused(patient: AttachedPatient, act: PatientAct, reason: 'taken-over' | 'word'): Promise<void> {
    const access = { ...accessBy(this.options, patient), outcome: 'refused', reason, records: [] } as const;
    await this.modules.log.append({ ...access, action: ACTIONS[act] ?? 'grant' });
  }

  private async note(
    patient: AttachedPatient,
    action: 'grant' | 'deny' | 'revoke',
    purpose: string,
    grant: Uint8Array | undefined,
  ): Promise<void> {
    await this.modules.log.append({ ...accessBy(this.options, patient, purpose), action, records: [], grant });
  }
}

/** Undefined for terms that no word holds: nobody signed them. */
function bytesOf(word: PatientWord): Uint8Array | undefined {
  try {
    return encodeWord(word);
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

/** To the person who asked, what was asked for. */
export function termsOf({ account, categories, purpose, until }: KnownRequest['request']): SharedTerms {
  return { actor: { kind: 'person', account }, categories, purposes: [purpose], until };
}
