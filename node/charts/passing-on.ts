// Grants of this clinic's charts that their grantees pass on: what another clinic asks in the name of one of its people is given
// or refused at once, by what that person was given, since nothing becomes wider by it: nobody who is shut out gets it, nor gets it
// again who had it taken away. Owns the answer; it counts like any grant that no denial speaks against.
import { equalBytes } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { Serial } from '../../common/serial.ts';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import type { ClinicNumber, OrganisationNumber } from '../../consensus/ledger/types.ts';
import { mayPassOn, passedOnFrom, passedOnPolicy } from '../../records/consent/delegation.ts';
import type { Somebody } from '../../records/consent/match.ts';
import { shutsOut } from '../../records/consent/statements.ts';
import type { AccessMode } from '../../records/consent/terms.ts';
import type { ChartStore } from './chart-store.ts';
import type { Granting } from './granting.ts';
import type { Judge } from './judge.ts';
import type { OwnRef } from './own-chart.ts';
import { type AccessLogPort, accessOf, type KnownTerms } from './ports.ts';
import type { KnownRequest, Requests } from './requests.ts';

export interface PassingOnModules {
  readonly granting: Pick<Granting, 'give' | 'list'>;
  readonly requests: Pick<Requests, 'onRequest' | 'list' | 'get' | 'answered'>;
  readonly judge: Pick<Judge, 'about'>;
  readonly store: Pick<ChartStore, 'given'>;
  readonly log: AccessLogPort;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
  ofHandle(handle: Uint8Array): Promise<OwnRef | undefined>;
  /** Live now, everywhere. */
  rolesOf(account: Uint8Array): Promise<readonly HeldRole[]>;
  organisationOf(clinic: ClinicNumber): OrganisationNumber;
}

interface HeldRole {
  readonly role: Role;
  readonly clinic: ClinicNumber;
}

type Request = KnownRequest['request'];

/** Colleagues who read at once by one grant that was passed on to them. */
export const MAX_PASSED_ON = 8;
const TREATS: ReadonlySet<Role> = new Set<Role>(['doctor', 'nurse']);

export class PassingOn {
  private readonly clinic: ClinicNumber;
  private readonly modules: PassingOnModules;
  /** The same request may come by its block and by a look for what is open. */
  private readonly answering = new Serial();

  constructor(options: { readonly clinic: ClinicNumber }, modules: PassingOnModules) {
    this.clinic = options.clinic;
    this.modules = modules;
    modules.requests.onRequest((known) => {
      this.answer(known).catch((error) => {
        // It is looked at again with all that is open.
        modules.logger.warn({ code: codeOf(error) }, 'a grant that is passed on has no answer yet');
      });
    });
  }

  /** What a stop left without an answer. */
  async answerOpen(): Promise<void> {
    for (const known of await this.modules.requests.list()) {
      if (known.state === 'open' && known.request.writer === this.clinic) await this.answer(known);
    }
  }

  private answer({ object }: KnownRequest): Promise<void> {
    return this.answering.run(async () => {
      const known = await this.modules.requests.get(object);
      const delegate = known?.request.delegate;
      if (known === undefined || known.state !== 'open' || delegate === undefined) return;
      await this.decide(known, delegate);
    });
  }

  private async decide({ object, request }: KnownRequest, delegate: Uint8Array): Promise<void> {
    const { granting, requests, log } = this.modules;
    const { handle, account, role, clinic, purpose, categories, until } = request;
    const ref = await this.modules.ofHandle(handle);
    const source = ref && (await this.sourceOf(ref, request, delegate));
    const access = {
      ...accessOf({ clinic: this.clinic }, { account, roles: [role] }, handle, purpose),
      reader: { account, roles: [role], clinic },
      records: [],
    };
    let reason = 'no-consent';
    // Of what has ended meanwhile nothing can be given.
    const over = until <= this.modules.clock.now();
    const give = async (to: OwnRef, { object: from, terms }: KnownTerms): Promise<Uint8Array | undefined> => {
      const { written, labels, items } = terms.provision.data;
      const given = granting.give(to, {
        ...{ effect: 'permit', actor: { kind: 'person', account: delegate }, purposes: [purpose], categories },
        ...{ data: { written, labels, items }, policy: passedOnPolicy(from), mode: terms.mode, ends: until },
        by: account,
      });
      return given.then(
        ({ consent }) => consent,
        (error) => {
          // Left open, it would come again each time, before the requests of all others.
          if (codeOf(error) !== 'consent.full' && codeOf(error) !== 'consent.taken-over') throw error;
          if (codeOf(error) === 'consent.taken-over') reason = 'taken-over';
          return undefined;
        },
      );
    };
    const consent = ref === undefined || source === undefined || over ? undefined : await give(ref, source);
    if (consent === undefined) {
      await log.append({ ...access, action: 'grant', outcome: 'refused', reason });
      await requests.answered(object, 'denied', object);
      return;
    }
    await log.append({ ...access, action: 'grant', reason: 'consent', grant: consent });
    await requests.answered(object, 'granted', consent);
  }

