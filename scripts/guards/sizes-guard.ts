// Guard: hand-written files stay readable in one sitting. Generated ones are listed by name.
import type { Guard } from './guard.ts';

export const MAX_LINES = 500;

export const sizesGuard: Guard = {
  name: 'sizes',
  claim: `no hand-written source file has more than ${MAX_LINES} lines`,
  check(project) {
    return [...project.modules.values()].flatMap(({ path, text }) => {
      const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
      return lines > MAX_LINES ? [{ path, message: `${lines} lines; ${MAX_LINES} are the limit` }] : [];
    });
  },
};
