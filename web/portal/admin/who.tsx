// Around the administrators' pages: whoever acts in another role sees why not, and nothing is asked of the node.
import { Navigate } from '@tanstack/react-router';
import { ADMINISTRATORS, OFFICERS, OVERSEERS, WATCHERS } from '../frame/sections.ts';
import { WithRole } from '../frame/signed-in.tsx';
import '../../shared/text/en/account.ts';
import '../../shared/text/en/sign-in.ts';

export function ForAdministrators() {
  return <WithRole roles={ADMINISTRATORS} />;
}

/** Who watches over access, too. */
export function ForOverseers() {
  return <WithRole roles={OVERSEERS} />;
}

/** Who watches over the clinic's web side. */
export function ForWatchers() {
  return <WithRole roles={WATCHERS} />;
}

/** Who decides about erasures. */
export function ForOfficers() {
  return <WithRole roles={OFFICERS} />;
}

/** The address of them all leads to what waits. */
export function ToApprovals() {
  return <Navigate to="/admin/approvals" replace />;
}
