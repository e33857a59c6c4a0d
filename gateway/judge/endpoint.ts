// The templated path that requests are counted by: values that differ from visitor to visitor become one placeholder.
// Owns no counting.
import { canonicalPath } from './canonical-path.ts';

/** Longer templates are cut: they are kept in the log. */
export const MAX_ENDPOINT_CHARS = 128;

/** A number, a UUID or a run of hex digits with at least one decimal one, or anything too long for a name. */
const VALUE = /\/(?:\d+|(?=[0-9a-f-]*\d)[0-9a-f-]{8,}|[^/]{41,})(?=\/|$)/gi;

/** `/patients/17/` and `//patients/18` give `/patients/:v`. */
export function endpointOf(path: string): string {
  const template = canonicalPath(path).replace(VALUE, '/:v').slice(0, MAX_ENDPOINT_CHARS);
  return template.length > 1 && template.endsWith('/') ? template.slice(0, -1) : template;
}
