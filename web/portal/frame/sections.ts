// The sections of the portal in the order in which they are shown, and who sees them. Owns no right: the node decides.
import {
  IconHome,
  IconLogin2,
  IconSend,
  IconShieldLock,
  IconStack2,
  IconUser,
  IconUserPlus,
} from '@tabler/icons-react';
import type { Role } from '../../../consensus/ledger/accounts/types.ts';
import type { SessionSnapshot } from '../../shared/session/session-state.ts';

export const SECTIONS = [
  { to: '/', name: 'nav.home', Icon: IconHome, exact: true, shown: 'always' },
  { to: '/sign-in', name: 'nav.signIn', Icon: IconLogin2, exact: false, shown: 'signed-out' },
  { to: '/register', name: 'nav.register', Icon: IconUserPlus, exact: false, shown: 'signed-out' },
  { to: '/account', name: 'nav.account', Icon: IconUser, exact: true, shown: 'signed-in' },
  { to: '/account/security', name: 'nav.security', Icon: IconShieldLock, exact: false, shown: 'signed-in' },
  { to: '/outbox', name: 'nav.outbox', Icon: IconSend, exact: false, shown: 'signed-in' },
  { to: '/explorer', name: 'nav.explorer', Icon: IconStack2, exact: false, shown: 'always' },
] as const;

export type Section = (typeof SECTIONS)[number];

/** Sections for who is there: for everybody, for who is signed in or not, or for a role. */
export function sectionsFor({ session, current }: SessionSnapshot, role: Role | undefined): readonly Section[] {
  const registers = current === undefined || Object.values(current.registration).some((open) => open);
  return SECTIONS.filter(({ to, shown }) => {
    if (to === '/register' && !registers) return false;
    if (shown === 'always') return true;
    if (shown === 'signed-in' || shown === 'signed-out') return (session !== undefined) === (shown === 'signed-in');
    return shown === role;
  });
}
