// Addresses of the pages of reception. A patient stands in them by a reference that says nothing elsewhere.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { person } from './shared.ts';

const reception = createRoute({
  getParentRoute: () => person,
  id: 'reception',
  component: lazyRouteComponent(() => import('../portal/desk/who.tsx'), 'ForReception'),
});

const getParentRoute = () => reception;

const desk = createRoute({
  getParentRoute,
  path: 'desk',
  component: lazyRouteComponent(() => import('../portal/desk/desk-page.tsx'), 'DeskPage'),
});

const attachment = createRoute({
  getParentRoute,
  path: 'desk/$ref',
  component: lazyRouteComponent(() => import('../portal/desk/attachment-page.tsx'), 'AttachmentPage'),
});

const end = createRoute({
  getParentRoute,
  path: 'desk/$ref/end',
  component: lazyRouteComponent(() => import('../portal/desk/end-page.tsx'), 'EndPage'),
});

const takeOver = createRoute({
  getParentRoute,
  path: 'desk/$ref/take-over',
  component: lazyRouteComponent(() => import('../portal/desk/take-over-page.tsx'), 'TakeOverPage'),
});

export const ofReception = reception.addChildren([desk, attachment, end, takeOver]);
