// A made-up patient with long, foreign and hostile names around her: answers her pages in the browser, beside a demo node.
import type { Page, Route } from 'playwright-core';
import type { AuditEventView } from '../../../rpc/schema/audit.ts';
import type { EmergencyView } from '../../../rpc/schema/emergency.ts';
import type { ErasureView } from '../../../rpc/schema/erasure.ts';
import type { MyRecord, MyRequest, MyShare } from '../../../rpc/schema/me.ts';
import { METHODS, type MethodName } from '../../../rpc/schema/methods.ts';
import type { MyAccess, MyNotice } from '../../../rpc/schema/my-accesses.ts';
import type { RepresentativeView } from '../../../rpc/schema/representative.ts';
import type { SessionView } from '../../../rpc/schema/session.ts';
import type { TakeOverAnswer } from '../../../rpc/schema/take-over.ts';
import { CLINICS, idOf } from './demo-chain.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const now = Date.now();
const at = (number: 1 | 2 | 3 | 4) => ({ clinic: number, clinicName: CLINICS[number - 1]?.name ?? null });

const okoro = { account: idOf('okoro'), name: 'Chidi Okoro', role: 'doctor' as const };
const stranger = { account: idOf('stranger'), name: null, role: 'nurse' as const };
const hostile = { account: idOf('hostile'), name: `<img src=x> ${'Wilhelmina'.repeat(9)}`, role: 'doctor' as const };

