// Where to go after signing in: a path of these pages, never an address that a link brought along.

/** `/` for anything that could lead elsewhere. */
export function innerPath(next: string | undefined): string {
  if (next === undefined || !/^\/[a-z0-9][a-z0-9/-]*$/i.test(next)) return '/';
  return next.startsWith('/sign-in') ? '/' : next;
}
