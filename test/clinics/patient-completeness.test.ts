// What a clinic has of a patient whom it imported, after imports at two clinics in any order, some of them cut off by a kill.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestNetwork } from '../helpers/devnet.ts';
import { madeUpPatients } from '../helpers/made-up-patients.ts';
import { madeUp, type MadeUp as Person, Portal, registration, signIn } from '../helpers/portal.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
const PATIENTS = 3;
const CLINICS = [1, 2] as const;

type Step =
  | { readonly do: 'import' | 'cut-import'; readonly clinic: number; readonly patient: number }
  | { readonly do: 'kill' | 'restart'; readonly clinic: number };

const clinic = fc.constantFrom(...CLINICS);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant('import' as const), clinic, patient: fc.nat(PATIENTS - 1) }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('cut-import' as const), clinic, patient: fc.nat(PATIENTS - 1) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('kill' as const, 'restart' as const), clinic }) },
  ),
  { minLength: 4, maxLength: 6 },
);

let net: TestNetwork;
/** The operator's token reads no record. */
const doctors = new Map<number, { readonly portal: Portal; readonly person: Person }>();
/** So that no run finds the patients of another. */
let set = 40;

beforeAll(async () => {
  net = await TestNetwork.found({ clinics: CLINICS.length });
  await net.startAll();
  await net.connected();
  await Promise.all(CLINICS.map(newDoctor));
}, 8 * MINUTE);
afterAll(() => net?.remove(), MINUTE);

async function newDoctor(number: number): Promise<void> {
  const person = madeUp(net.founded.bundle.genesis, `doctor${number}`);
  const until = Date.now() + 3_600_000;
  const { token } = await net.client(number).call('admin_invite', { kind: 'staff', roles: ['doctor'], until });
  const portal = new Portal(net.clinic(number).url);
  await portal.call('account_register', registration(person, { token }));
  doctors.set(number, { portal, person });
  await signedIn(number);
}

async function signedIn(number: number): Promise<Portal> {
  const { portal, person } = doctors.get(number)!;
  await waitFor(
    async () => {
      await signIn(portal, person);
      return (await portal.call('session_current')).session?.roles.includes('doctor');
    },
    { timeoutMs: 4 * MINUTE, intervalMs: 500, what: `the role at clinic ${number}` },
  );
  return portal;
}

type MadeUp = ReturnType<typeof madeUpPatients>[number];

const observation = ({ number }: MadeUp): string =>
  JSON.stringify({ resourceType: 'Observation', id: `o${number.slice(-4)}`, code: { text: 'Glucose' } });

/** The record that the clinic keeps of the observation. */
async function importAt(at: number, { number, resource }: MadeUp): Promise<string> {
  const client = net.client(at);
  const { items } = await client.call('patient_import', { resources: [{ line: 1, text: JSON.stringify(resource) }] });
  expect(items[0]).toMatchObject({ code: null });
  const brought = await client.call('record_import', {
    patient: number,
    resources: [observation({ number, resource })],
  });
  return String(brought.items[0].record);
}

it(
  'property 29: patient record completeness: nothing of an imported patient is missing, whatever came between',
  async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        const patients = madeUpPatients(PATIENTS, set++);
        const importedAt = new Map<number, Map<number, string>>();
        const done = async (at: number, patient: number): Promise<void> => {
          const theirs = importedAt.get(patient) ?? new Map<number, string>();
          importedAt.set(patient, theirs);
          theirs.set(at, await importAt(at, patients[patient]));
        };
        for (const step of script) {
          if (step.do === 'import') await done(step.clinic, step.patient);
          else if (step.do === 'cut-import') {
            const cut = importAt(step.clinic, patients[step.patient]).catch(() => undefined);
            await net.kill(step.clinic);
            await cut;
            await net.start(step.clinic);
            // Whoever was told of no end brings it in again.
            await done(step.clinic, step.patient);
          } else {
            await (step.do === 'kill' ? net.kill(step.clinic) : net.stop(step.clinic));
            await net.start(step.clinic);
          }
        }
        await net.connected();
        const portals = new Map(await Promise.all(CLINICS.map(async (at) => [at, await signedIn(at)] as const)));
        for (const [index, records] of importedAt) {
          const { number, resource } = patients[index];
          const clinics = [...records.keys()].sort();
          const pids = new Set<string>();
          for (const at of CLINICS) {
            const found = await waitFor(
              async () => {
                const answer = await net.client(at).call('patient_get', { patient: number });
                return answer.clinics.length === clinics.length && answer;
              },
              { timeoutMs: 4 * MINUTE, intervalMs: 100, what: `patient ${index} at clinic ${at}` },
            );
            expect(found).toMatchObject({ registered: true, status: expect.stringMatching(/^(applied|final)$/) });
            expect([found.transaction, found.statement, found.height]).not.toContain(null);
            expect([...found.clinics].sort()).toEqual(clinics);
            pids.add(found.pid);
          }
          expect(pids.size).toBe(1);
          for (const [at, record] of records) {
            const client = net.client(at);
            const [{ family }] = resource.name as readonly { readonly family: string }[];
            const portal = portals.get(at as 1 | 2)!;
            const card = await portal.call('patient_card', { patient: number });
            expect(card).toMatchObject({ family, birthDate: resource.birthDate, here: true });
            const read = await portal.call('record_read', { patient: number, record });
            expect(read.resource).toBe(observation(patients[index]));
            const text = JSON.stringify(resource);
            const { items } = await client.call('patient_import', { resources: [{ line: 1, text }] });
            expect(items[0]).toMatchObject({ pid: [...pids][0], code: null });
          }
        }
      }),
      { numRuns: 3 },
    );
  },
  20 * MINUTE,
);