export const RECORDS: readonly MyRecord[] = [
  record('glucose', { title: '', kind: 'Observation', category: 'labs', writtenBy: okoro }),
  record('letter', {
    title: `Letter of ${'discharge '.repeat(14)}`,
    mediaType: 'text/plain',
    kind: 'document',
    category: 'notes',
    date: now - DAY,
  }),
  record('sealed', {
    ...{ title: null, kind: null, mediaType: null, size: null, mode: 'vault', category: 'imaging' },
    ...{ cid: 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi', row: '00', date: now - 2 * DAY },
    writtenBy: { account: idOf('ida'), name: 'Ida Berg', role: 'patient' },
  }),
  record('error', {
    title: 'فحص الدم',
    category: 'labs',
    status: 'entered-in-error',
    writtenBy: hostile,
    ...at(2),
    date: now - 9 * DAY,
  }),
  record('pending', {
    title: 'Allergy to nuts',
    kind: 'AllergyIntolerance',
    category: 'problems',
    status: 'pending',
    writtenBy: null,
  }),
];

function record(name: string, of: Partial<MyRecord>): MyRecord {
  return {
    ...{ record: idOf(name), version: 1, amendment: 'original', about: null, date: now - HOUR, category: 'labs' },
    ...{ kind: 'Observation', title: name, mediaType: 'application/fhir+json', size: 1200, writtenBy: okoro, ...at(1) },
    ...{ status: 'standing', reason: '', mode: 'clinic', cid: null, row: null },
    ...of,
  };
}

const GLUCOSE = {
  resourceType: 'Observation',
  code: { text: 'Glucose in blood' },
  valueQuantity: { value: 6.1, unit: 'mmol/L' },
  referenceRange: [{ low: { value: 3.9, unit: 'mmol/L' }, high: { value: 5.6, unit: 'mmol/L' } }],
  interpretation: [{ text: 'High' }],
  effectiveDateTime: '2026-11-20T09:00:00Z',
  status: 'final',
};

export const REQUESTS: readonly MyRequest[] = [
  request('scan', { from: { ...hostile, ...at(3) }, state: 'open', categories: ['imaging', 'labs', 'notes'] }),
  request('old', { from: { ...stranger, ...at(4) }, state: 'granted', at: now - 5 * DAY }),
];

function request(name: string, of: Partial<MyRequest>): MyRequest {
  return {
    ...{
      request: idOf(name),
      from: { ...okoro, ...at(3) },
      categories: ['labs'],
      purpose: 'TREAT',
      until: now + 90 * DAY,
    },
    ...{ reason: 'Second opinion on the left hand', state: 'open', at: now - HOUR },
    ...of,
  };
}

const to = {
  kind: 'person' as const,
  account: null,
  name: null,
  role: null,
  clinic: null,
  clinicName: null,
  organisation: null,
};
export const SHARES: readonly MyShare[] = [
  share('okoro', { with: { ...to, ...okoro } }),
  share('ward', {
    with: { ...to, kind: 'clinic', ...at(4) },
    by: 'clinic',
    categories: ['medications', 'problems', 'labs'],
  }),
  share('out', { with: { ...to, kind: 'role', role: 'nurse', ...at(2) }, effect: 'deny' }),
  share('over', { with: { ...to, kind: 'organisation', organisation: 2 }, state: 'revoked' }),
];

function share(name: string, of: Partial<MyShare>): MyShare {
  return {
    ...{
      share: idOf(name),
      consents: [idOf(name)],
      effect: 'permit',
      with: to,
      categories: ['labs'],
      modes: ['clinic'],
    },
    ...{ narrowed: name === 'out', organisationRuleOff: false },
    ...{ purposes: ['TREAT'], given: now - DAY, ends: now + 100 * DAY, state: 'active', by: 'patient' },
    ...of,
  };
}

export const ACCESSES: readonly MyAccess[] = [
  access(9, { own: true, who: { account: idOf('ida'), name: 'Ida Berg', role: 'patient' } }),
  access(8, { who: hostile, ...at(3), outcome: 'refused', reason: 'no-consent', records: [] }),
  access(7, {
    who: stranger,
    ...at(4),
    action: 'emergency-open',
    purpose: 'BTG',
    reason: 'unconscious',
    disputed: now,
  }),
  access(6, { who: null, action: 'write', reason: 'custody' }),
  access(5, { action: 'no-such-action', reason: 'no-such-reason' }),
];

function access(event: number, of: Partial<MyAccess>): MyAccess {
  const records = [{ record: idOf('glucose'), category: 'labs' as const, title: 'Glucose in blood' }];
  return {
    ...{ event, time: now - event * HOUR, who: okoro, ...at(1), action: 'read', records, purpose: 'TREAT' },
    ...{ outcome: 'permitted', reason: 'custody', own: false, acting: null, disputed: null },
    ...of,
  };
}

const notice = (kind: MyNotice['kind'], name: string, ago: number, of: Partial<MyNotice>): MyNotice => ({
  ...{ kind, at: now - ago, about: idOf(name), who: stranger, ...at(4), text: 'other' },
  ...{ open: false, review: null, ...of },
});

const NOTICES: readonly MyNotice[] = [
  notice('take-over', 'take-over asked', 0, { who: null, ...at(1), text: '', open: true }),
  notice('emergency', 'emergency', HOUR, { text: 'unconscious', open: true }),
  notice('emergency', 'emergency long ago', 90 * DAY, {
    ...{ who: null, text: 'life-threat', review: { verdict: 'unjustified', at: now - 89 * DAY } },
  }),
  notice('emergency', 'emergency found right', 120 * DAY, {
    ...{ text: 'covering', review: { verdict: 'justified', at: now - 118 * DAY } },
  }),
  notice('emergency', 'emergency nobody looked at', 2 * DAY, {}),
];

const EVENTS: readonly AuditEventView[] = ACCESSES.map((one) => ({
  ...{ number: one.event, time: one.time, action: one.action, outcome: one.outcome, reason: one.reason, writer: 1 },
  ...{ account: one.who?.account ?? null, who: one.who?.name ?? null, roles: one.who?.role ? [one.who.role] : [] },
  ...{ clinic: one.clinic, clinicName: one.clinicName, purpose: one.purpose, grant: null, ticket: null },
  application: null,
  ...{ records: one.records.map(({ record: id }) => id), anchored: one.event < 7 },
}));

export const EMERGENCIES: readonly EmergencyView[] = (['open', 'ended', 'overdue', 'reviewed'] as const).map(
  (state, index) => ({
    ...{ emergency: idOf(`emergency ${state}`), clinic: 1, account: idOf(state), handle: idOf('handle'), state },
    ...{ who: index === 0 ? null : hostile.name, reason: 'unconscious', text: 'Found in the street, no papers' },
    ...{ opened: now - DAY - index * HOUR, ends: now - DAY + 2 * HOUR, closed: index === 1 ? now - DAY : null },
    reviewDue: now + DAY,
    review: state === 'reviewed' ? { verdict: 'justified', at: now, by: null, text: 'Rightly so' } : null,
  }),
);

export const REPRESENTATIVES: readonly RepresentativeView[] = (['acts', 'ended', 'acts'] as const).map(
  (state, index) => ({
    ...{ representative: idOf(`representative ${index}`), account: idOf(`carer ${index}`), state, from: now - DAY },
    ...{ name: index === 0 ? hostile.name : null, kind: index === 2 ? 'guardian' : 'delegate', document: 'own-word' },
    ...{ ends: now + 30 * DAY, endedAt: state === 'ended' ? now : null },
  }),
);
const REPRESENTED = { patient: 'ref.a2lt', name: 'Kim <b>Berg</b>', kind: 'guardian', ends: now + 900 * DAY };

/** As far as one can be: witnessed, asked for, stopped, finished. */
export const TAKE_OVERS: readonly TakeOverAnswer[] = (['seen', 'asked', 'stopped', 'finished'] as const).map(
  (phase, index) => ({
    ...{ takeOver: idOf(`take-over ${phase}`), handle: idOf('handle'), key: idOf(`key ${phase}`) },
    ...{ state: phase === 'finished' ? 'finished' : 'open', begun: index === 0 ? null : now - DAY },
    ...{ witnesses: index === 0 ? [] : [2, 3], waiting: phase === 'asked' ? [1, 4] : [] },
    ...{ objections: phase === 'stopped' ? 1 : 0, outvoted: false, readyAt: index === 0 ? null : now + DAY },
    ...{ attached: true, asked: phase === 'asked', objects: phase === 'stopped' },
  }),
);

const word = ({ takeOver }: { takeOver: string }) => ({
  takeOver,
  statement: {
    ...{ id: idOf('said'), status: 'queued', transaction: null, height: null, outcome: null, code: null, reason: null },
  },
});
export const TAKE_OVER_WORDS: Answers = {
  me_takeOverObject: word,
  ...{ takeover_witness: word, takeover_acknowledge: word, takeover_object: word, takeover_withdraw: word },
};

const WISH = { asked: now - DAY, answered: now - HOUR, answer: 'We will see to it' };
const HOLDERS = CLINICS.map(({ number, name }, place) => {
  return { clinic: number, clinicName: name, answered: place === 0 ? now : null };
});

/** The patient who is to be erased. */
export const ASKING = idOf('ida');

export const ERASURES: readonly ErasureView[] = (['asked', 'held', 'approved', 'hold'] as const).map((state) => ({
  ...{ erasure: idOf(`erasure ${state}`), kind: state === 'hold' ? 'hold' : 'erasure', handle: idOf('handle') },
  ...{ text: 'Asked for <b>twice</b>', by: idOf('okoro'), asked: now - DAY, removed: 0 },
  ...{ state: state === 'hold' ? 'held' : state, approvals: state === 'approved' ? [idOf('a'), idOf('b')] : [] },
}));

export interface DemoPatientOptions {
  readonly roles?: SessionView['roles'];
  readonly attached?: boolean;
  readonly empty?: boolean;
  /** For a child. */
  readonly acting?: boolean;
}

export type Answers = Partial<Record<MethodName, (params: never) => unknown>>;

function answers({ roles = ['patient'], attached = true, empty = false, acting = false }: DemoPatientOptions): Answers {
  const some = <T>(list: readonly T[]): readonly T[] => (empty ? [] : list);
  const about =
    <T>(answer: (params: never) => T) =>
    (params: never) => {
      if (!attached) throw new Error('me.not-attached');
      return answer(params);
    };
  return {
    session_current: () => ({
      session: session(roles),
      clinic: CLINICS[0],
      passkeys: { possible: false, reason: null },
      registration: { staff: false, patients: false, firstAdministrator: false },
    }),
    account_me: () => ({
      ...{
        user: '1'.repeat(32),
        name: 'ida',
        account: idOf('ida'),
        photo: false,
        photoTypes: [],
        changes: [],
        mail: {},
      },
      profile: { displayName: 'Ida Berg', givenName: 'Ida', familyName: 'Berg', language: 'en' },
      factors: { password: true, totp: true, recoveryCodes: 8, passkeys: [], wallets: [] },
      ...{ roles: [], keys: [], vaultVersion: 1, recoveryKey: true },
    }),
    admin_approvals: () => ({ approvals: [] }),
    outbox_list: () => ({ entries: [], total: 0, next: null }),
    me_summary: () => ({
      ...{ attached, pid: null, ...at(1), records: empty ? 0 : 12, newest: some(RECORDS), requests: some(REQUESTS) },
      ...{ sealed: 0, shares: empty ? 0 : 2, readers: some(ACCESSES.slice(0, 3)), notices: 0 },
    }),
    me_records: about(({ category }: { category?: string }) => ({
      records: some(RECORDS).filter((one) => category === undefined || one.category === category),
      sealed: 0,
      branches: [{ ...at(1), state: 'open' }],
    })),
    me_recordRead: about(({ record: id }: { record: string }) => {
      const found = RECORDS.find((one) => one.record === id);
      if (found === undefined) throw new Error('record.unknown');
      const before = { ...found, version: 1, date: found.date - DAY };
      const after = { ...found, version: 2, amendment: 'correction', reason: 'Wrong <b>unit</b>' };
      return {
        ...{ record: after, history: [before, after] },
        resource: found.kind === 'Observation' ? JSON.stringify(GLUCOSE) : null,
        bytes: found.kind === 'document' ? btoa('Dear Ida') : null,
      };
    }),
    me_requests: about(() => ({ requests: some(REQUESTS) })),
    me_sharing: about(() => ({ shares: some(SHARES), branches: !empty, takenOver: !empty })),
    me_access: about(({ after }: { after?: number }) => ({
      events: some(ACCESSES).filter(({ event }) => after === undefined || event < after),
      next: null,
    })),
    me_actingFor: () => ({ patients: acting ? [REPRESENTED] : [] }),
    me_representatives: about(() => ({ representatives: some(REPRESENTATIVES) })),
    me_dispute: about(({ event }: { event: number }) => ({ event, at: now })),
    me_erasure: () => ({
      attached,
      wish: empty ? null : { ...WISH, state: 'approved', approvals: 2, removed: 0, clinics: HOLDERS },
      holds: some([{ text: 'A <b>claim</b> is pending', since: now - DAY }]),
    }),
    erasure_list: () => ({ erasures: some(ERASURES) }),
    erasure_wishes: () => ({
      wishes: some([
        {
          ...{ wish: ASKING, handle: ASKING, name: hostile.name, text: 'I have <b>moved</b>', asked: now },
          as: 'guardian',
          ...{ state: 'waiting', erasure: null, answer: null },
        },
      ]),
    }),
    erasure_certificate: () => ({
      ...{ clinic: 1, approvers: [idOf('a'), idOf('b')], approved: now - HOUR, made: now },
      holders: HOLDERS.map(({ clinic, answered }) => ({
        clinic,
        answered: answered === null ? null : { statement: idOf('shred'), removed: 12, time: answered },
      })),
      ...{ unanswered: [2, 3, 4], certificate: '00', key: idOf('key'), signature: '00' },
    }),
    patient_named: ({ handles }: { handles: string[] }) => ({ patients: handles.map(() => null) }),
    me_takeOvers: about(({ takeOvers: named }: { takeOvers?: readonly string[] }) => ({
      ...{ handle: idOf('handle'), account: idOf('ida'), mayDecide: true },
      authority: empty ? null : { key: idOf('key finished'), since: now - DAY },
      takeOvers: some(TAKE_OVERS).filter(({ takeOver }) => named?.includes(takeOver) ?? true),
      more: false,
    })),
    ...TAKE_OVER_WORDS,
    takeover_list: () => ({ takeOvers: some(TAKE_OVERS), more: false, authority: null }),
    takeover_get: ({ takeOver }: { takeOver: string }) => {
      const found = TAKE_OVERS.find((one) => one.takeOver === takeOver);
      if (found === undefined) throw new Error('takeover.unknown');
      return found;
    },
    me_notices: about(() => ({ notices: some(NOTICES) })),
    audit_events: () => ({ events: some(EVENTS), next: null }),
    audit_status: () => ({
      ...{ anchored: 6, events: 9, awaited: 1 },
      findings: some([{ ticket: idOf('ticket'), clinic: 3, clinicName: null, served: now - DAY, state: 'unlogged' }]),
    }),
    audit_disputes: () => ({
      disputes: some([{ event: 7, account: idOf('ida'), name: 'Ida Berg', at: now, text: 'I was not <b>there</b>' }]),
    }),
    emergency_list: () => ({ emergencies: some(EMERGENCIES), openMs: 7_200_000, reviewMs: 259_200_000 }),
    emergency_review: () => EMERGENCIES[3],
  };
}

export function session(roles: SessionView['roles']): SessionView {
  return {
    ...{ id: '0'.repeat(32), user: '1'.repeat(32), account: idOf('ida'), name: 'ida', displayName: 'Ida Berg', roles },
    ...{ clinic: 1, clinics: [], began: now, lastActive: now, idleEndsAt: now + HOUR, endsAt: now + 12 * HOUR },
    ...{ factorAt: now, hasSecondFactor: true, mustSetUp: null },
  };
}

export function asPatient(page: Page, options: DemoPatientOptions = {}): Promise<void> {
  return answerCalls(page, answers(options));
}

/** What is not among the answers goes to the node. Answers are held to their schemas. */
export async function answerCalls(page: Page, known: Answers): Promise<void> {
  await page.route('**/rpc', async (route: Route) => {
    const { id, method, params } = route.request().postDataJSON() as { id: number; method: MethodName; params: never };
    const answer = known[method];
    if (answer === undefined) return route.fallback();
    try {
      const result = METHODS[method].result.parse(answer(params));
      await route.fulfill({ json: { jsonrpc: '2.0', id, result } });
    } catch (error) {
      const code = (error as Error).message;
      await route.fulfill({ json: { jsonrpc: '2.0', id, error: { code: -32000, message: code, data: { code } } } });
    }
  });
}
