// Real clinics: what takes something away from a person is obeyed everywhere from receipt, with no block, and confirmed by
// the next one. One clinic mines, and is stopped where no block may come.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromHex } from '../../common/bytes.ts';
import { QUICK } from '../helpers/devnet.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { applied, type Device, newDevice, newPerson, send, shown, signed } from '../helpers/persons.ts';
import { waitFor } from '../helpers/wait-for.ts';

const QUIET = { 'mining-threads': '0' };
const MINER = 4;
const WITHIN_MS = 5_000;
const DELAY_MS = 2_000;

let nodes: TestNodes;
const at = (clinic: number) => nodes.client(clinic);
const got = (clinic: number, account: string) => at(clinic).call('account_get', { account });

async function everywhere(what: string, is: (clinic: number) => Promise<boolean>): Promise<number> {
  const began = performance.now();
  for (const clinic of [1, 2, 3]) {
    await waitFor(() => is(clinic), { timeoutMs: 180_000, intervalMs: 20, what: `${what} at clinic ${clinic}` });
  }
  return performance.now() - began;
}

/** Something that the device signs, sent at a clinic. */
async function act(clinic: number, account: string, device: Device): Promise<string> {
  const added = newDevice();
  // Prepared by hand: a clinic that knows better prepares nothing.
  const asked = { action: 'add-key', account, author: device.key, ...shown(added) } as const;
  const prepared = await signed(at(clinic), asked, device.seed, added);
  const { status, code } = await send(at(clinic), prepared.statement);
  return code ?? status;
}

beforeAll(async () => {
  nodes = await TestNodes.found({ params: { ...QUICK, recoveryDelay: DELAY_MS } });
  await Promise.all([1, 2, 3].map((clinic) => nodes.start(clinic, QUIET)));
  await nodes.start(MINER);
  await nodes.connected();
}, 300_000);

afterAll(() => nodes?.remove());

