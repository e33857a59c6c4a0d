// One text for one JSON value (RFC 8785): keys in order of their UTF-16 units, numbers as ECMAScript writes them.
// For comparing and hashing; numbers that differ in written precision alone become equal. Recurses: measure depth before.

/** Takes what JSON.parse gives; members that are undefined are left out, as JSON.stringify does. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value).filter(([, inner]) => inner !== undefined);
  // Not Object.fromEntries: keys that look like numbers would come first.
  const sorted = members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`).join(',')}}`;
}
