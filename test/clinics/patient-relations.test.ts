// What a method about a patient answers by how the caller stands to that patient, over real clinics: every method of the access
// table that is about one, every relation. Who may call it at all by role is test/access/table.test.ts.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import { ACCESS } from '../../rpc/access/table.ts';
import { EXAMPLES } from '../../rpc/openapi/examples.ts';
import type { MethodName } from '../../rpc/schema/methods.ts';
import { madeUpPatients } from '../helpers/made-up-patients.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { madeUp, Portal, PortalError, registration, signIn } from '../helpers/portal.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
const DAY_MS = 86_400_000;
const slow = { timeoutMs: 4 * MINUTE, intervalMs: 300 };
const [PAULA, KIM] = madeUpPatients(2, 17);
const about = ({ number }: typeof PAULA) => ({ patient: number, country: 'US', type: 'ssn' });
const STAFF = [
  'reception',
  'doctor',
  'nurse',
  'admin',
  'privacy-officer',
  'auditor',
] as const satisfies readonly Role[];

/** Methods of a patient about herself: `self` for her alone, `acting` also for whoever acts for her, `deciding` not for delegates. */
const MINE: Readonly<Record<string, 'nobody' | 'self' | 'acting' | 'deciding'>> = {
  // Asks of nobody in particular: for whom the caller acts.
  me_actingFor: 'nobody',
  ...{ me_envelope: 'self', me_recordAdd: 'self', me_applications: 'self', me_rekey: 'self' },
  ...{ me_representatives: 'acting', me_representativeEnd: 'acting', me_summary: 'acting', me_records: 'acting' },
  ...{ me_recordRead: 'acting', me_recordDownload: 'acting', me_vault: 'acting', me_requests: 'acting' },
  ...{ me_recipients: 'acting', me_answer: 'acting', me_sharing: 'acting', me_share: 'acting', me_branches: 'acting' },
  ...{ me_stop: 'acting', me_access: 'acting', me_dispute: 'acting', me_takeOvers: 'acting', me_notices: 'acting' },
  ...{ me_delegate: 'deciding', me_erasure: 'deciding', me_erasureAsk: 'deciding', me_erasureCancel: 'deciding' },
  ...{ me_takeOverPrepare: 'deciding', me_takeOverObject: 'deciding' },
};
/** Those of them that answer somebody who is attached to no patient, with nothing of anybody. */
const TO_ANYBODY = new Set(['me_actingFor', 'me_summary', 'me_erasure', 'me_erasureCancel']);

/** Methods of staff about a patient: `here` only where the patient is registered, `anywhere` decided by what is asked for. */
const STAFFS: Readonly<Record<string, 'here' | 'anywhere'>> = {
  ...{ record_write: 'here', record_import: 'here', record_amend: 'here', record_attach: 'here' },
  ...{ consent_grant: 'here', consent_deny: 'here', consent_organisation: 'here' },
  ...{ patient_attach: 'here', patient_account: 'here', patient_detachAccount: 'here' },
  ...{ patient_representativeAdd: 'here', patient_representatives: 'here', patient_representativeEnd: 'here' },
  ...{ patient_get: 'anywhere', patient_search: 'anywhere', patient_card: 'anywhere', patient_history: 'anywhere' },
  ...{ patient_link: 'anywhere', patient_unlink: 'anywhere', audit_events: 'anywhere', audit_disclosures: 'anywhere' },
  ...{ takeover_list: 'anywhere', takeover_prepare: 'anywhere', record_list: 'anywhere', record_read: 'anywhere' },
  ...{
    record_readMany: 'anywhere',
    record_download: 'anywhere',
    consent_request: 'anywhere',
    consent_list: 'anywhere',
  },
  ...{
    consent_delegate: 'anywhere',
    emergency_open: 'anywhere',
    erasure_request: 'anywhere',
    erasure_hold: 'anywhere',
  },
};
/** As a reference to a patient looks, and made by nobody. */
const MADE_UP = `ref.${'A'.repeat(80)}`;
const RELATION = new Set([
  ...['me.not-attached', 'representative.not-yours', 'representative.may-not', 'record.no-relation', 'identifier.ref'],
]);

let net: TestNodes;
const people = new Map<string, Portal>();
/** As the pages of those who act for them name them. */
let kim: string;
let paula: string;

async function arrive(number: number, name: string, kind: 'staff' | 'patient', roles: readonly Role[]): Promise<void> {
  const person = madeUp(net.founded.bundle.genesis, name);
  const until = Date.now() + DAY_MS;
  const { token } = await net.node(number).people.users.invite({ kind, roles: [...roles], until, by: null });
  const portal = new Portal(net.clinic(number).url);
  await portal.call('account_register', registration(person, { token, kind }));
  const hasRoles = async () => {
    await signIn(portal, person);
    const held = (await portal.call('session_current')).session?.roles ?? [];
    return roles.every((role) => held.includes(role));
  };
  await waitFor(hasRoles, { ...slow, what: `the roles of ${name}` });
  people.set(name, portal);
}

const applied = (statement: string) =>
  waitFor(
    async () =>
      (await net.client(1).call('tx_wait', { statements: [statement], until: 'applied', timeoutMs: MINUTE })).reached,
    { ...slow, what: 'a statement in a block' },
  );

