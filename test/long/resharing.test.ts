// The identifier key of a running network goes from three of five clinics to four of seven, and every number keeps its
// identifier, whichever of them are there. Whole nodes on sockets; two of them join on the way.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '../../common/bytes.ts';
import { createLogger } from '../../common/logger.ts';
import { combinePartials, type IndexedElements } from '../../identity/patient/partials.ts';
import { PatientIdentifiers } from '../../identity/patient/patient-identifiers.ts';
import { openClinic } from '../../node/clinic-directory.ts';
import { AskHolders } from '../../node/identifiers/ask.ts';
import type { Node } from '../../node/node.ts';
import type { RpcClient } from '../../rpc/client.ts';
import { FAST } from '../helpers/devnet.ts';
import { madeUpPatients } from '../helpers/made-up-patients.ts';
import { govern, Newcomer } from '../helpers/newcomer.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { writeReport } from '../helpers/report.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
const LONG = 30 * MINUTE;
const FOUNDERS = [1, 2, 3, 4, 5];
const SEVEN = [1, 2, 3, 4, 5, 6, 7];
const numbers = madeUpPatients(16, 11).map(({ number }) => number);
const identifiers = new Map<string, string>();
const newcomers: Newcomer[] = [];
const rows: (readonly [string, string | number])[] = [];
let net: TestNodes;

beforeAll(async () => {
  net = await TestNodes.found({ clinics: FOUNDERS.length, params: FAST });
  for (const number of FOUNDERS) await net.start(number);
  await net.connected(FOUNDERS.length - 1, LONG);
}, LONG);
afterAll(async () => {
  for (const newcomer of newcomers) await newcomer.remove();
  await net?.remove();
}, LONG);

const pidAt = async (client: RpcClient, number: string): Promise<string> =>
  (await client.call('patient_get', { patient: number })).pid;

/** Asks for the identifier at clinics that never looked it up; the first answer counts for all. */
async function sameAt(clients: readonly RpcClient[], number: string): Promise<void> {
  for (const client of clients) {
    const pid = await waitFor(() => pidAt(client, number).catch(() => undefined), {
      timeoutMs: 5 * MINUTE,
      intervalMs: 300,
      what: 'an identifier',
    });
    expect(pid).toBe(identifiers.get(number) ?? pid);
    identifiers.set(number, pid);
  }
}

function nodeOf(clinic: number): Node {
  return clinic <= FOUNDERS.length ? net.node(clinic) : newcomers[clinic - FOUNDERS.length - 1].node;
}

function combinations<T>(items: readonly T[], count: number): T[][] {
  if (count === 0) return [[]];
  return items.flatMap((item, at) => combinations(items.slice(at + 1), count - 1).map((rest) => [item, ...rest]));
}

/** Each clinic is asked for its part over the network; any `threshold` of them make the known identifier, fewer none. */
async function everyCombination(generation: number, holders: readonly number[], threshold: number): Promise<void> {
  const logger = createLogger({ level: 'silent' });
  const [number] = numbers;
  const partOf = (clinic: number, blinded: readonly Uint8Array[]) =>
    waitFor(
      async (): Promise<IndexedElements | false> => {
        const { network, chain } = nodeOf(holders.find((other) => other !== clinic)!);
        const members = { current: chain.members };
        const asking = new AskHolders({ network, members, logger, random: () => 0, blame: () => undefined });
        const owner = { clinic, index: clinic, verificationShare: new Uint8Array(32) };
        const answer = await asking.ask(owner, { use: 'identifier', generation, blinded });
        return answer.type === 'evaluated' && { index: clinic, evaluated: answer.evaluated };
      },
      { timeoutMs: 5 * MINUTE, intervalMs: 300, what: `the part of clinic ${clinic}` },
    );
  const evaluator = {
    mode: 'threshold',
    key: new Uint8Array(32),
    async evaluate(blinded: readonly Uint8Array[]) {
      const parts: IndexedElements[] = [];
      for (const clinic of holders) parts.push(await partOf(clinic, blinded));
      const made = await Promise.all(combinations(parts, threshold).map(combinePartials));
      const fewer = await Promise.all(combinations(parts, threshold - 1).map(combinePartials));
      expect(new Set(made.map(([element]) => toHex(element))).size).toBe(1);
      expect(fewer.map(([element]) => toHex(element))).not.toContain(toHex(made[0][0]));
      rows.push([`combinations of ${threshold} of ${holders.length}, all with one identifier`, made.length]);
      rows.push([`combinations of ${threshold - 1}, none with it`, fewer.length]);
      return made[0];
    },
  };
  const document = { country: 'US', type: 'ssn', number };
  expect(await new PatientIdentifiers({}, { evaluator }).pidOf(document)).toBe(identifiers.get(number));
}

/** Of whose shares this clinic has one; 0 is the whole key. */
async function generationsAt(number: number): Promise<number[]> {
  const { directory, passphrase } = net.clinic(number);
  const { keys } = await openClinic(directory, passphrase);
  const shares = keys.shares.filter(({ purpose }) => purpose === 'identifier').map(({ generation }) => generation);
  return keys.shared?.identifierKey === undefined ? shares : [0, ...shares];
}

