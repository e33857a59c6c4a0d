// Every kind of key changed in a running network of four processes, while patients are registered: nothing is lost, what is
// final grows, and each clinic takes its new key up by itself, also one that was away when it came into force.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../cli/exit.ts';
import { fromHex } from '../../common/bytes.ts';
import { openKeystore } from '../../node/keystore/keystore.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import { runCommand, TestNetwork } from '../helpers/devnet.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
let net: TestNetwork;

beforeAll(async () => {
  net = await TestNetwork.found();
  await net.startAll();
  await net.connected();
}, 4 * MINUTE);

afterAll(() => net?.remove());

const keyOf = async (at: number, clinic: number, key: string): Promise<string> => {
  const { members } = await net.client(at).call('member_list', {});
  return (members.find(({ number }) => number === clinic) as unknown as Record<string, string>)[key];
};
const final = async (at: number): Promise<number> => (await net.client(at).call('chain_head')).final.height;
/** A clinic that is just starting again with another key is asked once more. */
const approve = (at: number, id: string) =>
  waitFor(
    async () => {
      const result = await net.command(at, 'member', 'approve', id.slice(0, 12));
      return result.code === EXIT.unreachable ? undefined : result;
    },
    { timeoutMs: MINUTE, what: `clinic ${at} to answer` },
  );

async function everywhere(clinic: number, key: string, value: string, at: readonly number[]): Promise<void> {
  for (const number of at) {
    await waitFor(async () => (await keyOf(number, clinic, key).catch(() => '')) === value, {
      timeoutMs: 2 * MINUTE,
      what: `the new ${key} of clinic ${clinic} at clinic ${number}`,
    });
  }
}

describe('keys that change', { timeout: 8 * MINUTE }, () => {
  it('of every kind, at four clinics under load', async () => {
    const statements: { at: number; id: string }[] = [];
    let more = true;
    const load = (async () => {
      for (let n = 0; more; n++) {
        const at = 1 + (n % 4);
        const number = `536-${String(10 + (n % 80)).padStart(2, '0')}-${String(1000 + n).padStart(4, '0')}`;
        // A clinic that is just starting again takes nothing: only what was acknowledged counts.
        const made = await net
          .client(at)
          .call('patient_register', { patients: [{ number }] })
          .catch(() => undefined);
        const id = made?.patients[0].statement;
        if (id) statements.push({ at, id });
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    })();
    const roles = ['vote', 'gateway', 'node', 'encryption'] as const;
    const rotated = [];
    for (const [index, role] of roles.entries()) {
      const at = index + 1;
      const made = await net.json<{ proposal: string; publicKey: string }>(at, 'key', 'rotate', role);
      rotated.push({ at, role, ...made });
    }
    for (const { at, proposal } of rotated) {
      for (const other of net.numbers.filter((number) => number !== at)) {
        const { code, stderr } = await approve(other, proposal);
        // The third approval may come when the change is decided already.
        expect([0, 4], stderr).toContain(code);
      }
    }
    for (const { at, role, publicKey } of rotated) await everywhere(at, `${role}Key`, publicKey, net.numbers);
    const before = await final(1);
    await waitFor(async () => (await final(1)) >= before + 16, { timeoutMs: MINUTE, what: 'finality to go on' });
    await net.connected(3, MINUTE);
    more = false;
    await load;
    expect(statements.length).toBeGreaterThan(20);
    for (const { at, id } of statements) {
      const { reached } = await net.client(at).call('tx_wait', { statements: [id], until: 'final', timeoutMs: MINUTE });
      expect(reached, id).toBe(true);
    }
    // Reports go out by the new gateway key, and the old keys are gone from the keystores.
    await net.client(2).call('threat_block', { address: '192.0.2.9', reason: 'scan' });
    await waitFor(
      async () => (await net.client(3).call('threat_check', { address: '192.0.2.9' })).verdict !== 'allow',
      {
        timeoutMs: MINUTE,
        what: 'a report by the new gateway key',
      },
    );
    for (const { at, role } of rotated) {
      const { paths, passphrase } = net.clinic(at);
      const left = async () => (await openKeystore(paths.keystore, passphrase)).contents.spares;
      const kept = role === 'encryption' ? 1 : 0;
      await waitFor(async () => (await left()).length === kept, {
        timeoutMs: MINUTE,
        what: `the old ${role} key gone`,
      });
    }
    const votes = (await readFile(net.clinic(1).paths.votes)).length;
    expect(votes).toBeGreaterThan(0);
  });

  it('of the node, at a clinic that was away when it came into force', async () => {
    const made = await net.json<{ proposal: string; publicKey: string }>(4, 'key', 'rotate', 'node');
    await net.stop(4);
    for (const at of [1, 2]) expect((await approve(at, made.proposal)).code).toBe(0);
    await everywhere(4, 'nodeKey', made.publicKey, [1, 2, 3]);
    await net.start(4);
    await waitFor(
      async () => (await net.client(4).call('node_status', {})).peerId === peerIdOf(fromHex(made.publicKey)),
      { timeoutMs: 2 * MINUTE, what: 'the new name of clinic 4' },
    );
    await net.connected(3, MINUTE);
    await net.agreed();
  });

  it('of governance, into a keystore of its own that signs from then on', async () => {
    const keys = join(net.founded.directory, 'governance.bin');
    const passphrase = net.clinic(1).paths.passphrase;
    const made = await net.json<{ proposal: string; publicKey: string }>(
      ...([1, 'key', 'rotate', 'governance', '--out', keys, '--new-passphrase-file', passphrase] as const),
    );
    for (const at of [2, 3]) expect((await approve(at, made.proposal)).code).toBe(0);
    await everywhere(1, 'governanceKey', made.publicKey, net.numbers);
    const refused = await net.command(1, 'member', 'propose', 'update', '1', '--name', 'Elsewhere');
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain('governance key');
    const file = join(net.founded.directory, 'decision.json');
    await net.json(1, 'member', 'propose', 'update', '1', '--name', 'Elsewhere', '--out', file);
    const signed = await runCommand(['member', 'sign', file, '--keystore', keys, '--passphrase-file', passphrase]);
    expect(signed.stdout).toContain('change name of clinic 1');
    const { proposal } = await net.json<{ proposal: string }>(1, 'member', 'submit', file);
    for (const at of [2, 3]) expect((await approve(at, proposal)).code).toBe(0);
    await everywhere(1, 'name', 'Elsewhere', net.numbers);
  });
});