/** `undefined` where it was not the relation that was refused, if anything was. */
async function asked(name: string, method: MethodName, params: object): Promise<string | undefined> {
  try {
    await people.get(name)!.call(method, { ...EXAMPLES[method], ...params } as never);
    return undefined;
  } catch (error) {
    if (!(error instanceof PortalError)) throw error;
    // What the doors refuse never came to what decides, and tells nothing of it.
    return RELATION.has(error.code) || !/^(?!rpc\.)[a-z]+\.[a-z-]+$/.test(error.code) ? error.code : undefined;
  }
}

beforeAll(async () => {
  net = await TestNodes.found({ clinics: 2, apart: true, miners: [1] });
  await Promise.all(net.numbers.map((number) => net.start(number)));
  await waitFor(() => net.connected().then(() => true), { ...slow, what: 'the connections' });
  const { patients } = await net
    .client(1)
    .call('patient_register', { patients: [PAULA, KIM].map((one) => ({ resource: one.resource })) });
  for (const { statement } of patients) await applied(String(statement));
  for (const name of ['paula', 'mia', 'fred', 'gus', 'sam']) await arrive(1, name, 'patient', ['patient']);
  await arrive(1, 'anna', 'staff', STAFF);
  await arrive(2, 'bela', 'staff', STAFF);
  const until = Date.now() + DAY_MS;
  await net.client(1).call('patient_attach', { ...about(PAULA), user: 'paula', document: 'passport' });
  const named = (user: string, kind: 'guardian' | 'delegate', who: typeof PAULA) =>
    net.client(1).call('patient_representativeAdd', {
      ...{ ...about(who), user, kind, until },
      document: kind === 'guardian' ? 'court-order' : 'signed-letter',
    });
  await named('mia', 'guardian', KIM);
  await named('fred', 'delegate', PAULA);
  const { representative } = (await named('gus', 'delegate', PAULA)).representative;
  [{ patient: kim }] = (await people.get('mia')!.call('me_actingFor')).patients;
  [{ patient: paula }] = (await people.get('fred')!.call('me_actingFor')).patients;
  await net.client(1).call('patient_representativeEnd', { ...about(PAULA), representative });
}, 8 * MINUTE);
afterAll(() => net?.remove(), MINUTE);

const tableNames = Object.entries(ACCESS) as [MethodName, (typeof ACCESS)[MethodName]][];

describe('a method about a patient', { timeout: 10 * MINUTE }, () => {
  it('is in one of the lists of this test', () => {
    const mine = tableNames.filter(([name]) => name.startsWith('me_')).map(([name]) => name);
    expect(Object.keys(MINE).sort()).toEqual(mine.sort());
    const staffs = tableNames.filter(([, { object }]) => object === 'patient').map(([name]) => name);
    expect(Object.keys(STAFFS).sort()).toEqual(staffs.sort());
  });

  it('property 31: role-based access: of patients themselves answers herself and who acts for her, and nobody else', async () => {
    const [told, expected]: [string[], string[]] = [[], []];
    for (const [method, who] of Object.entries(MINE) as [MethodName, string][]) {
      const ask = async (name: string, actingFor: string | undefined, code: string | undefined) => {
        const of =
          new Map([
            [undefined, 'herself'],
            [kim, 'of Kim'],
            [paula, 'of Paula'],
          ]).get(actingFor) ?? 'of nobody';
        const found = await asked(name, method, actingFor === undefined ? {} : { actingFor });
        told.push(`${method} by ${name} ${of}: ${found}`);
        expected.push(`${method} by ${name} ${of}: ${code}`);
      };
      await ask('paula', undefined, undefined);
      // Who acts for others, did so, or of whom nobody said anything has no chart of her own.
      const unattached = TO_ANYBODY.has(method) ? undefined : 'me.not-attached';
      for (const name of ['mia', 'fred', 'gus', 'sam']) await ask(name, undefined, unattached);
      if (who === 'self' || who === 'nobody') continue;
      await ask('mia', kim, undefined);
      await ask('fred', paula, who === 'deciding' ? 'representative.may-not' : undefined);
      for (const name of ['fred', 'gus', 'sam', 'paula']) await ask(name, kim, 'representative.not-yours');
      for (const name of ['mia', 'gus', 'sam']) await ask(name, paula, 'representative.not-yours');
      await ask('sam', MADE_UP, 'identifier.ref');
    }
    expect(told).toEqual(expected);
  });

  it('property 31: role-based access: of staff answers where the patient is registered, and elsewhere only what may be asked there', async () => {
    const [told, expected]: [string[], string[]] = [[], []];
    for (const [method, where] of Object.entries(STAFFS) as [MethodName, string][]) {
      const lookup = 'name' in (EXAMPLES[method] ?? {}) || method === 'takeover_prepare' ? {} : about(PAULA);
      const ask = async (name: string, code: string | undefined) => {
        told.push(`${method} by ${name}: ${await asked(name, method, lookup)}`);
        expected.push(`${method} by ${name}: ${code}`);
      };
      await ask('bela', where === 'here' ? 'record.no-relation' : undefined);
      await ask('anna', undefined);
    }
    expect(told).toEqual(expected);
  });
});
