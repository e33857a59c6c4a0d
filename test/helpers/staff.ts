// People of a clinic for tests over its doors: invited, registered, signed in, with their role on the chain; patients too.
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import type { TestNodes } from './nodes.ts';
import { madeUp, Portal, registration, signIn } from './portal.ts';
import { waitFor } from './wait-for.ts';

const MINUTE = 60_000;
const DAY_MS = 86_400_000;

/** `person`: made up where her keys are needed too. */
export async function newStaff(
  net: TestNodes,
  number: number,
  name: string,
  role: Role,
  person = madeUp(net.founded.bundle.genesis, name),
): Promise<Portal> {
  const until = Date.now() + DAY_MS;
  const kind = role === 'patient' ? 'patient' : 'staff';
  const { token } = await net.node(number).people.users.invite({ kind, roles: [role], until, by: null });
  const portal = new Portal(net.clinic(number).url);
  await portal.call('account_register', registration(person, { token, kind }));
  await waitFor(
    async () => {
      await signIn(portal, person);
      return (await portal.call('session_current')).session?.roles.includes(role);
    },
    { timeoutMs: 10 * MINUTE, intervalMs: 500, what: `the role of ${name}` },
  );
  return portal;
}
