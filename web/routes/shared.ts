// What all addresses stand in: the frame, who is signed in, and search parameters as text.
import { createRootRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { Frame } from '../portal/frame/frame.tsx';
import { NotFound } from '../shared/ui/route-states.tsx';

export const root = createRootRoute({ component: Frame, notFoundComponent: NotFound });

/** Search parameters are text or absent; what does not fit is dropped. */
export function textParams<const K extends string>(...names: K[]) {
  return (search: Record<string, unknown>): { [N in K]?: string } => {
    const found = names.flatMap((name) => {
      const value = search[name];
      return typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [];
    });
    return Object.fromEntries(found);
  };
}

/** Pages for who is signed in. */
export const person = createRoute({
  getParentRoute: () => root,
  id: 'person',
  component: lazyRouteComponent(() => import('../portal/frame/signed-in.tsx'), 'SignedIn'),
});
