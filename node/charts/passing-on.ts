// Grants of this clinic's charts that their grantees pass on: what another clinic asks in the name of one of its people is given
// or refused at once, by what that person was given, since nothing becomes wider by it. Owns the answer; it counts like any grant.
import type { Clock } from '../../common/clock.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { Serial } from '../../common/serial.ts';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { mayPassOn, passedOnPolicy } from '../../records/consent/delegation.ts';
import type { Granting } from './granting.ts';
import type { KnownTerms } from './judge.ts';
import type { OwnRef } from './own-chart.ts';
import { type AccessLogPort, accessOf } from './ports.ts';
import type { KnownRequest, Requests } from './requests.ts';

export interface PassingOnModules {
  readonly granting: Granting;
  readonly requests: Requests;
  readonly log: AccessLogPort;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
  ofHandle(handle: Uint8Array): Promise<OwnRef | undefined>;
  /** Live now, everywhere. */
  rolesOf(account: Uint8Array): Promise<readonly { readonly role: Role; readonly clinic: ClinicNumber }[]>;
}

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
    const source = ref && (await this.sourceOf(ref, request));
    const access = {
      ...accessOf({ clinic: this.clinic }, { account, roles: [role] }, handle, purpose),
      reader: { account, roles: [role], clinic },
      records: [],
    };
    // Of what has ended meanwhile nothing can be given.
    const over = until <= this.modules.clock.now();
    if (ref === undefined || source === undefined || over || !(await this.treats(delegate))) {
      await log.append({ ...access, action: 'grant', outcome: 'refused', reason: 'no-consent' });
      await requests.answered(object, 'denied', object);
      return;
    }
    const { terms } = source;
    const { written, labels, items } = terms.provision.data;
    const { consent } = await granting.give(ref, {
      ...{ effect: 'permit', actor: { kind: 'person', account: delegate }, purposes: [purpose], categories },
      ...{ data: { written, labels, items }, policy: passedOnPolicy(source.object), mode: terms.mode, ends: until },
      by: account,
    });
    await log.append({ ...access, action: 'grant', reason: 'consent', grant: consent });
    await requests.answered(object, 'granted', consent);
  }

  /** The grant that is passed on, while whoever passes it on still has a role where she asks. */
  private async sourceOf(ref: OwnRef, request: KnownRequest['request']): Promise<KnownTerms | undefined> {
    const { account: by, clinic, role, categories, purpose, until } = request;
    const held = await this.modules.rolesOf(by);
    if (!TREATS.has(role) || !held.some((one) => one.clinic === clinic && one.role === role)) return undefined;
    const wanted = { by, categories, purpose, until };
    const given = await this.modules.granting.list(ref);
    return given.find(({ terms, status, ends }) => status === 'active' && mayPassOn(terms, ends, wanted));
  }

  private async treats(account: Uint8Array): Promise<boolean> {
    return (await this.modules.rolesOf(account)).some(({ role }) => TREATS.has(role));
  }
}
