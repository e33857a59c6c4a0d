// Hostile JSON: parsed and measured without recursion, before anything walks it. Owns no FHIR.
import type { Skip } from './skip.ts';

export const MAX_JSON_DEPTH = 64;
export const MAX_JSON_NODES = 1_000_000;

export type ParsedJson = { readonly json: unknown } | { readonly skip: Skip };

/** A leading byte order mark is dropped. */
export function parseJson(text: string): ParsedJson {
  let json: unknown;
  try {
    json = JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text);
  } catch {
    return { skip: { code: 'fhir.json' } };
  }
  const skip = measureJson(json);
  return skip === undefined ? { json } : { skip };
}

/** Undefined when the value is within bounds. Takes what JSON.parse gives; anything else is measured alike. */
export function measureJson(json: unknown): Skip | undefined {
  const stack: { value: unknown; depth: number }[] = [{ value: json, depth: 0 }];
  let nodes = 0;
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { value, depth } = next;
    if (typeof value !== 'object' || value === null) continue;
    if (depth >= MAX_JSON_DEPTH) return { code: 'fhir.too-deep' };
    if (Object.hasOwn(value, '__proto__')) return { code: 'fhir.key' };
    const children = Array.isArray(value) ? value : Object.values(value);
    nodes += children.length;
    if (nodes > MAX_JSON_NODES) return { code: 'fhir.too-large' };
    for (const child of children) stack.push({ value: child, depth: depth + 1 });
  }
  return undefined;
}
