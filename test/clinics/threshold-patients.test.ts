// Identifiers of whole nodes: one key with every clinic becomes shares of three by a ceremony, with the same identifiers;
// who comes while too few clinics are there gets one for the time being.
import { afterAll, expect, it } from 'vitest';
import { openClinic } from '../../node/clinic-directory.ts';
import { sharesHeld } from '../helpers/ceremonies.ts';
import { QUICK } from '../helpers/devnet.ts';
import { madeUpPatients } from '../helpers/made-up-patients.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
let net: TestNodes;

afterAll(() => net?.remove(), MINUTE);

const find = (clinic: number, patient: string) => net.client(clinic).call('patient_get', { patient });
const pidOf = async (clinic: number, patient: string) => (await find(clinic, patient)).pid;
const status = (clinic: number) => net.client(clinic).call('identifier_status', {});

const keysOf = async (number: number) => {
  const { directory, passphrase } = net.clinic(number);
  return (await openClinic(directory, passphrase)).keys;
};

async function register(clinic: number, resource: Record<string, unknown>) {
  const { patients } = await net.client(clinic).call('patient_register', { patients: [{ resource }] });
  return patients[0];
}

it(
  'property 2: patient id determinism: a resharing to a threshold changes no identifier, and who comes while too few clinics are there is linked later',
  async () => {
    net = await TestNodes.found({ clinics: 3, miners: [1], params: QUICK });
    for (const number of net.numbers) await net.start(number);
    await net.connected();
    const [before, first, second, alone] = madeUpPatients(4, 5);
    const old = await pidOf(1, before.number);
    expect(await status(1)).toMatchObject({ mode: 'single-key', threshold: 1, reachable: [1, 2, 3] });
    const resharing = { purpose: 'identifier', mode: 'reshare' } as const;
    await net.client(2).call('ceremony_begin', resharing);
    await sharesHeld(net, resharing, 4 * MINUTE);
    for (const number of net.numbers) {
      await waitFor(async () => (await status(number)).mode === 'threshold', {
        timeoutMs: 4 * MINUTE,
        intervalMs: 200,
        what: `shares at clinic ${number}`,
      });
    }
    expect(await status(2)).toMatchObject({ threshold: 2, holders: [1, 2, 3] });
    // Clinics 2 and 3 have never seen the number.
    expect(await pidOf(2, before.number)).toBe(old);
    const pid = await pidOf(3, first.number);
    // Until the whole key is destroyed, some blocks after the switch is final, each clinic could still do alone.
    for (const number of net.numbers) {
      await waitFor(async () => (await keysOf(number)).shared?.identifierKey === undefined, {
        timeoutMs: 4 * MINUTE,
        intervalMs: 500,
        what: `the end of the whole key at clinic ${number}`,
      });
    }
    await net.stop(3);
    expect(await pidOf(1, first.number)).toBe(pid);
    const shared = await register(2, second.resource);
    expect(shared.pid).toMatch(/^pid1/);

    await net.stop(2);
    await waitFor(() => net.node(1).network.peers().length === 0, { timeoutMs: MINUTE, what: 'clinic 1 alone' });
    await expect(pidOf(1, second.number)).rejects.toMatchObject({ code: 'identifier.unreachable' });
    const given = await register(1, alone.resource);
    expect(given).toMatchObject({ outcome: 'registered', pid: expect.stringMatching(/^tmp1/) });
    expect((await register(1, alone.resource)).pid).toBe(given.pid);
    expect(await pidOf(1, alone.number)).toBe(given.pid);
    expect((await status(1)).provisional).toBe(1);

    await net.start(2);
    await net.connected();
    const computed = await waitFor(
      async () => {
        const found = await find(1, String(given.pid));
        return found.pid.startsWith('pid1') && found.registered && found.pid;
      },
      { timeoutMs: 2 * MINUTE, intervalMs: 200, what: 'the identifier that was computed later' },
    );
    expect(computed).toBe(await pidOf(2, alone.number));
    const none = async () => (await status(1)).provisional === 0;
    await waitFor(none, { timeoutMs: 2 * MINUTE, intervalMs: 200, what: 'no provisional identifier left' });
    const { quotas } = await status(2);
    expect(quotas.find(({ clinic, use }) => clinic === 1 && use === 'identifier')?.total).toBeGreaterThan(0);
  },
  20 * MINUTE,
);