async function reshare(clients: readonly RpcClient[], expected: { readonly generation: number }): Promise<void> {
  const { generation } = expected;
  const started = performance.now();
  const begin = () => clients[0].call('ceremony_begin', { purpose: 'identifier', mode: 'reshare' });
  let attempts = 1;
  await begin();
  await waitFor(
    async () => {
      const all = await Promise.all(clients.map((client) => client.call('ceremony_status', {})));
      const keys = all.map(({ keys }) => keys.find(({ purpose }) => purpose === 'identifier'));
      // On a slow machine a step may take longer than its blocks: then an operator begins again.
      if (keys[0]?.ceremony?.step === 'failed') await begin().then(() => attempts++);
      return keys.every((one) => one?.key?.generation === generation && one.key.held);
    },
    { timeoutMs: LONG, intervalMs: 500, what: `generation ${generation} everywhere` },
  );
  for (const client of clients) {
    await waitFor(async () => (await client.call('identifier_status', {})).generation === generation, {
      timeoutMs: 5 * MINUTE,
      what: 'shares in use',
    });
    expect(await client.call('identifier_status', {})).toMatchObject(expected);
  }
  // Until what was before is destroyed, some blocks after the switch is final, it gives identifiers as well.
  for (const number of FOUNDERS) {
    await waitFor(async () => (await generationsAt(number)).every((one) => one === generation), {
      timeoutMs: LONG,
      intervalMs: 1000,
      what: `the end of the generation before at clinic ${number}`,
    });
  }
  const seconds = Math.round((performance.now() - started) / 1000);
  rows.push([
    `generation ${generation}, until every clinic has its share and nothing else`,
    `${seconds} s, begun ${attempts} times`,
  ]);
}

const reach = (client: RpcClient, count: number) =>
  waitFor(async () => (await client.call('identifier_status', {})).reachable.length === count, {
    timeoutMs: 5 * MINUTE,
    intervalMs: 200,
    what: `${count} holders in reach`,
  });

describe('the identifier key of a running network', { timeout: 2 * LONG }, () => {
  it('three of five: any three clinics give each number one identifier, two give none', async () => {
    const clients = FOUNDERS.map((number) => net.client(number));
    await sameAt([clients[0]], numbers[0]);
    await reshare(clients, { generation: 1, ...{ mode: 'threshold', threshold: 3, holders: FOUNDERS } });
    await sameAt(clients, numbers[0]);
    await everyCombination(1, FOUNDERS, 3);
    const cuts = [
      [
        [1, 2, 3],
        [4, 5],
      ],
      [
        [2, 4, 5],
        [1, 3],
      ],
    ];
    for (const [index, [three, two]] of cuts.entries()) {
      await net.cut(three, two);
      const inside = three.map((number) => net.client(number));
      const alone = net.client(two[0]);
      await reach(inside[0], 3);
      await reach(alone, 2);
      const fresh = numbers[1 + index];
      await sameAt(inside, fresh);
      await expect(pidAt(alone, fresh)).rejects.toMatchObject({ code: 'identifier.unreachable' });
      await net.heal();
      await net.connected(FOUNDERS.length - 1, LONG);
      await sameAt([alone], fresh);
    }
  });

  it('four of seven, two of which joined: every number keeps its identifier', async () => {
    // More than two thirds of whoever is a member by then, the one that proposes among them.
    for (const [name, approvers] of [
      ['Elm', [2, 3, 4]],
      ['Fir', [2, 3, 4, 5]],
    ] as const) {
      const newcomer = await Newcomer.create(name);
      newcomers.push(newcomer);
      const clinic = await newcomer.founderFile();
      const { invitation } = await net.client(1).call('member_invite', { clinic });
      await newcomer.join(invitation);
      const observing = await newcomer.start();
      await govern(net, { type: 'admit', clinic }, approvers, LONG);
      await observing.admitted;
      await newcomer.stop();
      await newcomer.start();
    }
    const joined = await Promise.all(newcomers.map((newcomer) => newcomer.client()));
    const clients = [...FOUNDERS.map((number) => net.client(number)), ...joined];
    await reshare(clients, { generation: 2, ...{ mode: 'threshold', threshold: 4, holders: SEVEN } });
    for (const number of identifiers.keys()) await sameAt(joined, number);
    await everyCombination(2, SEVEN, 4);
    // Four that are left, the newcomers among them; then three.
    for (const number of [1, 2, 3]) await net.stop(number);
    const four = clients.slice(3);
    await reach(four[3], 4);
    await sameAt(four, numbers[10]);
    await net.stop(4);
    await reach(four[3], 3);
    await expect(pidAt(four[3], numbers[11])).rejects.toMatchObject({ code: 'identifier.unreachable' });
    rows.push(['numbers whose identifier was the same at every clinic that was asked', identifiers.size]);
    const intro = 'Whole nodes in one process, on sockets; clinics 6 and 7 join between the two resharings.';
    await writeReport('resharing', 'Resharing the identifier key', intro, rows);
  });
});
