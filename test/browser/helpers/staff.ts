// Staff of any clinic who are signed in: registered at the door, in their role, with the session handed to a page.
import { Secret, TOTP } from 'otpauth';
import type { Page } from 'playwright-core';
import type { Role } from '../../../consensus/ledger/accounts/types.ts';
import type { TestNodes } from '../../helpers/nodes.ts';
import { madeUp, Portal, registration, signIn } from '../../helpers/portal.ts';
import { waitFor } from '../../helpers/wait-for.ts';

const DAY_MS = 86_400_000;

export interface Employed {
  readonly door: Portal;
  /** To show as second factor, each once; none without `factor`. */
  readonly codes: string[];
  /** Gives the page the session. */
  enter(page: Page): Promise<void>;
}

export async function employ(
  net: TestNodes,
  number: number,
  name: string,
  role: Role,
  { factor = false }: { readonly factor?: boolean } = {},
): Promise<Employed> {
  const person = madeUp(net.founded.bundle.genesis, name);
  const until = Date.now() + DAY_MS;
  const { token } = await net.node(number).people.users.invite({ kind: 'staff', roles: [role], until, by: null });
  // By the name that the pages are opened under.
  const door = new Portal(`http://localhost:${net.clinic(number).httpPort}`);
  await door.call('account_register', registration(person, { token }));
  const inRole = async () => {
    await signIn(door, person);
    return (await door.call('session_current')).session?.roles.includes(role);
  };
  await waitFor(inRole, { timeoutMs: 240_000, intervalMs: 500, what: `the role of ${name}` });
  const codes: string[] = [];
  if (factor) {
    const { secret } = await door.call('account_totpStart');
    const app = new TOTP({ secret: Secret.fromBase32(secret) });
    codes.push(...(await door.call('account_totpFinish', { code: app.generate() })).recoveryCodes);
  }
  return {
    ...{ door, codes },
    enter: async (page) => {
      const kept = [...door.cookies].map(([key, value]) => {
        return { name: key, value, url: door.url, sameSite: 'Strict' as const };
      });
      await page.context().addCookies(kept);
    },
  };
}
