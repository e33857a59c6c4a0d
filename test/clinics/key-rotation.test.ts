// Every key of a clinic changed by its own governance: made, proposed, in force, taken up, and the old ones destroyed. One
// whole node, so that one approval is enough; four processes under load are test/long/key-rotation.test.ts.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '../../common/bytes.ts';
import { newClinicSecrets } from '../../node/genesis/founding.ts';
import { createKeystore, openKeystore } from '../../node/keystore/keystore.ts';
import { publicKeysOf, RECORD_KEYS } from '../../node/keystore/rotation.ts';
import { signFile } from '../../node/members/governance-file.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
const ROLES = ['vote', 'gateway', 'node', 'encryption', 'governance'] as const;
let net: TestNodes;

beforeAll(async () => {
  net = await TestNodes.found({ clinics: 1 });
  await net.start(1);
}, 3 * MINUTE);

afterAll(() => net?.remove());

const seeds = async () => {
  const { paths, passphrase } = net.clinic(1);
  return (await openKeystore(paths.keystore, passphrase)).contents;
};

async function applied(statement: string): Promise<void> {
  await net.applied(1, statement);
  const { statements } = await net.client(1).call('tx_wait', { statements: [statement] });
  expect(statements[0].outcome).toMatchObject({ result: 'applied' });
}

/** As whoever runs the clinic: starts it again whenever other keys are in force. */
async function until(done: () => Promise<boolean>): Promise<void> {
  for (;;) {
    const { rekeyed } = net.node(1);
    const changed = rekeyed.then(() => 'changed' as const);
    const there = waitFor(async () => (await done().catch(() => false)) && 'done', {
      timeoutMs: 3 * MINUTE,
      what: 'the keys',
    });
    there.catch(() => {});
    if ((await Promise.race([changed, there])) === 'done') return;
    await net.stop(1);
    await net.start(1);
  }
}

describe('a clinic that changes its keys', { timeout: 10 * MINUTE }, () => {
  it('of every kind at once goes on with the new ones, and destroys the old ones', async () => {
    const before = publicKeysOf((await seeds()).seeds);
    const proposed = new Map<string, string>();
    for (const role of ROLES) {
      const made = await net.client(1).call('key_rotate', { role });
      await applied(made.statement);
      proposed.set(role, made.publicKey);
    }
    const { patients } = await net.client(1).call('patient_register', { patients: [{ number: '536-22-4321' }] });
    const member = async () => (await net.client(1).call('member_list', {})).members[0];
    await until(async () => {
      const now = await member();
      return ROLES.every((role) => now[RECORD_KEYS[role]] === proposed.get(role));
    });
    await until(async () => {
      const { seeds: used, spares } = await seeds();
      // What was sealed to the old encryption key may still be on its way.
      return toHex(publicKeysOf(used).nodeKey) === proposed.get('node') && spares.length === 1;
    });
    const { seeds: used, spares } = await seeds();
    const after = publicKeysOf(used);
    for (const role of ROLES) {
      expect(toHex(after[RECORD_KEYS[role]])).toBe(proposed.get(role));
      expect(after[RECORD_KEYS[role]]).not.toEqual(before[RECORD_KEYS[role]]);
    }
    expect(spares).toMatchObject([{ role: 'encryption', state: 'former' }]);
    const { final } = await net.client(1).call('chain_head', {});
    await waitFor(async () => (await net.client(1).call('chain_head', {})).final.height > final.height + 4, {
      timeoutMs: 3 * MINUTE,
      what: 'votes by the new key',
    });
    const { statements } = await net.client(1).call('tx_wait', { statements: [patients[0].statement ?? ''] });
    expect(statements[0].status).toMatch(/applied|final/);
    const report = await net.client(1).call('threat_block', { address: '192.0.2.3', reason: 'scan' });
    await applied(report.statement);
  });

  it('signs decisions elsewhere once its governance key is kept there', async () => {
    const path = join(net.founded.directory, 'governance.bin');
    const { contents } = await createKeystore(path, 'passphrase of governance', newClinicSecrets());
    const { governanceKey } = publicKeysOf(contents.seeds);
    const keys = { governance: toHex(governanceKey) };
    const made = await net.client(1).call('member_propose', { change: { type: 'update', clinic: 1, keys } });
    await applied(made.statement);
    const member = async () => (await net.client(1).call('member_list', {})).members[0];
    await until(async () => (await member()).governanceKey === toHex(governanceKey));
    const change = { type: 'update', clinic: 1, name: 'Elsewhere' } as const;
    await expect(net.client(1).call('member_propose', { change })).rejects.toMatchObject({
      code: 'member.governance-elsewhere',
    });
    const file = await net.client(1).call('member_prepare', { decision: { action: 'propose', change } });
    await expect(net.client(1).call('member_submit', { file })).rejects.toMatchObject({ code: 'member.unsigned' });
    const wrong = signFile(file, (await seeds()).seeds.governance);
    await expect(net.client(1).call('member_submit', { file: wrong })).rejects.toMatchObject({
      code: 'member.signature',
    });
    const signed = signFile(file, contents.seeds.governance);
    const altered = { ...signed, content: signed.content.replace(/..$/, (last) => (last === '21' ? '22' : '21')) };
    await expect(net.client(1).call('member_submit', { file: altered })).rejects.toMatchObject({
      code: 'member.signature',
    });
    await applied((await net.client(1).call('member_submit', { file: signed })).statement);
    await until(async () => (await member()).name === 'Elsewhere');
  });
});
