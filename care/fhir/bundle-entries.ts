// The entries of a Bundle with the original text of each resource, and references among them made resolvable.
// A reference is rewritten in the text itself, so that everything else of it stays as it was written.
import { bundleEntryTexts } from './bundle-text.ts';

/** `entry` counts those with a resource, from 1. */
export interface BundleEntry {
  readonly entry: number;
  readonly fullUrl: string | undefined;
  readonly text: string;
}

/** What the references to an entry become: `Type/id`. */
export type ReferenceTargets = ReadonlyMap<string, string>;

const MAX_URL = 2048;
/** Values of these two elements name other resources; an identifier that happens to be a URN is left alone. */
const REFERENCE = /"(reference|url)"(\s*:\s*)"([^"\\]{1,2048})"/g;

/** Undefined when the text is no Bundle of entries. Takes text that JSON.parse has accepted. */
export function bundleEntries(text: string): readonly BundleEntry[] | undefined {
  return bundleEntryTexts(text)?.map(({ resource, fullUrl }, index) => ({
    entry: index + 1,
    fullUrl: fullUrl === undefined ? undefined : urlOf(fullUrl),
    text: resource,
  }));
}

/** The UUID of a `urn:uuid:`, which is a FHIR id too. */
export function idOfUrn(fullUrl: string | undefined): string | undefined {
  return /^urn:uuid:([0-9A-Fa-f-]{36})$/.exec(fullUrl ?? '')?.[1].toLowerCase();
}

export function rewriteReferences(text: string, targets: ReferenceTargets): string {
  if (targets.size === 0) return text;
  return text.replace(REFERENCE, (whole, element: string, colon: string, value: string) => {
    const target = targets.get(value);
    return target === undefined ? whole : `"${element}"${colon}"${target}"`;
  });
}

/** For a resource that came without an id, as a server gives it one. */
export function insertId(text: string, id: string): string {
  const brace = text.indexOf('{');
  const empty = text
    .slice(brace + 1)
    .trimStart()
    .startsWith('}');
  return `${text.slice(0, brace + 1)}"id":"${id}"${empty ? '' : ','}${text.slice(brace + 1)}`;
}

function urlOf(json: string): string | undefined {
  const value: unknown = JSON.parse(json);
  return typeof value === 'string' && value.length <= MAX_URL ? value : undefined;
}
