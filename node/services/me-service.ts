// me_*: a patient about herself, or who acts for her, and reception's word whose account is whose. Who she is comes from the session;
// a patient is named only by who acts for her. What happens is node/vault.
import { fromHex, toHex } from '../../common/bytes.ts';
import type { Handlers } from '../../rpc/ports.ts';
import { MAX_ENVELOPE_PART, type MyRecord } from '../../rpc/schema/me.ts';
import { identityDocument } from '../../rpc/schema/people.ts';
import type { AccessLogPort } from '../charts/ports.ts';
import type { RecordView } from '../charts/reading.ts';
import { byStaff } from '../representatives/ended-representation.ts';
import { refusalsWritten } from '../representatives/refused-representation.ts';
import { MeError } from '../vault/errors.ts';
import type { MyAccesses } from '../vault/my-accesses.ts';
import { historyOf, type MyRecords, newestOf } from '../vault/my-records.ts';
import type { AttachedPatient, PatientAccounts, TakenBack } from '../vault/patient-accounts.ts';
import type { PatientWords } from '../vault/patient-words.ts';
import type { ChainReader } from './chain-reader.ts';
import type { ChartPatients } from './chart-patients.ts';
import type { MeCallers } from './me-callers.ts';
import type { MyViews } from './my-views.ts';
import { shownContent } from './whole-content.ts';

export type MeHandlers = Pick<
  Handlers,
  | 'patient_attach'
  | 'patient_account'
  | 'patient_detachAccount'
  | 'me_summary'
  | 'me_records'
  | 'me_recordRead'
  | 'me_envelope'
  | 'me_access'
  | 'me_dispute'
  | 'me_notices'
  | 'audit_disputes'
>;

export interface MeServiceModules {
  readonly accounts: PatientAccounts;
  readonly callers: MeCallers;
  readonly records: MyRecords;
  readonly accesses: MyAccesses;
  readonly words: PatientWords;
  readonly patients: ChartPatients;
  readonly views: MyViews;
  readonly reader: Pick<ChainReader, 'standing'>;
  readonly log: AccessLogPort;
  /** What an account that was taken back shared ends with it, and whom it named. */
  settle(one: TakenBack): Promise<void>;
  /** The account of whoever signs in with this name and is a patient here; undefined for a name that nobody has. */
  patientNamed(name: string): Promise<Uint8Array | undefined>;
}

/** Items of each list on the first page. */
const FEW = 5;

