// One spelling for a path, as applications read it: what goes by paths (sign-in, costs, endpoints) asks here, so that no other
// spelling of the same path goes by them. Signatures see paths as they were sent.

/** Scheme and authority of an absolute form. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/\\#]*/i;
/** Whatever a canonical path does not have; most paths are canonical as they come. */
const OTHERWISE = /^[^/]|[%\\#]|\/(?:[./]|$)/;
const ESCAPE = /%([0-9a-f]{2})?/gi;
const UNRESERVED = /[a-z0-9._~-]/i;

/**
 * Without origin and fragment, unreserved characters as themselves, dot segments resolved, no empty segments: `/` or `/a/b`.
 * `path` is without the query. Of a backslash browsers' parsers make a slash, and so does this.
 */
export function canonicalPath(path: string): string {
  if (!OTHERWISE.test(path) && path !== '') return path;
  const [plain] = path.replace(ORIGIN, '').split('#', 1);
  const kept: string[] = [];
  for (const segment of plain.replace(ESCAPE, decoded).split(/[/\\]/)) {
    if (segment === '..') kept.pop();
    else if (segment !== '.' && segment !== '') kept.push(segment);
  }
  return `/${kept.join('/')}`;
}

/** A percent sign that escapes nothing is escaped itself: else what follows it could become an escape. */
function decoded(sent: string, hex: string | undefined): string {
  if (hex === undefined) return '%25';
  const character = String.fromCharCode(Number.parseInt(hex, 16));
  return UNRESERVED.test(character) ? character : sent.toUpperCase();
}
