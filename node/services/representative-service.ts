// Who acts for a patient, at the doors: reception names and ends, the patient and her guardians name and end delegates, and whoever
// acts is told for whom. Who may what is decided here; what holds is node/representatives.
import { equalBytes, fromHex, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { codeOf } from '../../common/errors.ts';
import { Gcra } from '../../common/gcra.ts';
import type { Pid } from '../../identity/patient/pid.ts';
import { delegateOf } from '../../records/vault/word.ts';
import { doorError } from '../../rpc/errors.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { RepresentativeView } from '../../rpc/schema/representative.ts';
import { ChartError } from '../charts/errors.ts';
import type { AccessLogPort } from '../charts/ports.ts';
import type { TakenOver } from '../charts/taken-over.ts';
import type { Directory } from '../patients/directory.ts';
import type { PatientRefs } from '../patients/patient-refs.ts';
import { GUARDIAN_FIND_BUDGET } from '../people/recovery-guardians/guarded-vaults.ts';
import { byStaff, endNamedBy } from '../representatives/ended-representation.ts';
import { RepresentativeError } from '../representatives/errors.ts';
import type { ByWhom } from '../representatives/kept.ts';
import { refusalsWritten } from '../representatives/refused-representation.ts';
import type { NewRepresentative, Representative, Representatives } from '../representatives/representatives.ts';
import { accessBy, type DoneBy } from '../vault/acting.ts';
import { MeError } from '../vault/errors.ts';
import type { MySharing } from '../vault/my-sharing.ts';
import type { ChainReader } from './chain-reader.ts';
import type { ChartPatients } from './chart-patients.ts';
import { accountOf, type MeCallers } from './me-callers.ts';
import { wordOf } from './my-sharing-service.ts';
import type { MyViews } from './my-views.ts';

export type RepresentativeHandlers = Pick<
  Handlers,
  | 'patient_representativeAdd'
  | 'patient_representatives'
  | 'patient_representativeEnd'
  | 'me_actingFor'
  | 'me_representatives'
  | 'me_delegate'
  | 'me_representativeEnd'
>;

export interface RepresentativeServiceModules {
  readonly representatives: Representatives;
  readonly callers: MeCallers;
  readonly sharing: Pick<MySharing, 'word' | 'endBy'>;
  readonly takenOver: Pick<TakenOver, 'of'>;
  readonly patients: ChartPatients;
  readonly directory: Pick<Directory, 'get'>;
  readonly refs: Pick<PatientRefs, 'of'>;
  readonly views: Pick<MyViews, 'name'>;
  readonly log: AccessLogPort;
  readonly reader: Pick<ChainReader, 'standing'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** The account of whoever signs in with this name as a patient. Throws MeError. */
  patientNamed(name: string): Promise<Uint8Array | undefined>;
}

/** Accounts whose names are counted. */
const MAX_KEYS = 16_384;

export function representativeService(
  { clinic }: { readonly clinic: number },
  modules: RepresentativeServiceModules,
): RepresentativeHandlers {
  const { representatives, callers, sharing, patients, directory, refs, views, log, reader, clock } = modules;
  // As of trusted people: nobody lists who has an account here.
  const names = new Gcra({ ...GUARDIAN_FIND_BUDGET, maxKeys: MAX_KEYS }, { clock });

  const viewOf = (one: Representative): RepresentativeView => {
    const { id, account, kind, document, from, ends, state, ended } = one;
    return {
      ...{ representative: toHex(id), account: toHex(account), name: views.name(account) },
      ...{ kind, document, from, ends, state, endedAt: ended?.at ?? null },
    };
  };

  const saidOf = async (one: Representative) => {
    const { status } = await reader.standing(one.statement);
    const known = status === 'unknown' ? ('queued' as const) : status;
    return { representative: viewOf(one), statement: toHex(one.statement), status: known };
  };

  const accountNamed = async (user: string): Promise<Uint8Array> => {
    const account = await modules.patientNamed(user);
    if (account === undefined) throw new MeError({ code: 'me.unknown-user' });
    return account;
  };

  /** Once somebody took over reception names nobody: it would let others read by the clinic's word. */
  const demandCustody = async (handle: Uint8Array): Promise<void> => {
    if ((await modules.takenOver.of(handle)) !== undefined) throw new ChartError({ code: 'consent.taken-over' });
  };

  /** To a patient a name that is nobody's and one that is no patient's are the same. Throws MeError, `rpc.rate-limited`. */
  const patientNamedBy = async (by: Uint8Array, user: string): Promise<Uint8Array> => {
    const verdict = names.take(toHex(by));
    if (!verdict.ok) throw doorError('rpc.rate-limited', { retryAfterMs: verdict.retryAfterMs });
    return accountNamed(user).catch((error) => {
      throw codeOf(error) === 'me.no-account' ? new MeError({ code: 'me.unknown-user' }) : error;
    });
  };

  const name = async (pid: Pid, given: NewRepresentative, access: DoneBy) => {
    const made = await representatives.name(pid, given);
    await log.append({ ...access, action: 'represent', records: [], grant: made.id });
    // She may have acted longer before, and as a guardian.
    await sharing.endBy(access, made.account, made.ends);
    const beyond = made.kind === 'guardian' ? made.ends : 0;
    await endNamedBy(modules, { by: given.by, access }, made.account, beyond);
    return saidOf(made);
  };

  const end = async (one: Uint8Array, by: ByWhom, access: DoneBy) => {
    const ended = await representatives.end(access.handle, one, by);
    await log.append({ ...access, action: 'represent-end', records: [], grant: ended.id });
    await sharing.endBy(access, ended.account);
    await endNamedBy(modules, { by, access }, ended.account);
    return saidOf(ended);
  };

  return {
    patient_representativeAdd: async ({ user, kind, document, until, ...lookup }, context) => {
      const about = await patients.treated(lookup, context);
      const access = byStaff({ clinic }, about);
      await refusalsWritten(log, access, 'represent', () => demandCustody(about.handle));
      const account = await accountNamed(user);
      const given = { account, kind, document, ends: until, by: accountOf(context) };
      return refusalsWritten(log, access, 'represent', () => name(about.pid, given, access));
    },

    patient_representatives: async (lookup, context) => {
      const { handle } = await patients.treated(lookup, context);
      return { representatives: (await representatives.ofPatient(handle)).map(viewOf) };
    },

    patient_representativeEnd: async ({ representative, ...lookup }, context) => {
      const about = await patients.treated(lookup, context);
      const access = byStaff({ clinic }, about);
      const ended = () => end(fromHex(representative), accountOf(context), access);
      return refusalsWritten(log, access, 'represent-end', ended);
    },

    me_actingFor: async (_, context) => {
      const account = accountOf(context);
      const all = account === undefined ? [] : await representatives.of(account);
      const shown = all.map(async ({ pid, kind, ends }) => {
        const known = await directory.get(pid);
        const called = [known?.given, known?.family].filter((part) => part !== undefined && part !== '').join(' ');
        return { patient: refs.of(pid), name: called === '' ? null : called, kind, ends };
      });
      return { patients: await Promise.all(shown) };
    },

    me_representatives: async ({ actingFor }, context) => {
      const { handle } = await callers.of(context, actingFor);
      return { representatives: (await representatives.ofPatient(handle)).map(viewOf) };
    },

    me_delegate: async ({ actingFor: named, user, until, word }, context) => {
      const patient = await callers.of(context, named);
      const access = accessBy({ clinic }, patient);
      return refusalsWritten(log, access, 'represent', async () => {
        if (patient.acting?.kind === 'delegate') throw new RepresentativeError({ code: 'representative.may-not' });
        await sharing.word(patient, 'delegate', delegateOf(user, until), undefined, wordOf(word));
        const terms = { kind: 'delegate', ends: until, by: patient.account, through: patient.acting?.id } as const;
        // Before the name: what cannot be done tells nothing of anybody.
        await representatives.endOf(patient.pid, terms);
        const account = await patientNamedBy(patient.account, user);
        if (equalBytes(account, patient.account)) throw new RepresentativeError({ code: 'representative.self' });
        return name(patient.pid, { ...terms, account, document: 'own-word' }, access);
      });
    },

    me_representativeEnd: async ({ actingFor: named, representative, word }, context) => {
      const patient = await callers.of(context, named);
      const access = accessBy({ clinic }, patient);
      return refusalsWritten(log, access, 'represent-end', async () => {
        const id = fromHex(representative);
        const one = (await representatives.ofPatient(patient.handle)).find((known) => equalBytes(known.id, id));
        if (one === undefined) throw new RepresentativeError({ code: 'representative.unknown' });
        // With the key of a take-over anybody's is ended, a guardian's too.
        const held =
          word !== undefined && (await sharing.word(patient, 'end-acting', id, undefined, wordOf(word))).held;
        const self = held || equalBytes(one.account, patient.account);
        if (!self && one.kind === 'guardian') throw new RepresentativeError({ code: 'representative.guardian' });
        if (!self && patient.acting?.kind === 'delegate')
          throw new RepresentativeError({ code: 'representative.may-not' });
        return end(id, patient.account, access);
      });
    },
  };
}
