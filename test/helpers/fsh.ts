// The little of FHIR Shorthand that instances of published examples are written in: rules `* path = value`.

export interface FshInstance {
  readonly name: string;
  readonly instanceOf: string;
  readonly json: Record<string, unknown>;
}

/** Elements of R4 that repeat, and those that are a CodeableConcept where a code is written. */
const LISTS = new Set([
  'purpose',
  'category',
  'performer',
  'organization',
  'actor',
  'data',
  'securityLabel',
  'policy',
  'security',
]);
const CONCEPTS = new Set(['scope', 'category', 'role', 'type']);

type Node = Record<string, unknown>;

export function readFsh(text: string): FshInstance[] {
  const blocks = text
    .replace(/"""[\s\S]*?"""/g, '""')
    .split(/^(?=Instance:)/m)
    .slice(1);
  return blocks.map((block) => {
    const json: Node = {};
    for (const [, path, value] of block.matchAll(/^\* ([\w.[\]+=]+) = (.+)$/gm)) set(json, path, value.trim());
    const field = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(block)?.[1] ?? '';
    return { name: field('Instance'), instanceOf: field('InstanceOf'), json };
  });
}

function set(root: Node, path: string, text: string): void {
  const parts = path.split('.');
  let at = root;
  for (const [index, part] of parts.entries()) {
    const name = part.replace(/\[.*$/, '');
    const isList = LISTS.has(name) || (name === 'provision' && index > 0);
    const last = index === parts.length - 1;
    const value: unknown = last ? fhirValue(name, text) : {};
    if (!isList) {
      if (last || at[name] === undefined) at[name] = value;
      at = at[name] as Node;
      continue;
    }
    at[name] ??= [];
    const items = at[name] as unknown[];
    // `[+]` adds; a list that is written without an index has one item.
    if (last || part.endsWith('[+]') || items.length === 0) items.push(value);
    at = items[items.length - 1] as Node;
  }
}

function fhirValue(name: string, text: string): unknown {
  const reference = /^Reference\((.+)\)$/.exec(text);
  if (reference !== null) return { reference: reference[1] };
  const coded = /^(\S*)#(\S+)/.exec(text);
  if (coded === null) return text.replace(/^"|"$/g, '');
  const [, system, code] = coded;
  if (system === '') return code;
  return CONCEPTS.has(name) ? { coding: [{ system, code }] } : { system, code };
}