export function meService({ clinic }: { readonly clinic: number }, modules: MeServiceModules): MeHandlers {
  const { accounts, callers, records, accesses, words } = modules;
  const { patients, views, reader, log, patientNamed, settle } = modules;
  const withVault = async (patient: AttachedPatient, inCharts: readonly MyRecord[]): Promise<MyRecord[]> => {
    const inVault = (await records.inVault(patient)).map((view) => views.vaultRecord(view));
    return [...inCharts, ...inVault].sort((a, b) => b.date - a.date);
  };
  const ownRecords = async (patient: AttachedPatient, signal: AbortSignal): Promise<MyRecord[]> =>
    withVault(
      patient,
      newestOf(await records.clinic(patient, signal)).map((view) => views.record(view)),
    );

  return {
    patient_attach: async ({ user, document, ...lookup }, context) => {
      const about = await patients.treated(lookup, context);
      const { pid } = about;
      const account = await patientNamed(user);
      if (account === undefined) throw new MeError({ code: 'me.unknown-user' });
      const access = byStaff({ clinic }, about);
      const statement = await refusalsWritten(log, access, 'represent', () => accounts.attach(pid, account, document));
      await log.append({ ...access, action: 'represent', records: [] });
      return { pid, account: toHex(account), statement: toHex(statement), status: await statusOf(statement) };
    },

    patient_account: async (lookup, context) => {
      const { pid, handle } = await patients.treated(lookup, context);
      const found = await accounts.attachment(handle);
      if (found === undefined) return { pid, attached: null };
      const { account, document, statement } = found;
      const status = await statusOf(statement);
      const shown = { ...views.person(account), document: identityDocument.parse(document) };
      return { pid, attached: { account: toHex(account), ...shown, statement: toHex(statement), status } };
    },

    patient_detachAccount: async (lookup, context) => {
      const about = await patients.treated(lookup, context);
      const { pid } = about;
      const { statement, takenBack } = await accounts.detach(pid, about.person);
      await log.append({ ...byStaff({ clinic }, about), action: 'represent-end', records: [] });
      await settle(takenBack);
      return { pid, statement: toHex(statement), status: await statusOf(statement) };
    },

    me_summary: async ({ actingFor: named }, context) => {
      const patient = await callers.ifAttached(context, named);
      const place = { clinic, clinicName: views.clinicName(clinic) };
      if (patient === undefined) {
        const none = { records: 0, sealed: 0, newest: [], requests: [], shares: 0, readers: [], notices: 0 };
        return { attached: false, pid: null, ...place, ...none };
      }
      const all = await ownRecords(patient, context.signal);
      const { events } = await accesses.list(patient, FEW, undefined);
      const notices = await accesses.notices(patient);
      const requests = await accesses.openRequests(patient);
      return {
        ...{ attached: true, pid: patient.pid, ...place },
        ...{ records: all.length, sealed: await records.sealed(patient), newest: all.slice(0, FEW) },
        requests: requests.slice(0, FEW).map((one) => views.request(one)),
        shares: await accesses.activeShares(patient),
        readers: events.map((one) => views.access(one, patient)),
        notices: notices.filter(({ open }) => open).length,
      };
    },

    me_records: async ({ actingFor: named, category, mode }, context) => {
      const patient = await callers.of(context, named);
      const charts = await records.everywhere(patient, context.signal);
      const inCharts = charts.flatMap((chart) => newestOf(chart.records)).map((view) => views.record(view));
      const all = await withVault(patient, inCharts);
      const fits = (one: MyRecord): boolean =>
        (category === undefined || one.category === category) && (mode === undefined || one.mode === mode);
      return {
        ...{ records: all.filter(fits), sealed: await records.sealed(patient) },
        branches: charts.map(({ clinic: of, state }) => ({ clinic: of, clinicName: views.clinicName(of), state })),
      };
    },

    me_recordRead: async ({ actingFor: named, record, version }, context) => {
      const patient = await callers.of(context, named);
      const object = fromHex(record);
      const stored = await records.vaultRow(patient, object, version);
      if (stored !== undefined) {
        const view = views.vaultRecord(stored);
        return { record: view, history: [view], resource: null, bytes: null };
      }
      const read = await records.read(patient, object, version, context.signal);
      const history = historyOf(await records.beside(patient, object, context.signal), object);
      return {
        record: views.record(read),
        history: history.map((view: RecordView) => views.record(view)),
        ...(await shownContent(read)),
      };
    },

    me_envelope: async ({ record, version, offset }, context) => {
      const patient = await callers.of(context, undefined);
      const asked = { record: fromHex(record), version, offset };
      const { bytes, size } = await records.envelope(patient, asked, MAX_ENVELOPE_PART);
      return { bytes: Buffer.from(bytes).toString('base64'), size };
    },

    me_access: async ({ actingFor: named, limit, after }, context) => {
      const patient = await callers.of(context, named);
      const { events, next } = await accesses.list(patient, limit, after);
      await accesses.noteLogRead(patient);
      return { events: events.map((one) => views.access(one, patient)), next };
    },

    me_dispute: async ({ actingFor: named, event, text }, context) => {
      const patient = await callers.of(context, named);
      const at = await accesses.dispute(patient, event, text.normalize('NFC'));
      return { event, at };
    },

    me_notices: async ({ actingFor: named }, context) => {
      const patient = await callers.of(context, named);
      return { notices: (await accesses.notices(patient)).map((one) => views.notice(one)) };
    },

    audit_disputes: async () => {
      return {
        disputes: (await words.newestDisputes()).map(({ account, event, at, text }) => ({
          ...{ event, at, text, account: toHex(account), name: views.name(account) },
        })),
      };
    },
  };

  async function statusOf(statement: Uint8Array) {
    const { status } = await reader.standing(statement);
    return status === 'unknown' ? 'queued' : status;
  }
}