describe('a person', { timeout: 600_000 }, () => {
  it('who is suspended at one clinic is out at all others before any block, and after', async () => {
    const { account, device } = await newPerson(at(1));
    const until = Date.now() + 3_600_000;
    const given = [];
    for (const clinic of [1, 2, 3]) {
      const { statement } = await at(clinic).call('account_setRole', { account, role: 'doctor', until });
      given.push(statement.id);
    }
    for (const clinic of [1, 2, 3]) expect(await applied(at(clinic), ...given)).toEqual(given.map(() => 'applied'));
    expect((await got(3, account)).roles).toHaveLength(3);
    // Signed while the key was good, and kept.
    const added = newDevice();
    const asked = { action: 'add-key', account, author: device.key, ...shown(added) } as const;
    const late = (await signed(at(3), asked, device.seed, added)).statement;

    await nodes.stop(MINER);
    await nodes.agreed();
    const { height } = await at(1).call('chain_head');
    const { statement } = await at(1).call('account_suspend', { account });
    const ms = await everywhere('the suspension', async (clinic) => (await got(clinic, account)).suspended);
    expect(ms).toBeLessThan(WITHIN_MS);
    for (const clinic of [1, 2, 3]) {
      expect(await got(clinic, account)).toMatchObject({ suspended: true, status: 'pending', roles: [] });
      expect(await send(at(clinic), late)).toMatchObject({ status: 'refused', code: 'account-suspended' });
      await expect(at(clinic).call('account_prepare', asked)).rejects.toMatchObject({
        type: { code: 'account.suspended' },
      });
    }
    // Restarted with nobody's memory but the others': still out, still no block.
    await nodes.stop(2);
    await nodes.start(2, QUIET);
    await everywhere('the suspension', async (clinic) => (await got(clinic, account)).suspended);
    expect((await at(2).call('chain_head')).height).toBe(height);

    await nodes.start(MINER);
    expect(await applied(at(3), statement.id)).toEqual(['applied']);
    await everywhere('the block', async (clinic) => (await got(clinic, account)).status !== 'pending');
    for (const clinic of [1, 2, 3]) {
      expect(await got(clinic, account)).toMatchObject({ suspended: true, roles: [] });
      expect(await send(at(clinic), late)).toMatchObject({ status: 'refused', code: 'account-suspended' });
    }
  });

  it('loses a device and a role from receipt, wherever that was said', async () => {
    const { account, device } = await newPerson(at(3));
    const phone = newDevice();
    const adding = { action: 'add-key', account, author: device.key, ...shown(phone) } as const;
    const { statement: add } = await signed(at(3), adding, device.seed, phone);
    const role = { account, role: 'nurse' } as const;
    const given = await at(2).call('account_setRole', { ...role, until: Date.now() + 3_600_000 });
    expect(await applied(at(2), (await send(at(3), add)).id, given.statement.id)).toEqual(['applied', 'applied']);
    await everywhere('the device', async (clinic) => (await got(clinic, account)).keys.length === 2);
    const later = { action: 'add-key', account, author: phone.key } as const;
    const another = newDevice();
    const late = (await signed(at(1), { ...later, ...shown(another) }, phone.seed, another)).statement;

    await nodes.stop(MINER);
    const revoking = {
      action: 'revoke-key',
      account,
      author: device.key,
      key: phone.key,
      reason: 'compromised',
    } as const;
    const revoked = await send(at(3), (await signed(at(3), revoking, device.seed)).statement);
    const ended = await at(2).call('account_setRole', { ...role, until: null });
    await everywhere('the end', async (clinic) => {
      const { keys, roles } = await got(clinic, account);
      return keys[1].status === 'compromised' && roles.length === 0;
    });
    expect(await send(at(1), late)).toMatchObject({ status: 'refused', code: 'key-ended' });
    expect(await act(1, account, device)).toBe('queued');

    await nodes.start(MINER);
    expect(await applied(at(1), revoked.id, ended.statement.id)).toEqual(['applied', 'applied']);
    await everywhere('the block', async (clinic) => (await got(clinic, account)).keys[1].revoked !== null);
    expect((await got(1, account)).roles).toEqual([]);
    // Given again, at once.
    const again = await at(2).call('account_setRole', { ...role, until: Date.now() + 3_600_000 });
    expect(await applied(at(2), again.statement.id)).toEqual(['applied']);
    expect((await got(2, account)).roles).toHaveLength(1);
  });

  it('is suspended by the organisation of the account alone, and gets roles only while in', async () => {
    const { account } = await newPerson(at(3));
    await everywhere(
      'the account',
      async (clinic) => (await got(clinic, account).catch(() => undefined)) !== undefined,
    );
    const other = { type: { code: 'account.other-organisation' } };
    await expect(at(1).call('account_suspend', { account })).rejects.toMatchObject(other);
    const nobody = Buffer.from(fromHex(account)).reverse().toString('hex');
    const unknown = { type: { code: 'account.unknown' } };
    await expect(at(1).call('account_suspend', { account: nobody })).rejects.toMatchObject(unknown);
    await expect(got(1, nobody)).rejects.toMatchObject(unknown);
    const end = { account, role: 'auditor', until: null } as const;
    await expect(at(1).call('account_setRole', end)).rejects.toMatchObject({ type: { code: 'account.no-such-role' } });
    // Before its block, too: what this clinic is about to give, it can end.
    const given = await at(1).call('account_setRole', { ...end, until: Date.now() + 3_600_000 });
    const ended = await at(1).call('account_setRole', end);
    expect(await applied(at(1), given.statement.id, ended.statement.id)).toEqual(['applied', 'applied']);
    expect((await got(1, account)).roles).toEqual([]);
    await at(3).call('account_suspend', { account });
    const giving = at(3).call('account_setRole', { ...end, until: Date.now() + 3_600_000 });
    await expect(giving).rejects.toMatchObject({ type: { code: 'account.suspended' } });
  });

  it('comes back with the recovery words when every device is lost, unless a device stops it', async () => {
    const words = newDevice();
    const { account, device } = await newPerson(at(1), words.key);
    await everywhere(
      'the account',
      async (clinic) => (await got(clinic, account).catch(() => undefined)) !== undefined,
    );
    const next = newDevice();
    const asked = { action: 'recover-start', account, ...shown(next) } as const;
    const finishing = { action: 'recover-finish', account } as const;
    const notNow = { type: { code: 'account.not-now' } };
    const start = async (): Promise<void> => {
      const { statement, words: meaning } = await signed(at(3), asked, words.seed, next);
      expect(meaning).toContain('can stop this for 2 seconds');
      expect(await applied(at(3), (await send(at(3), statement)).id)).toEqual(['applied']);
      await everywhere('the recovery', async (clinic) => (await got(clinic, account)).recovery?.state === 'open');
    };

    await start();
    const veto = { action: 'recover-veto', account, author: device.key } as const;
    const stop = await send(at(2), (await signed(at(2), veto, device.seed)).statement);
    await everywhere('the veto', async (clinic) => (await got(clinic, account)).recovery?.state === 'stopped');
    await expect(at(1).call('account_prepare', finishing)).rejects.toMatchObject(notNow);
    // Still on its way, it would stop what is begun now too.
    expect(await applied(at(3), stop.id)).toEqual(['applied']);

    await start();
    const ready = (await got(3, account)).recovery?.ready ?? Number.NaN;
    const finish = await waitFor(() => signed(at(3), finishing, next.seed).catch(() => undefined), {
      timeoutMs: 180_000,
      what: 'the end of the delay',
    });
    expect(Date.now()).toBeGreaterThanOrEqual(ready);
    expect(await applied(at(3), (await send(at(3), finish.statement)).id)).toEqual(['applied']);
    await everywhere('the new device', async (clinic) => (await got(clinic, account)).keys[0].key === next.key);
    expect((await got(1, account)).keys).toHaveLength(1);
    const old = { action: 'add-key', account, author: device.key, ...shown(newDevice()) } as const;
    await expect(at(1).call('account_prepare', old)).rejects.toMatchObject(notNow);
  });
});
