// Addresses of the pages of those who treat patients. A patient stands in them by a reference that says nothing elsewhere.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { person } from './shared.ts';

const clinicians = createRoute({
  getParentRoute: () => person,
  id: 'clinicians',
  component: lazyRouteComponent(() => import('../portal/doctor/who.tsx'), 'ForClinicians'),
});

const getParentRoute = () => clinicians;

const today = createRoute({
  getParentRoute,
  path: 'today',
  component: lazyRouteComponent(() => import('../portal/doctor/today/today-page.tsx'), 'TodayPage'),
});

const search = createRoute({
  getParentRoute,
  path: 'patients',
  component: lazyRouteComponent(() => import('../portal/doctor/patients/patients-page.tsx'), 'PatientsPage'),
});

const patient = createRoute({
  getParentRoute,
  path: 'patients/$ref',
  component: lazyRouteComponent(() => import('../portal/doctor/patients/patient-layout.tsx'), 'PatientLayout'),
});

const ofPatient = () => patient;

const timeline = createRoute({
  getParentRoute: ofPatient,
  path: '/',
  component: lazyRouteComponent(() => import('../portal/doctor/patients/timeline-page.tsx'), 'TimelinePage'),
});

const results = createRoute({
  getParentRoute: ofPatient,
  path: 'results',
  component: lazyRouteComponent(() => import('../portal/doctor/patients/results-page.tsx'), 'ResultsPage'),
});

const documents = createRoute({
  getParentRoute: ofPatient,
  path: 'documents',
  component: lazyRouteComponent(() => import('../portal/doctor/documents/documents-page.tsx'), 'DocumentsPage'),
});

const notes = createRoute({
  getParentRoute: ofPatient,
  path: 'notes',
  component: lazyRouteComponent(() => import('../portal/doctor/patients/notes-page.tsx'), 'NotesPage'),
});

const record = createRoute({
  getParentRoute: ofPatient,
  path: 'records/$clinic/$record',
  component: lazyRouteComponent(() => import('../portal/doctor/record/record-page.tsx'), 'RecordPage'),
});

const sharing = createRoute({
  getParentRoute: ofPatient,
  path: 'sharing',
  component: lazyRouteComponent(() => import('../portal/doctor/sharing/sharing-page.tsx'), 'SharingPage'),
});

const history = createRoute({
  getParentRoute: ofPatient,
  path: 'access',
  component: lazyRouteComponent(() => import('../portal/doctor/patients/history-page.tsx'), 'HistoryPage'),
});

const emergency = createRoute({
  getParentRoute: ofPatient,
  path: 'emergency',
  component: lazyRouteComponent(() => import('../portal/doctor/emergency/emergency-page.tsx'), 'EmergencyPage'),
});

export const ofClinicians = clinicians.addChildren([
  today,
  search,
  patient.addChildren([timeline, results, documents, notes, record, sharing, history, emergency]),
]);
