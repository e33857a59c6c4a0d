// The people of the development network: registered as anybody would, once, with passwords that sign in and open vaults.
import { readFile, stat } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensurePeople } from '../../cli/devnet/people.ts';
import { fromHex, toHex } from '../../common/bytes.ts';
import { parseVaultFile } from '../../identity/vault/file.ts';
import { authOf, passwordBytes, stretch } from '../../identity/vault/kdf.ts';
import { deviceKeys, openVault } from '../../identity/vault/vault.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { Portal } from '../helpers/portal.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
let net: TestNodes;

beforeAll(async () => {
  net = await TestNodes.found({ clinics: 1 });
  await net.start(1);
}, MINUTE);
afterAll(() => net?.remove(), MINUTE);

describe('the people of the development network', { timeout: 2 * MINUTE }, () => {
  it('have one account for each role, sign in with the password of their file, and are made once', async () => {
    const { directory, httpPort } = net.clinic(1);
    const clinic = { number: 1, name: 'Northside', organisation: 'Aspen Health', directory, httpPort, p2pPort: 0 };
    const people = (await ensurePeople(directory, [clinic])).filter((person) => person.clinic === 1);
    expect(people.map(({ role }) => role).sort()).toEqual(
      ['admin', 'auditor', 'doctor', 'nurse', 'patient', 'privacy-officer', 'reception', 'researcher'].sort(),
    );
    expect((await stat(`${directory}/people.json`)).mode & 0o777).toBe(0o600);
    expect(await readFile(`${directory}/people.json`, 'utf8')).toContain(people[0].password);
    const before = await net.client(1).call('admin_users', { limit: 200 });
    expect(await ensurePeople(directory, [clinic])).toEqual(expect.arrayContaining(people));
    expect((await net.client(1).call('admin_users', { limit: 200 })).total).toBe(before.total);

    for (const { name, password, role } of people.filter((person) => ['admin', 'patient'].includes(person.role))) {
      const portal = new Portal(net.clinic(1).url);
      const { salt, kdf } = await portal.call('session_start', { name });
      const master = await stretch(passwordBytes(password), fromHex(salt), kdf);
      const answer = await portal.call('session_signIn', { name, auth: toHex(authOf(master)) });
      if (answer.step !== 'signed-in' || answer.vault === null) throw new Error('no vault');
      const way = { kind: 'password', salt: fromHex(salt), kdf, master } as const;
      const { signing } = deviceKeys(await openVault(parseVaultFile(answer.vault), way));
      const { keys } = await portal.call('account_me');
      expect(keys.map(({ key }) => key)).toEqual([toHex(signing.publicKey)]);
      await waitFor(async () => (await portal.call('session_current')).session?.roles.includes(role), {
        timeoutMs: MINUTE,
        what: `the role ${role}`,
      });
    }
  });
});
