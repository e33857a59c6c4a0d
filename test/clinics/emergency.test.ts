// Emergency access and erasure across real clinics: the clinic that wrote is down, a doctor elsewhere reads with the help of the
// others and is reviewed; then the patient's records are erased at every clinic.
import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import { sharesHeld } from '../helpers/ceremonies.ts';
import { erased } from '../helpers/erasing.ts';
import { handedOver } from '../helpers/key-rows.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { type MadeUp, madeUp, Portal, registration, signIn } from '../helpers/portal.ts';
import { writeReport } from '../helpers/report.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
const DAY_MS = 86_400_000;
const slow = { timeoutMs: 4 * MINUTE, intervalMs: 300 };
const patient = { patient: '951-71-0044', country: 'US', type: 'ssn' };
const resource = JSON.stringify({ resourceType: 'AllergyIntolerance', id: 'penicillin', code: { text: 'Penicillin' } });

interface Staff {
  readonly portal: Portal;
  readonly person: MadeUp;
}

let net: TestNodes;
let home: Staff;
let away: Staff;
let officers: readonly Staff[];
let reviewer: Staff;
let record: string;

async function employ(number: number, name: string, role: Role): Promise<Staff> {
  const person = madeUp(net.founded.bundle.genesis, name);
  const until = Date.now() + DAY_MS;
  const { token } = await net.node(number).people.users.invite({ kind: 'staff', roles: [role], until, by: null });
  const portal = new Portal(net.clinic(number).url);
  await portal.call('account_register', registration(person, { token }));
  const what = `the role of ${name}`;
  await waitFor(
    async () => {
      await signIn(portal, person);
      return (await portal.call('session_current')).session?.roles.includes(role);
    },
    { ...slow, what },
  );
  return { portal, person };
}

const applied = (number: number, statement: string) => net.applied(number, statement);

beforeAll(async () => {
  net = await TestNodes.found({ clinics: 4, miners: [2] });
  await Promise.all(net.numbers.map((number) => net.start(number)));
  await net.connected();
  await net.client(2).call('ceremony_begin', { purpose: 'emergency' });
  const { patients } = await net.client(1).call('patient_register', { patients: [{ number: patient.patient }] });
  await applied(1, String(patients[0].statement));
  [home, away, reviewer, ...officers] = await Promise.all([
    employ(1, 'anna', 'doctor'),
    employ(3, 'chloe', 'doctor'),
    employ(3, 'petra', 'privacy-officer'),
    employ(1, 'oda', 'privacy-officer'),
    employ(1, 'omar', 'admin'),
  ]);
  await sharesHeld(net, { purpose: 'emergency' }, slow.timeoutMs);
  const { records } = await home.portal.call('record_write', { ...patient, records: [{ resource }] });
  record = records[0].record;
  await applied(1, records[0].statement);
  await net.agreed();
  await handedOver(net, 1, { record, escrowed: true });
}, 15 * MINUTE);
afterAll(() => net?.remove(), MINUTE);

describe('an emergency', { timeout: 8 * MINUTE }, () => {
  const asked = { ...patient, reason: 'unconscious' as const, text: 'Found unconscious, nobody to ask' };
  let emergency: string;

  it('needs a second factor that was shown just now', async () => {
    expect(await away.portal.refusal('emergency_open', asked)).toBe('session.factor-needed');
    const { portal, person } = away;
    const { secret } = await portal.call('account_totpStart');
    const app = new TOTP({ secret: Secret.fromBase32(secret) });
    const { recoveryCodes } = await portal.call('account_totpFinish', { code: app.generate() });
    await portal.call('session_signOut');
    const step = await portal.call('session_signIn', { name: person.name, auth: person.auth });
    if (step.step !== 'second-factor') throw new Error('no second factor was asked for');
    await portal.call('session_factor', { ticket: step.ticket, method: 'recovery-code', code: recoveryCodes[0] });
  });

  it('lets a doctor elsewhere read while the clinic that wrote is down', async () => {
    await net.stop(1);
    const read = { ...patient, record, clinic: 1, purpose: 'BTG' as const };
    expect(await away.portal.refusal('record_read', read)).toBe('record.refused');
    // Asked again where a share or an escrow was still on its way; the figure is that of the one that opened it.
    let began = 0;
    const asking = () => {
      began = performance.now();
      return away.portal.call('emergency_open', asked);
    };
    const opened = await waitFor(asking, { ...slow, what: 'the help' });
    const found = await away.portal.call('record_read', read);
    const took = performance.now() - began;
    expect(took).toBeLessThan(3_000);
    await writeReport(
      'emergency',
      'Emergency access while the clinic that wrote is down',
      'Real clinics on loopback, the patient’s own stopped (`test/clinics/emergency.test.ts`).',
      [['from the doctor’s request to the record in plain at another clinic (aim: 3 s)', `${Math.round(took)} ms`]],
    );
    emergency = opened.emergency;
    expect(opened.opens).toEqual([{ clinic: 1, categories: ['medications'] }]);
    expect(found.resource).toBe(resource);
    const { events } = await net.client(2).call('audit_events', { ...patient, limit: 50 });
    expect(events.map(({ action }) => action)).toContain('emergency-help');
  });

  it('is over when it is closed, and is reviewed by somebody else', async () => {
    await away.portal.call('emergency_close', { emergency });
    const read = { ...patient, record, clinic: 1, purpose: 'BTG' as const };
    expect(await away.portal.refusal('record_read', read)).toBe('record.refused');
    const review = { emergency, verdict: 'justified' as const, text: 'Seen the notes of the ward' };
    expect(await away.portal.refusal('emergency_review', review)).toBe('rpc.forbidden');
    expect((await reviewer.portal.call('emergency_review', review)).state).toBe('reviewed');
  });

  it('is known to the clinic that was down, once it is back', async () => {
    await net.start(1);
    await net.connected();
    const list = () => net.client(1).call('emergency_list');
    await waitFor(async () => (await list()).emergencies[0]?.state === 'reviewed', { ...slow, what: 'the notice' });
    expect((await home.portal.call('emergency_list')).emergencies).toEqual([]);
  });
});

describe('an erasure', { timeout: 12 * MINUTE }, () => {
  it('is approved by two persons and carried out by every clinic', async () => {
    const erasure = await erased(net, { ...patient, text: 'Asked for in writing' }, officers);
    const certificate = () => net.client(1).call('erasure_certificate', { erasure });
    expect((await certificate()).approvers).toHaveLength(2);
    for (const clinic of [2, 4]) {
      const shown = await net.client(3).call('erasure_challenge', { erasure, clinic });
      expect(shown).toMatchObject({ clinic, left: 0 });
      expect(shown.shredded).not.toBeNull();
    }
    await signIn(home.portal, home.person);
    expect((await home.portal.call('record_list', patient)).charts[0].records).toEqual([]);
  });
});
