// All addresses of the pages, in one frame. A chunk per page; nothing is loaded before it is looked at.
import { createRoute, createRouter, lazyRouteComponent, Outlet } from '@tanstack/react-router';
import { ofClinicians } from './routes/clinicians.ts';
import { ofReception } from './routes/desk.ts';
import { ofPatients } from './routes/patients.ts';
import { person, root, textParams } from './routes/shared.ts';
import { NotFound, PageFailed } from './shared/ui/route-states.tsx';

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('./portal/pages/home-page.tsx'), 'HomePage'),
});

const explorer = createRoute({
  getParentRoute: () => root,
  path: 'explorer',
  component: Outlet,
  notFoundComponent: NotFound,
});

const getParentRoute = () => explorer;

const overview = createRoute({
  getParentRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./explorer/pages/overview-page.tsx'), 'OverviewPage'),
});

const blocks = createRoute({
  getParentRoute,
  path: 'blocks',
  validateSearch: textParams('before'),
  component: lazyRouteComponent(() => import('./explorer/pages/blocks-page.tsx'), 'BlocksPage'),
});

const block = createRoute({
  getParentRoute,
  path: 'blocks/$ref',
  component: lazyRouteComponent(() => import('./explorer/pages/block-page.tsx'), 'BlockPage'),
});

const transactions = createRoute({
  getParentRoute,
  path: 'txs',
  validateSearch: textParams('older', 'newer'),
  component: lazyRouteComponent(() => import('./explorer/pages/transactions-page.tsx'), 'TransactionsPage'),
});

const transaction = createRoute({
  getParentRoute,
  path: 'txs/$id',
  component: lazyRouteComponent(() => import('./explorer/pages/transaction-page.tsx'), 'TransactionPage'),
});

const statements = createRoute({
  getParentRoute,
  path: 'statements',
  validateSearch: textParams('older', 'newer'),
  component: lazyRouteComponent(() => import('./explorer/pages/statements-page.tsx'), 'StatementsPage'),
});

const statement = createRoute({
  getParentRoute,
  path: 'statements/$id',
  component: lazyRouteComponent(() => import('./explorer/pages/statement-page.tsx'), 'StatementPage'),
});

const miners = createRoute({
  getParentRoute,
  path: 'miners',
  component: lazyRouteComponent(() => import('./explorer/pages/miners-page.tsx'), 'MinersPage'),
});

const wallets = createRoute({
  getParentRoute,
  path: 'wallets',
  validateSearch: textParams('after'),
  component: lazyRouteComponent(() => import('./explorer/pages/wallets-page.tsx'), 'WalletsPage'),
});

const members = createRoute({
  getParentRoute,
  path: 'members',
  component: lazyRouteComponent(() => import('./explorer/pages/members-page.tsx'), 'MembersPage'),
});

const search = createRoute({
  getParentRoute,
  path: 'search',
  validateSearch: textParams('q'),
  component: lazyRouteComponent(() => import('./explorer/pages/search-page.tsx'), 'SearchPage'),
});

const chainExport = createRoute({
  getParentRoute,
  path: 'export',
  component: lazyRouteComponent(() => import('./explorer/pages/export-page.tsx'), 'ExportPage'),
});

const proofs = createRoute({
  getParentRoute,
  path: 'proofs',
  component: lazyRouteComponent(() => import('./explorer/pages/proofs-page.tsx'), 'ProofsPage'),
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: 'sign-in',
  validateSearch: textParams('next'),
  component: lazyRouteComponent(() => import('./portal/sign-in/sign-in-page.tsx'), 'SignInPage'),
});

const register = createRoute({
  getParentRoute: () => root,
  path: 'register',
  component: lazyRouteComponent(() => import('./portal/register/register-page.tsx'), 'RegisterPage'),
});

const reset = createRoute({
  getParentRoute: () => root,
  path: 'reset',
  component: lazyRouteComponent(() => import('./portal/sign-in/reset-page.tsx'), 'ResetPage'),
});

const recover = createRoute({
  getParentRoute: () => root,
  path: 'recover',
  component: lazyRouteComponent(() => import('./portal/sign-in/recover-page.tsx'), 'RecoverPage'),
});

const account = createRoute({
  getParentRoute: () => person,
  path: 'account',
  component: lazyRouteComponent(() => import('./portal/account/account-page.tsx'), 'AccountPage'),
});

