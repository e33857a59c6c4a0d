// The sections of the portal in the order in which they are shown, and who sees them. Owns no right: the node decides.
import {
  IconCalendarEvent,
  IconClipboardCheck,
  IconEraser,
  IconEye,
  IconFileExport,
  IconFileText,
  IconHeart,
  IconHistory,
  IconHome,
  IconId,
  IconKey,
  IconListSearch,
  IconLogin2,
  IconMailPlus,
  IconMessageQuestion,
  IconSend,
  IconServer,
  IconShare,
  IconShield,
  IconShieldLock,
  IconStack2,
  IconUrgent,
  IconUser,
  IconUserPlus,
  IconUserSearch,
  IconUserShield,
  IconUsers,
  IconUsersGroup,
} from '@tabler/icons-react';
import type { Role } from '../../../consensus/ledger/accounts/types.ts';
import type { SessionSnapshot } from '../../shared/session/session-state.ts';

export const PATIENTS: readonly Role[] = ['patient'];
export const ADMINISTRATORS: readonly Role[] = ['admin'];
/** Who treats patients. */
export const CLINICIANS: readonly Role[] = ['doctor', 'nurse'];
/** Who decides about erasures. */
export const OFFICERS: readonly Role[] = ['admin', 'privacy-officer'];
/** Who says whose account is whose. */
export const RECEPTION: readonly Role[] = ['reception', 'admin'];
/** Who watches over the clinic's web side; administrators alone act. */
export const WATCHERS: readonly Role[] = ['admin', 'auditor'];
/** Who watches over access. */
export const OVERSEERS: readonly Role[] = ['admin', 'auditor', 'privacy-officer'];

export const SECTIONS = [
  { to: '/', name: 'nav.home', Icon: IconHome, exact: true, shown: 'always' },
  { to: '/sign-in', name: 'nav.signIn', Icon: IconLogin2, exact: false, shown: 'signed-out' },
  { to: '/register', name: 'nav.register', Icon: IconUserPlus, exact: false, shown: 'signed-out' },
  { to: '/me', name: 'nav.me', Icon: IconHeart, exact: true, shown: PATIENTS },
  { to: '/me/records', name: 'nav.myRecords', Icon: IconFileText, exact: false, shown: PATIENTS },
  { to: '/me/requests', name: 'nav.myRequests', Icon: IconMessageQuestion, exact: false, shown: PATIENTS },
  { to: '/me/sharing', name: 'nav.mySharing', Icon: IconShare, exact: false, shown: PATIENTS },
  { to: '/me/people', name: 'nav.myPeople', Icon: IconUsersGroup, exact: false, shown: PATIENTS },
  { to: '/me/access', name: 'nav.myAccess', Icon: IconHistory, exact: false, shown: PATIENTS },
  { to: '/me/takeout', name: 'nav.takeout', Icon: IconFileExport, exact: false, shown: PATIENTS },
  { to: '/today', name: 'nav.today', Icon: IconCalendarEvent, exact: false, shown: CLINICIANS },
  { to: '/patients', name: 'nav.patients', Icon: IconUserSearch, exact: false, shown: CLINICIANS },
  { to: '/desk', name: 'nav.desk', Icon: IconId, exact: false, shown: RECEPTION },
  { to: '/admin/approvals', name: 'nav.approvals', Icon: IconClipboardCheck, exact: false, shown: ADMINISTRATORS },
  { to: '/admin/users', name: 'nav.people', Icon: IconUsers, exact: false, shown: ADMINISTRATORS },
  { to: '/admin/invitations', name: 'nav.invitations', Icon: IconMailPlus, exact: false, shown: ADMINISTRATORS },
  { to: '/admin/access', name: 'nav.access', Icon: IconEye, exact: false, shown: OVERSEERS },
  { to: '/admin/emergencies', name: 'nav.emergencies', Icon: IconUrgent, exact: false, shown: OVERSEERS },
  { to: '/admin/erasures', name: 'nav.erasures', Icon: IconEraser, exact: false, shown: OVERSEERS },
  { to: '/admin/take-overs', name: 'nav.takeOvers', Icon: IconUserShield, exact: false, shown: OFFICERS },
  { to: '/admin/access-log', name: 'nav.accessLog', Icon: IconListSearch, exact: false, shown: OVERSEERS },
  { to: '/admin/security', name: 'nav.defence', Icon: IconShield, exact: false, shown: WATCHERS },
  { to: '/admin/api-keys', name: 'nav.apiKeys', Icon: IconKey, exact: false, shown: ADMINISTRATORS },
  { to: '/admin/system', name: 'nav.system', Icon: IconServer, exact: false, shown: ADMINISTRATORS },
  { to: '/account', name: 'nav.account', Icon: IconUser, exact: true, shown: 'signed-in' },
  { to: '/account/security', name: 'nav.security', Icon: IconShieldLock, exact: false, shown: 'signed-in' },
  { to: '/outbox', name: 'nav.outbox', Icon: IconSend, exact: false, shown: 'signed-in' },
  { to: '/explorer', name: 'nav.explorer', Icon: IconStack2, exact: false, shown: 'always' },
] as const;

export type Section = (typeof SECTIONS)[number];

/** Sections for who is there: for everybody, for who is signed in or not, or for some roles. */
export function sectionsFor({ session, current }: SessionSnapshot, role: Role | undefined): readonly Section[] {
  const registers = current === undefined || Object.values(current.registration).some((open) => open);
  return SECTIONS.filter(({ to, shown }) => {
    if (to === '/register' && !registers) return false;
    if (shown === 'always') return true;
    if (shown === 'signed-in' || shown === 'signed-out') return (session !== undefined) === (shown === 'signed-in');
    return session !== undefined && role !== undefined && shown.includes(role);
  });
}
