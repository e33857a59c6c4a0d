// One person registered twice at a whole clinic: suggested by itself, linked, unlinked and dismissed by people, as the chain
// and the doors show it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { madeUpPatients } from '../helpers/made-up-patients.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
let net: TestNodes;

beforeAll(async () => {
  net = await TestNodes.found({ clinics: 1 });
  await net.start(1);
}, 3 * MINUTE);

afterAll(() => net?.remove(), MINUTE);

const client = () => net.client(1);
const suggestions = async (all = false) => (await client().call('patient_suggestions', { all })).suggestions;

async function applied(statement: string | null): Promise<void> {
  expect(statement).not.toBeNull();
  await net.applied(1, statement);
  const { statements } = await client().call('tx_wait', { statements: [String(statement)] });
  expect(statements[0].outcome).toMatchObject({ result: 'applied' });
}

describe('duplicates at a clinic', { timeout: 10 * MINUTE }, () => {
  it('are suggested with what they have in common, and what a person decides about them holds', async () => {
    const [one, two, stranger] = madeUpPatients(3, 6);
    const again = { ...two.resource, name: one.resource['name'], birthDate: one.resource['birthDate'] };
    const { patients } = await client().call('patient_register', {
      patients: [one.resource, again, stranger.resource].map((resource) => ({ resource })),
    });
    const [first, second] = patients.map(({ pid }) => String(pid));
    await applied(patients[0].statement);
    const [found] = await waitFor(async () => ((await suggestions()).length > 0 ? suggestions() : undefined), {
      timeoutMs: 3 * MINUTE,
      what: 'a suggestion',
    });
    expect(new Set([found.pid, found.otherPid])).toEqual(new Set([first, second]));
    expect(found).toMatchObject({ state: 'open', clinic: 1, reasons: expect.arrayContaining(['names-birth-date']) });

    const { statement } = await client().call('patient_link', { patient: first, other: second });
    await applied(statement);
    // The list follows the block that it is asked after.
    await expect.poll(() => suggestions()).toEqual([]);
    expect(await suggestions(true)).toMatchObject([{ id: found.id, state: 'linked' }]);
    expect(await client().call('patient_link', { patient: second, other: first })).toEqual({ statement: null });
    await expect(client().call('patient_link', { patient: first, other: first })).rejects.toMatchObject({
      code: 'patient.same',
    });

    await applied((await client().call('patient_unlink', { patient: first, other: second })).statement);
    await expect.poll(() => suggestions()).toMatchObject([{ id: found.id, state: 'open' }]);
    const relinked = await client().call('patient_link', { patient: first, other: second });
    await applied(relinked.statement);
    await applied((await client().call('patient_unlink', { patient: second, other: first })).statement);

    await client().call('patient_dismiss', { suggestion: found.id });
    expect(await suggestions()).toEqual([]);
    expect(await suggestions(true)).toMatchObject([{ id: found.id, state: 'dismissed' }]);
    await expect(client().call('patient_dismiss', { suggestion: '0'.repeat(64) })).rejects.toMatchObject({
      code: 'patient.unknown-suggestion',
    });
  });
});