const security = createRoute({
  getParentRoute: () => person,
  path: 'account/security',
  component: lazyRouteComponent(() => import('./portal/account/security-page.tsx'), 'SecurityPage'),
});

const setUp = createRoute({
  getParentRoute: () => person,
  path: 'set-up',
  component: lazyRouteComponent(() => import('./portal/account/set-up-page.tsx'), 'SetUpPage'),
});

const outbox = createRoute({
  getParentRoute: () => person,
  path: 'outbox',
  component: lazyRouteComponent(() => import('./portal/pages/outbox-page.tsx'), 'OutboxPage'),
});

const notifications = createRoute({
  getParentRoute: () => person,
  path: 'notifications',
  component: lazyRouteComponent(() => import('./portal/pages/notifications-page.tsx'), 'NotificationsPage'),
});

const administrators = createRoute({
  getParentRoute: () => person,
  id: 'administrators',
  component: lazyRouteComponent(() => import('./portal/admin/who.tsx'), 'ForAdministrators'),
});

const overseers = createRoute({
  getParentRoute: () => person,
  id: 'overseers',
  component: lazyRouteComponent(() => import('./portal/admin/who.tsx'), 'ForOverseers'),
});

const ofAdministrators = () => administrators;

const admin = createRoute({
  getParentRoute: ofAdministrators,
  path: 'admin',
  component: lazyRouteComponent(() => import('./portal/admin/who.tsx'), 'ToApprovals'),
});

const approvals = createRoute({
  getParentRoute: ofAdministrators,
  path: 'admin/approvals',
  component: lazyRouteComponent(() => import('./portal/admin/approvals/approvals-page.tsx'), 'ApprovalsPage'),
});

const approval = createRoute({
  getParentRoute: ofAdministrators,
  path: 'admin/approvals/$approval',
  component: lazyRouteComponent(() => import('./portal/admin/approvals/approval-page.tsx'), 'ApprovalPage'),
});

const users = createRoute({
  getParentRoute: ofAdministrators,
  path: 'admin/users',
  validateSearch: textParams('state', 'role', 'after'),
  component: lazyRouteComponent(() => import('./portal/admin/users/users-page.tsx'), 'UsersPage'),
});

const user = createRoute({
  getParentRoute: ofAdministrators,
  path: 'admin/users/$user',
  component: lazyRouteComponent(() => import('./portal/admin/users/user-page.tsx'), 'UserPage'),
});

const suspend = createRoute({
  getParentRoute: ofAdministrators,
  path: 'admin/users/$user/suspend',
  component: lazyRouteComponent(() => import('./portal/admin/users/put-out-page.tsx'), 'SuspendPage'),
});

const erase = createRoute({
  getParentRoute: ofAdministrators,
  path: 'admin/users/$user/erase',
  component: lazyRouteComponent(() => import('./portal/admin/users/put-out-page.tsx'), 'ErasePage'),
});

const invitations = createRoute({
  getParentRoute: ofAdministrators,
  path: 'admin/invitations',
  component: lazyRouteComponent(() => import('./portal/admin/invitations/invitations-page.tsx'), 'InvitationsPage'),
});

const accessLog = createRoute({
  getParentRoute: () => overseers,
  path: 'admin/access-log',
  validateSearch: textParams('outcome', 'method', 'since', 'user', 'after'),
  component: lazyRouteComponent(() => import('./portal/admin/access-log/access-log-page.tsx'), 'AccessLogPage'),
});

const access = createRoute({
  getParentRoute: () => overseers,
  path: 'admin/access',
  validateSearch: textParams('area', 'outcome', 'since', 'after'),
  component: lazyRouteComponent(() => import('./portal/admin/access/access-page.tsx'), 'AccessPage'),
});

const emergencies = createRoute({
  getParentRoute: () => overseers,
  path: 'admin/emergencies',
  component: lazyRouteComponent(() => import('./portal/admin/emergencies/emergencies-page.tsx'), 'EmergenciesPage'),
});

const emergency = createRoute({
  getParentRoute: () => overseers,
  path: 'admin/emergencies/$emergency',
  component: lazyRouteComponent(() => import('./portal/admin/emergencies/emergency-page.tsx'), 'EmergencyPage'),
});

