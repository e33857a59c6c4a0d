// A made-up doctor with patients whose names are long, foreign and hostile: answers the pages in the browser, beside a demo node.
import type { Page } from 'playwright-core';
import type { ConsentEntry, ConsentRequest } from '../../../rpc/schema/consent.ts';
import type { EmergencyView } from '../../../rpc/schema/emergency.ts';
import type { PatientCardView } from '../../../rpc/schema/patient-search.ts';
import type { RecordEntry } from '../../../rpc/schema/record.ts';
import type { SessionView } from '../../../rpc/schema/session.ts';
import { CLINICS, idOf } from './demo-chain.ts';
import { answerCalls, session, TAKE_OVER_WORDS, TAKE_OVERS } from './demo-patient.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const now = Date.now();

export const JOAN: PatientCardView = {
  ...{ ref: 'ref.joan', handle: idOf('joan'), family: 'Müller-Hall', given: 'Joan <b>Ida</b>', title: 'Mrs' },
  ...{ birthDate: '1945-07-14', sex: 'female', type: 'ssn', number: '951710001', from: 1, clinics: [1, 3] },
  ...{ here: true, provisional: false },
};
const PATIENTS: readonly PatientCardView[] = [
  JOAN,
  {
    ...JOAN,
    ...{ ref: 'ref.long', handle: idOf('long'), family: 'Llanfairpwllgwyngyll'.repeat(9), given: 'فاطمة', title: '' },
    ...{ birthDate: '1980', sex: '', number: '', from: 2, clinics: [2], here: false },
  },
  {
    ...JOAN,
    ...{ ref: 'ref.nobody', handle: idOf('nobody'), family: '', given: '', title: '', birthDate: '', sex: '' },
    ...{ number: '', from: null, clinics: [3, 4], here: false, provisional: true },
  },
];

const SIGNED = { digest: idOf('digest'), key: idOf('device'), at: now - HOUR, signature: '00'.repeat(64) };

export const RECORDS: readonly RecordEntry[] = [
  record('allergy', { kind: 'AllergyIntolerance', title: 'Penicillin', category: 'medications', written: now - HOUR }),
  record('glucose', {
    kind: 'Observation',
    title: 'Glucose',
    written: now - 2 * HOUR,
    version: 2,
    amendment: 'correction',
    signed: { ...SIGNED, state: 'valid' },
  }),
  record('heart', { kind: 'Observation', title: '', written: now - 3 * HOUR, clinic: 3 }),
  record('scan', {
    kind: 'document',
    title: `Scan of ${'the left hand '.repeat(12)}`,
    mediaType: 'image/png',
    signed: { ...SIGNED, state: 'invalid' },
  }),
  record('note', { kind: 'document', title: '<i>Ward round</i>', category: 'notes', mediaType: 'text/plain' }),
  record('more', {
    ...{ kind: 'document', title: '<i>Ward round</i>', category: 'notes', mediaType: 'text/plain' },
    ...{ amendment: 'addendum', about: idOf('note'), standing: 'pending' },
  }),
  record('error', { kind: 'Condition', title: 'Asthma', category: 'problems', standing: 'entered-in-error' }),
];

function record(name: string, of: Partial<RecordEntry>): RecordEntry {
  return {
    ...{ record: idOf(name), version: 1, amendment: 'original', about: null, category: 'labs', kind: 'Observation' },
    ...{ name: '', mediaType: 'application/fhir+json', title: name, size: 900, author: null, role: null, clinic: 1 },
    ...{ written: now - DAY, reason: '', signed: null, standing: 'standing' },
    ...of,
  };
}

const GLUCOSE = JSON.stringify({
  ...{ resourceType: 'Observation', status: 'final', code: { text: 'Glucose' } },
  effectiveDateTime: '2026-05-04T09:12:00Z',
  valueQuantity: { value: 9.4, unit: 'mmol/L' },
  referenceRange: [{ low: { value: 3.9, unit: 'mmol/L' }, high: { value: 5.6, unit: 'mmol/L' } }],
});

const REQUESTS: readonly ConsentRequest[] = [
  request('to answer', { writer: 1, clinic: 4, handle: JOAN.handle }),
  request('made', { writer: 3, clinic: 1, handle: idOf('nobody'), categories: ['labs', 'imaging', 'psychiatric'] }),
  request('granted', { writer: 4, clinic: 1, handle: idOf('stranger'), state: 'granted' }),
];

function request(name: string, of: Partial<ConsentRequest>): ConsentRequest {
  return {
    ...{ request: idOf(name), writer: 3, clinic: 1, handle: JOAN.handle, account: idOf('okoro'), role: 'doctor' },
    ...{ purpose: 'TREAT', categories: ['labs'], until: now + 90 * DAY, reason: 'Second <b>opinion</b>' },
    ...{ delegate: null, state: 'open', at: now - HOUR },
    ...of,
  } as ConsentRequest;
}

const CONSENTS: readonly ConsentEntry[] = (['active', 'inactive', 'revoked'] as const).map((state) => ({
  ...{ consent: idOf(state), effect: 'permit', to: [state === 'active' ? 'clinic 4' : 'doctor at clinic 3'], state },
  ...{ categories: ['labs', 'imaging'], purposes: ['TREAT'], given: now - DAY, ends: now + DAY, mode: 'view' },
  ...{ narrowed: state === 'active', organisationRuleOff: state === 'inactive', passedOn: false },
}));

