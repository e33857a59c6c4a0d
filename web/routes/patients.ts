// The addresses of the patients' own pages.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { person, textParams } from './shared.ts';

const patients = createRoute({
  getParentRoute: () => person,
  id: 'patients',
  component: lazyRouteComponent(() => import('../portal/me/who.tsx'), 'ForPatients'),
});

const getParentRoute = () => patients;

const mine = createRoute({
  getParentRoute,
  path: 'me',
  component: lazyRouteComponent(() => import('../portal/me/summary/summary-page.tsx'), 'SummaryPage'),
});

const myRecords = createRoute({
  getParentRoute,
  path: 'me/records',
  validateSearch: textParams('category'),
  component: lazyRouteComponent(() => import('../portal/me/records/records-page.tsx'), 'RecordsPage'),
});

const myRecord = createRoute({
  getParentRoute,
  path: 'me/records/$record',
  validateSearch: textParams('version'),
  component: lazyRouteComponent(() => import('../portal/me/records/record-page.tsx'), 'RecordPage'),
});

const upload = createRoute({
  getParentRoute,
  path: 'me/upload',
  component: lazyRouteComponent(() => import('../portal/me/upload/upload-page.tsx'), 'UploadPage'),
});

const myRequests = createRoute({
  getParentRoute,
  path: 'me/requests',
  component: lazyRouteComponent(() => import('../portal/me/requests/requests-page.tsx'), 'RequestsPage'),
});

const myAnswer = createRoute({
  getParentRoute,
  path: 'me/requests/$request',
  component: lazyRouteComponent(() => import('../portal/me/requests/answer-page.tsx'), 'AnswerPage'),
});

const mySharing = createRoute({
  getParentRoute,
  path: 'me/sharing',
  component: lazyRouteComponent(() => import('../portal/me/sharing/sharing-page.tsx'), 'SharingPage'),
});

const newShare = createRoute({
  getParentRoute,
  path: 'me/sharing/new',
  validateSearch: textParams('category'),
  component: lazyRouteComponent(() => import('../portal/me/sharing/share-page.tsx'), 'SharePage'),
});

const stopShare = createRoute({
  getParentRoute,
  path: 'me/sharing/$share/stop',
  component: lazyRouteComponent(() => import('../portal/me/sharing/stop-page.tsx'), 'StopPage'),
});

const people = createRoute({
  getParentRoute,
  path: 'me/people',
  component: lazyRouteComponent(() => import('../portal/me/people/people-page.tsx'), 'PeoplePage'),
});

const endPerson = createRoute({
  getParentRoute,
  path: 'me/people/$representative/end',
  component: lazyRouteComponent(() => import('../portal/me/people/end-page.tsx'), 'EndPage'),
});

const myAccess = createRoute({
  getParentRoute,
  path: 'me/access',
  validateSearch: textParams('after'),
  component: lazyRouteComponent(() => import('../portal/me/access/my-access-page.tsx'), 'MyAccessPage'),
});

const dispute = createRoute({
  getParentRoute,
  path: 'me/access/$event',
  component: lazyRouteComponent(() => import('../portal/me/access/dispute-page.tsx'), 'DisputePage'),
});

const emergency = createRoute({
  getParentRoute,
  path: 'me/emergency',
  component: lazyRouteComponent(() => import('../portal/me/emergency/emergency-page.tsx'), 'EmergencyPage'),
});

const takeout = createRoute({
  getParentRoute,
  path: 'me/takeout',
  component: lazyRouteComponent(() => import('../portal/me/takeout/takeout-page.tsx'), 'TakeoutPage'),
});

const erase = createRoute({
  getParentRoute,
  path: 'me/erase',
  component: lazyRouteComponent(() => import('../portal/me/erasure/erasure-page.tsx'), 'ErasurePage'),
});

const takeOver = createRoute({
  getParentRoute,
  path: 'me/take-over',
  component: lazyRouteComponent(() => import('../portal/me/take-over/take-over-page.tsx'), 'TakeOverPage'),
});

export const ofPatients = patients.addChildren([
  ...[mine, myRecords, myRecord, upload, myRequests, myAnswer],
  ...[people, endPerson],
  ...[mySharing, newShare, stopShare, myAccess, dispute, emergency, takeout, erase, takeOver],
]);