const officers = createRoute({
  getParentRoute: () => person,
  id: 'officers',
  component: lazyRouteComponent(() => import('./portal/admin/who.tsx'), 'ForOfficers'),
});

const erasures = createRoute({
  getParentRoute: () => overseers,
  path: 'admin/erasures',
  component: lazyRouteComponent(() => import('./portal/admin/erasures/erasures-page.tsx'), 'ErasuresPage'),
});

const erasure = createRoute({
  getParentRoute: () => overseers,
  path: 'admin/erasures/$erasure',
  component: lazyRouteComponent(() => import('./portal/admin/erasures/erasure-page.tsx'), 'ErasurePage'),
});

const wish = createRoute({
  getParentRoute: () => officers,
  path: 'admin/erasures/wishes/$wish',
  component: lazyRouteComponent(() => import('./portal/admin/erasures/wish-page.tsx'), 'WishPage'),
});

const takeOvers = createRoute({
  getParentRoute: () => officers,
  path: 'admin/take-overs',
  component: lazyRouteComponent(() => import('./portal/admin/take-overs/take-overs-page.tsx'), 'TakeOversPage'),
});

const takeOver = createRoute({
  getParentRoute: () => officers,
  path: 'admin/take-overs/$takeOver',
  component: lazyRouteComponent(() => import('./portal/admin/take-overs/take-over-page.tsx'), 'TakeOverPage'),
});

const watchers = createRoute({
  getParentRoute: () => person,
  id: 'watchers',
  component: lazyRouteComponent(() => import('./portal/admin/who.tsx'), 'ForWatchers'),
});

const defence = createRoute({
  getParentRoute: () => watchers,
  path: 'admin/security',
  component: lazyRouteComponent(() => import('./portal/admin/security/security-page.tsx'), 'SecurityPage'),
});

const defenceAddress = createRoute({
  getParentRoute: () => watchers,
  path: 'admin/security/address',
  component: lazyRouteComponent(() => import('./portal/admin/security/address-page.tsx'), 'AddressPage'),
});

const defenceLog = createRoute({
  getParentRoute: () => watchers,
  path: 'admin/security/log',
  validateSearch: textParams('action', 'since', 'after'),
  component: lazyRouteComponent(() => import('./portal/admin/security/log/log-page.tsx'), 'SecurityLogPage'),
});

const apiKeys = createRoute({
  getParentRoute: ofAdministrators,
  path: 'admin/api-keys',
  component: lazyRouteComponent(() => import('./portal/admin/api-keys/api-keys-page.tsx'), 'ApiKeysPage'),
});

const endKey = createRoute({
  getParentRoute: ofAdministrators,
  path: 'admin/api-keys/$key',
  component: lazyRouteComponent(() => import('./portal/admin/api-keys/end-key-page.tsx'), 'EndKeyPage'),
});

const system = createRoute({
  getParentRoute: ofAdministrators,
  path: 'admin/system',
  component: lazyRouteComponent(() => import('./portal/admin/system/system-page.tsx'), 'SystemPage'),
});

const ofAdmin = [
  ...[admin, approvals, approval, users, user],
  ...[suspend, erase, invitations, apiKeys, endKey, system],
];
const ofExplorer = [
  overview,
  blocks,
  block,
  transactions,
  transaction,
  statements,
  statement,
  miners,
  wallets,
  members,
];
const ofPersons = [
  ...[account, security, setUp, outbox, notifications, ofPatients, ofClinicians, ofReception],
  ...[
    administrators.addChildren(ofAdmin),
    officers.addChildren([wish, takeOvers, takeOver]),
    watchers.addChildren([defence, defenceAddress, defenceLog]),
  ],
  overseers.addChildren([accessLog, access, emergencies, emergency, erasures, erasure]),
];
const routeTree = root.addChildren([
  home,
  signIn,
  register,
  reset,
  recover,
  person.addChildren(ofPersons),
  explorer.addChildren([...ofExplorer, search, proofs, chainExport]),
]);

export function createPages() {
  return createRouter({
    routeTree,
    defaultPreload: 'intent',
    defaultErrorComponent: PageFailed,
    defaultPendingMs: 300,
    scrollRestoration: true,
    // Ids of digits only stay text.
    parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
    stringifySearch: (search) => {
      const text = new URLSearchParams(
        Object.entries(search).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
      ).toString();
      return text === '' ? '' : `?${text}`;
    },
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createPages>;
  }
}