export const EMERGENCY: EmergencyView = {
  ...{ emergency: idOf('emergency'), clinic: 1, account: idOf('ida'), who: 'Ida Berg', handle: JOAN.handle },
  ...{ reason: 'unconscious', text: 'Found in the street', opened: now - HOUR, ends: now + HOUR, closed: null },
  ...{ state: 'open', reviewDue: now + 3 * DAY, review: null },
};

export interface DemoDoctorOptions {
  readonly empty?: boolean;
  readonly emergency?: boolean;
  /** Other clinics keep something back, or cannot be reached. */
  readonly closed?: boolean;
  readonly roles?: SessionView['roles'];
}

export function asDoctor(page: Page, options: DemoDoctorOptions = {}): Promise<void> {
  const { empty = false, emergency = false, closed = false, roles = ['doctor'] } = options;
  const some = <T>(list: readonly T[]): readonly T[] => (empty ? [] : list);
  const shown = PATIENTS.find(({ ref }) => ref === (empty ? 'ref.nobody' : 'ref.joan')) as PatientCardView;
  return answerCalls(page, {
    session_current: () => ({
      ...{ session: session(roles), clinic: CLINICS[0], passkeys: { possible: false, reason: null } },
      registration: { staff: false, patients: false, firstAdministrator: false },
    }),
    outbox_list: () => ({ entries: [], total: 0, next: null }),
    emergency_list: () => ({ emergencies: emergency ? [EMERGENCY] : [], openMs: 7_200_000, reviewMs: 259_200_000 }),
    patient_search: () => ({ patients: some(PATIENTS), more: !empty, silent: closed ? [2] : [] }),
    patient_card: ({ patient }: { patient: string }) => {
      if (patient === 'ref.unknown') throw new Error('identifier.ref');
      return shown;
    },
    patient_named: ({ handles }: { handles: string[] }) => ({
      patients: handles.map((handle) => PATIENTS.find((one) => one.handle === handle) ?? null),
    }),
    ...TAKE_OVER_WORDS,
    consent_colleague: ({ user }: { user: string }) => {
      if (user !== 'carl') throw new Error('consent.actor');
      return { account: idOf('carl'), name: 'Carl <b>Lind</b>', clinic: 1, role: 'nurse' };
    },
    consent_delegate: () => ({ request: idOf('request'), statement: idOf('said'), status: 'queued' }),
    takeover_list: ({ code = '' }: { code?: string }) => ({
      takeOvers: some(TAKE_OVERS).filter(({ takeOver }) => takeOver.startsWith(code)),
      ...{ more: false, authority: null },
    }),
    patient_account: () => ({
      pid: 'pid',
      attached: empty
        ? null
        : {
            ...{ account: idOf('joan'), user: 'joan', name: '<b>Joan</b>', document: 'passport' },
            ...{ statement: idOf('attached'), status: 'final' },
          },
    }),
    patient_history: () => ({
      pid: 'pid',
      events: some(
        (['registered', 'attached', 'record', 'amendment'] as const).map((type, place) => ({
          ...{ type, clinic: 1 + place, clinicName: null, statement: idOf(type), transaction: idOf(type) },
          ...{ height: place, timestamp: now - DAY, status: place === 3 ? ('applied' as const) : ('final' as const) },
        })),
      ),
    }),
    record_list: () => ({
      pid: 'pid',
      charts: [
        chart(1, { state: 'open', records: [...some(RECORDS)].filter(({ clinic }) => clinic === 1) }),
        chart(
          3,
          closed
            ? { state: 'refused', reason: 'no-consent' }
            : { records: [...some(RECORDS)].filter(({ clinic }) => clinic === 3) },
        ),
        chart(4, closed ? { state: 'unreachable', reason: 'away' } : {}),
      ],
    }),
    record_read: ({ record: id, version }: { record: string; version?: number }) => {
      const found = RECORDS.find((one) => one.record === id);
      if (found === undefined) throw new Error('record.unknown');
      return {
        ...{ pid: 'pid', record: { ...found, version: version ?? found.version }, document: null },
        resource: found.kind === 'document' ? null : GLUCOSE,
        bytes: found.kind === 'document' ? (found.mediaType === 'text/plain' ? btoa('Slept well.') : PIXEL) : null,
      };
    },
    record_readMany: ({ records }: { records: string[] }) => ({
      pid: 'pid',
      records: records.map((id) => ({
        ...{ record: RECORDS.find((one) => one.record === id), resource: GLUCOSE, bytes: null, document: null },
      })),
    }),
    consent_requests: () => ({ requests: some(REQUESTS) }),
    consent_list: () => ({ pid: 'pid', consents: some(CONSENTS), requests: some(REQUESTS) }),
    me_requests: () => ({ requests: [] }),
  });
}

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

function chart(clinic: number, of: object) {
  return { clinic, clinicName: null, state: 'open', reason: null, by: clinic, records: [], ...of };
}

/** Every page of a doctor, as an address. */
export function doctorPages(): readonly string[] {
  const pages = ['', '/results', '/documents', '/notes', '/sharing', '/access', '/emergency'];
  return [
    ...['/today', '/patients', '/patients/ref.unknown', ...pages.map((page) => `/patients/ref.joan${page}`)],
    ...['glucose', 'note', 'scan', 'error', 'nothing'].map((name) => `/patients/ref.joan/records/1/${idOf(name)}`),
  ];
}

/** Every page of reception. */
export const DESK_PAGES = [
  '/desk',
  '/desk/ref.unknown',
  '/desk/ref.joan',
  '/desk/ref.joan/end',
  '/desk/ref.joan/take-over',
];
