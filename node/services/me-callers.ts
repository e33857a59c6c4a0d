// Whom a call of me_* is about and by whom: the patient whose account the session has, or one for whom she acts. The one place
// that says so; what is refused here is written down with the patient's accesses.
import { equalBytes, fromHex } from '../../common/bytes.ts';
import { handleOf } from '../../identity/patient/pid.ts';
import type { CallContext } from '../../rpc/ports.ts';
import { type AccessLogPort, accessOf } from '../charts/ports.ts';
import type { PatientRefs } from '../patients/patient-refs.ts';
import { RepresentativeError } from '../representatives/errors.ts';
import type { Representatives } from '../representatives/representatives.ts';
import { accessBy } from '../vault/acting.ts';
import { MeError } from '../vault/errors.ts';
import type { AttachedPatient, PatientAccounts } from '../vault/patient-accounts.ts';

type Caller = Pick<CallContext, 'principal'>;

export interface MeCallersModules {
  readonly accounts: Pick<PatientAccounts, 'ofAccount'>;
  readonly representatives: Pick<Representatives, 'of'>;
  readonly refs: Pick<PatientRefs, 'pidOf'>;
  readonly log: AccessLogPort;
}

export class MeCallers {
  private readonly options: { readonly clinic: number };
  private readonly modules: MeCallersModules;

  constructor(options: { readonly clinic: number }, modules: MeCallersModules) {
    this.options = options;
    this.modules = modules;
  }

  /** `patient`: a reference. Throws MeError `me.not-attached`, RepresentativeError `representative.not-yours`, IdentifierError. */
  async of(context: Caller, patient: string | undefined): Promise<AttachedPatient> {
    const found = await this.ifAttached(context, patient);
    if (found === undefined) throw new MeError({ code: 'me.not-attached' });
    return found;
  }

  /** Undefined for a caller of whom reception said nothing yet. Throws as `of`. */
  async ifAttached(context: Caller, patient: string | undefined): Promise<AttachedPatient | undefined> {
    const account = accountOf(context);
    if (patient !== undefined) return this.represented(account, patient);
    return account === undefined ? undefined : this.modules.accounts.ofAccount(account);
  }

  /** The same as it is now: of a call that waited. Throws as `of`. */
  async still(patient: AttachedPatient): Promise<AttachedPatient> {
    const { accounts, representatives } = this.modules;
    const { account, handle, acting } = patient;
    if (acting === undefined) {
      const own = await accounts.ofAccount(account);
      if (own === undefined || !equalBytes(own.handle, handle)) throw new MeError({ code: 'me.not-attached' });
      return own;
    }
    const one = (await representatives.of(account)).find(({ id }) => equalBytes(id, acting.id));
    if (one === undefined) throw new RepresentativeError({ code: 'representative.not-yours' });
    return { ...patient, acting: { id: one.id, kind: one.kind, ends: one.ends } };
  }

  /**
   * What is for good is the patient's and her guardians'. Throws RepresentativeError `representative.may-not` for somebody whom she
   * chose.
   */
  async demandDecider(patient: AttachedPatient): Promise<void> {
    if (patient.acting?.kind !== 'delegate') return;
    const access = accessBy(this.options, patient);
    await this.modules.log.append({ ...access, action: 'list', outcome: 'refused', reason: 'may-not', records: [] });
    throw new RepresentativeError({ code: 'representative.may-not' });
  }

  private async represented(account: Uint8Array | undefined, patient: string): Promise<AttachedPatient> {
    const { refs, representatives, log } = this.modules;
    const pid = refs.pidOf(patient);
    const all = account === undefined ? [] : await representatives.of(account);
    const acting = all.find((one) => one.pid === pid);
    if (account !== undefined && acting !== undefined) {
      const { id, kind, ends, handle } = acting;
      return { account, pid, handle, acting: { id, kind, ends } };
    }
    // Denial is as audited as permission.
    if (account !== undefined) {
      const access = accessOf(this.options, { account, roles: [] }, handleOf(pid), 'FAMRQT');
      await log.append({ ...access, action: 'list', outcome: 'refused', reason: 'not-yours', records: [] });
    }
    throw new RepresentativeError({ code: 'representative.not-yours' });
  }
}

/** Of the session; undefined where it has none on the chain. */
export function accountOf({ principal }: Caller): Uint8Array | undefined {
  const account = principal.kind === 'session' ? principal.session.account : null;
  return account === null ? undefined : fromHex(account);
}