  /** The grant that is passed on, while whoever passes it on reads by it herself and nothing speaks against the colleague. */
  private async sourceOf(ref: OwnRef, request: Request, delegate: Uint8Array): Promise<KnownTerms | undefined> {
    const { account: by, clinic, role, categories, purpose, until } = request;
    const held = (await this.modules.rolesOf(by)).filter((one) => one.clinic === clinic).map((one) => one.role);
    if (!TREATS.has(role) || !held.includes(role)) return undefined;
    const given = await this.modules.granting.list(ref);
    const active = given.filter(({ status }) => status === 'active');
    const sources = active.filter(({ terms, ends }) => mayPassOn(terms, ends, { by, categories, purpose, until }));
    const [source] = sources;
    if (source === undefined || !(await this.reads(ref, request, held, source.terms.mode))) return undefined;
    // Shut out from some of it by name since then, she would pass on what she does not read.
    const since = active.filter(({ terms }) => terms.givenAt >= source.terms.givenAt);
    if (since.some(({ terms }) => shutsOut(terms, [{ account: by, roles: [] }], request))) return undefined;
    const colleague = await this.colleague(delegate);
    if (colleague === undefined || active.some(({ terms }) => shutsOut(terms, colleague, request))) return undefined;
    return (await this.hasRoom(given, sources, delegate)) ? source : undefined;
  }

  /** Whether whoever passes it on may read all of that herself now. */
  private async reads(ref: OwnRef, request: Request, roles: readonly Role[], mode: AccessMode): Promise<boolean> {
    const { account, clinic, purpose, categories } = request;
    const reader = { account, roles, clinic, organisation: this.modules.organisationOf(clinic) };
    const may = await this.modules.judge.about({ ref, handle: ref.handle, reader, purpose, mode });
    return may !== undefined && categories.every((category) => may({ category, whole: true }).permit);
  }

  /** As the colleague appears at each clinic; undefined for somebody who treats nowhere. */
  private async colleague(account: Uint8Array): Promise<readonly Somebody[] | undefined> {
    const held = await this.modules.rolesOf(account);
    if (!held.some(({ role }) => TREATS.has(role))) return undefined;
    return held.map(({ role, clinic }) => {
      return { account, roles: [role], clinic, organisation: this.modules.organisationOf(clinic) };
    });
  }

  /** For a colleague who has nothing of these grants now and had nothing of them taken away. */
  private async hasRoom(
    given: readonly KnownTerms[],
    sources: readonly KnownTerms[],
    delegate: Uint8Array,
  ): Promise<boolean> {
    const passed = given.filter(({ terms }) => {
      const from = passedOnFrom(terms);
      return from !== undefined && sources.some(({ object }) => equalBytes(object, from));
    });
    if (passed.filter(({ status }) => status === 'active').length >= MAX_PASSED_ON) return false;
    for (const { object, terms, status, ends } of passed) {
      const hers = terms.provision.actors.some((one) => one.kind === 'person' && equalBytes(one.account, delegate));
      if (!hers) continue;
      if (status === 'active') return false;
      // What ended by its date may be passed on anew.
      if (status === 'revoked' && ((await this.modules.store.given(object))?.ended ?? 0) < ends) return false;
    }
    return true;
  }
}
