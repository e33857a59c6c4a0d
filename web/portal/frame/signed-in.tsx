// Around pages that need a person: asks to sign in, refuses roles that may not, sends to what must be set up first, and
// covers the page when the session ends, with everything that was typed kept behind the cover.
import { Navigate, Outlet, useLocation } from '@tanstack/react-router';
import type { Role } from '../../../consensus/ledger/accounts/types.ts';
import { useActing, useSession } from '../../shared/session/session-context.tsx';
import { Loading } from '../../shared/ui/states.tsx';
import { Cover } from './cover.tsx';
import { Refusal } from './refusal.tsx';
import '../../shared/text/en/account.ts';
import '../../shared/text/en/sign-in.ts';

export function SignedIn() {
  const { current, session, ended } = useSession();
  const path = useLocation({ select: ({ pathname }) => pathname });
  if (current === undefined) return <Loading />;
  if (session === undefined && ended === undefined) {
    // On the way there already, with the page that was wanted.
    return path === '/sign-in' ? null : <Navigate to="/sign-in" search={{ next: path }} replace />;
  }
  if (session !== undefined && session.mustSetUp === 'vault' && path !== '/set-up')
    return <Navigate to="/set-up" replace />;
  const covered = session === undefined;
  return (
    <>
      <div hidden={covered} inert={covered}>
        <Outlet />
      </div>
      {covered && ended !== undefined ? <Cover person={ended} /> : null}
    </>
  );
}

/** Pages of some roles only. The node refuses too; this says why before anything is asked. */
export function WithRole({ roles }: { roles: readonly Role[] }) {
  const { role } = useActing();
  return role !== undefined && roles.includes(role) ? <Outlet /> : <Refusal roles={roles} />;
}
