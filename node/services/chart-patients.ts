// Whom a call about a chart is made by and about: the person with the roles of now, the patient by number or identifier, and
// whether this clinic treats that patient.
import { fromHex } from '../../common/bytes.ts';
import { handleOf } from '../../identity/patient/pid.ts';
import { parseScope } from '../../records/consent/smart-scopes.ts';
import { rolesOf } from '../../rpc/access/principal.ts';
import type { CallContext } from '../../rpc/ports.ts';
import { ChartError } from '../charts/errors.ts';
import { NOBODY } from '../charts/ports.ts';
import type { Person } from '../charts/reading.ts';
import type { Patients } from '../patients/patients.ts';

export interface Lookup {
  readonly patient: string;
  readonly country?: string | undefined;
  readonly type?: string | undefined;
}

export interface About {
  readonly pid: string;
  readonly handle: Uint8Array;
  readonly person: Person;
}

const WRITES = 'record:write';

export class ChartPatients {
  private readonly clinic: number;
  private readonly patients: Pick<Patients, 'find'>;

  constructor(options: { readonly clinic: number }, modules: { readonly patients: Pick<Patients, 'find'> }) {
    this.clinic = options.clinic;
    this.patients = modules.patients;
  }

  /** Any patient: whether there is anything to see is decided where it is kept. Throws IdentifierError. */
  async found(lookup: Lookup, context: Pick<CallContext, 'principal'>): Promise<About> {
    const { pid } = await this.patients.find(lookup.patient, lookup.country, lookup.type);
    return { pid, handle: handleOf(pid), person: personOf(context) };
  }

  /** Throws IdentifierError, ChartError `record.no-relation` for a patient that is not registered here. */
  async treated(lookup: Lookup, context: Pick<CallContext, 'principal'>): Promise<About> {
    const found = await this.patients.find(lookup.patient, lookup.country, lookup.type);
    const here = found.clinics.some(({ clinic, attached }) => attached && clinic === this.clinic);
    // What waits in the outbox counts: the clinic works on while the network is away.
    if (!here && found.pending === undefined) throw new ChartError({ code: 'record.no-relation' });
    return { pid: found.pid, handle: handleOf(found.pid), person: personOf(context) };
  }
}

export function personOf({ principal }: Pick<CallContext, 'principal'>): Person {
  if (principal.kind === 'application') {
    const { application, scopes } = principal.key;
    return { account: NOBODY, roles: [], application: { id: fromHex(application), scopes: smartOf(scopes) } };
  }
  if (principal.kind !== 'session') return { account: NOBODY, roles: [] };
  const { account } = principal.session;
  return { account: account === null ? NOBODY : fromHex(account), roles: rolesOf(principal) };
}

/** Whoever may write every record may so by its own word. */
function smartOf(scopes: readonly string[]): string[] {
  return scopes.flatMap((scope) =>
    scope === WRITES ? ['system/*.cu'] : parseScope(scope) === undefined ? [] : [scope],
  );
}
