// A clinic's way into a network and out of it, with whole nodes: invited, observing, admitted, a member, removed.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../../common/logger.ts';
import { createClinic, openClinic } from '../../node/clinic-directory.ts';
import { loadConfig } from '../../node/config/load.ts';
import { dataPaths } from '../../node/data-directory.ts';
import { joinByInvitation } from '../../node/joining/join.ts';
import { OBSERVER } from '../../node/joining/observers.ts';
import { SHARED_KEYS } from '../../node/joining/protocols.ts';
import { Node } from '../../node/node.ts';
import { createClient, type RpcClient } from '../../rpc/client.ts';
import { freePorts } from '../helpers/devnet.ts';
import { approve } from '../helpers/governance.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { waitFor } from '../helpers/wait-for.ts';

const PASSPHRASE = 'passphrase of the newcomer';
const SSN = '536-22-8145';
const LONG = 180_000;
const logger = createLogger({ level: 'silent' });

let net: TestNodes;
let directory: string;
let node: Node;
let client: RpcClient;

async function startNewcomer(): Promise<Node> {
  const { genesis, clinic, keys, keystore, contacts, admit } = await openClinic(directory, PASSPHRASE);
  const flags = { 'http-port': String(ports[0]), 'p2p-listen': `/ip4/127.0.0.1/tcp/${ports[1]}` };
  const config = loadConfig({ file: {}, flags });
  const paths = dataPaths(directory);
  const started = new Node(
    { genesis, clinic, keys, contacts, paths, config, webRoot: undefined },
    { logger, admit, keystore },
  );
  await started.start();
  return started;
}

let ports: number[];

beforeAll(async () => {
  net = await TestNodes.found({ clinics: 3 });
  await Promise.all(net.numbers.map((number) => net.start(number)));
  await net.connected();
  directory = join(await mkdtemp(join(tmpdir(), 'wardmesh-join-')), 'newcomer');
  ports = await freePorts(2);
  const addresses = [`/ip4/127.0.0.1/tcp/${ports[1]}`];
  await createClinic(directory, PASSPHRASE, { name: 'Elm', organisation: 'Elm', addresses, networks: [] });
}, 5 * LONG);

afterAll(async () => {
  client?.close();
  await node?.stop();
  await net?.remove();
  if (directory !== undefined) await rm(join(directory, '..'), { recursive: true, force: true });
});

const founderFile = (): Promise<string> => readFile(dataPaths(directory).founder, 'utf8');

async function governed(change: Parameters<typeof propose>[0]): Promise<void> {
  const proposal = await propose(change);
  for (const number of [2, 3]) {
    const { statement } = await approve(net.client(number), proposal, LONG);
    await applied(net.client(number), statement);
  }
}

async function propose(change: { type: 'admit'; clinic: string } | { type: 'remove-clinic'; clinic: number }) {
  const { statement, proposal } = await net.client(1).call('member_propose', { change });
  await applied(net.client(1), statement);
  return proposal;
}

async function applied(at: RpcClient, statement: string): Promise<void> {
  await waitFor(async () => (await at.call('tx_wait', { statements: [statement], timeoutMs: 1_000 })).reached, {
    timeoutMs: LONG,
    what: 'a statement of governance',
  });
  expect((await at.call('tx_wait', { statements: [statement] })).statements[0]).toMatchObject({
    outcome: { result: 'applied' },
  });
}

describe('a clinic that joins', () => {
  it('follows the chain as an observer with an invitation, and gets no keys', { timeout: LONG }, async () => {
    const { invitation } = await net.client(1).call('member_invite', { clinic: await founderFile() });
    await joinByInvitation(directory, PASSPHRASE, invitation, { logger });
    node = await startNewcomer();
    client = createClient({
      url: `http://127.0.0.1:${ports[0]}`,
      token: (await readFile(dataPaths(directory).operatorToken, 'utf8')).trim(),
    });
    await waitFor(() => node.chain.tip.header.height >= 2, { timeoutMs: LONG, what: 'blocks at the observer' });
    expect((await client.call('node_status', {})).clinic.number).toBe(OBSERVER);
    const peer = node.network.peers()[0].peerId;
    const keys = async () => {
      for await (const _ of node.network.request(peer, SHARED_KEYS.protocol, new Uint8Array(0))) return 'given';
      return 'nothing';
    };
    await expect(keys()).rejects.toMatchObject({ code: 'p2p.unavailable' });
    await expect(client.call('patient_register', { patients: [{ number: SSN }] })).rejects.toMatchObject({
      code: 'identifier.no-key',
    });
  });

  it('becomes a member by itself once governance has admitted it, and works as one', {
    timeout: 2 * LONG,
  }, async () => {
    await net.client(1).call('patient_register', { patients: [{ number: SSN }] });
    await governed({ type: 'admit', clinic: await founderFile() });
    await node.admitted;
    await node.stop();
    node = await startNewcomer();
    await waitFor(async () => (await client.call('node_status', {})).clinic.number === 4, {
      timeoutMs: LONG,
      what: 'the number of a member',
    });
    const registered = async () => (await client.call('patient_get', { patient: SSN })).clinics.includes(1);
    await waitFor(registered, { timeoutMs: LONG, what: 'the patient that another clinic registered' });
    const { statement } = await client.call('threat_block', { address: '192.0.2.44', reason: 'scan' });
    expect(statement).toBeTruthy();
    await waitFor(
      async () => (await net.client(2).call('threat_check', { address: '192.0.2.44' })).verdict !== 'allow',
      { timeoutMs: LONG, what: 'a report of the new member at another' },
    );
  });

  it('property 43: new branch synchronisation: the newcomer has the state and the list of the oldest member', {
    timeout: LONG,
  }, async () => {
    const address = '192.0.2.45';
    await net.client(1).call('threat_block', { address, reason: 'flood' });
    await waitFor(
      async () => {
        const lists = await Promise.all(
          [client, net.client(1)].map(async (at) => (await at.call('threat_list', { limit: 100 })).threats),
        );
        const [here, there] = lists.map((threats) =>
          threats.map(({ clinic, address: on }) => `${clinic} ${on}`).sort(),
        );
        return here.length >= 2 && here.join() === there.join();
      },
      { timeoutMs: LONG, what: 'one list of reports' },
    );
    await waitFor(
      () => {
        const oldest = net.node(1).chain;
        const same = Buffer.compare(node.chain.tip.id, oldest.tip.id) === 0;
        return same && Buffer.compare(node.chain.roots.stateRoot, oldest.roots.stateRoot) === 0;
      },
      { timeoutMs: LONG, what: 'one head and state' },
    );
  });

  it('is out at every node when it was removed', { timeout: 2 * LONG }, async () => {
    await governed({ type: 'remove-clinic', clinic: 4 });
    await waitFor(() => net.numbers.every((number) => net.node(number).chain.members.clinic(4) === undefined), {
      timeoutMs: LONG,
      what: 'the set without clinic 4',
    });
    const gone = node.network.peerId;
    await waitFor(
      () =>
        net.numbers.every((number) =>
          net
            .node(number)
            .network.peers()
            .every(({ peerId }) => peerId !== gone),
        ),
      { timeoutMs: LONG, what: 'the connections to clinic 4 closed' },
    );
    await expect(client.call('member_invite', { clinic: await founderFile() })).rejects.toThrow();
  });
});
