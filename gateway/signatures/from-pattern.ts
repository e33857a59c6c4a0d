// A signature out of the requests of a detected pattern: everything that they have in common, so that as little as possible
// else has it too. Values in paths, cookies and bodies stay out of it: it goes to every clinic. Owns no detection.
import { CodecError } from '../../common/codec/errors.ts';
import type { SignatureField } from '../../common/threat-names.ts';
import { endpointOf } from '../judge/endpoint.ts';
import type { RequestFacts } from '../judge/facts.ts';
import { SignatureMatcher } from './matcher.ts';
import { normalised } from './normalise.ts';
import {
  bucketOf,
  type Condition,
  DETECTED_STEP,
  flawOf,
  MAX_LITERALS,
  MAX_SIGNATURE_BYTES,
  type Pattern,
  type SignatureDefinition,
} from './signature.ts';
import { encodeSignature } from './signature-codec.ts';

export interface DetectedPattern {
  /** ms since 1970. */
  readonly at: number;
  readonly addresses: number;
  readonly requests: number;
  /** Whether the User-Agents of its requests differ in their digits alone. */
  readonly oneAgent: boolean;
  /** Of the requests that made it, at least one; a few of many sources tell best. Of one, neither query nor referer counts. */
  readonly samples: readonly RequestFacts[];
}

/** A challenge for who has something else against it; nothing on its own. */
const POINTS = 30;
const SEVERITY = 'medium';
/** What a literal may take of the 256 bytes, and how much shorter it gets each time that it does not fit. */
const LONGEST_LITERAL = 96;
const STEP = 16;
/** Shorter common parts say nothing. */
const SHORTEST_PART = 3;

const agentOf = ({ userAgent }: RequestFacts): string => normalised(userAgent, 'text', false);
const queryOf = ({ query }: RequestFacts): string => normalised(query, 'text', true);
const refererOf = ({ referer }: RequestFacts): string => normalised(referer, 'text', false);

/** Undefined when what the samples have in common, within 256 bytes, is also in one of `benign`, or tells nothing. */
export function signatureFromPattern(
  { at, addresses, requests, oneAgent, samples }: DetectedPattern,
  benign: readonly RequestFacts[],
): SignatureDefinition | undefined {
  if (samples.length === 0) return undefined;
  const detectedAt = at - (at % DETECTED_STEP);
  const counts = { sources: bucketOf(addresses), requests: bucketOf(requests) };
  for (let longest = LONGEST_LITERAL; longest >= STEP; longest -= STEP) {
    const conditions = commonOf(samples, oneAgent, longest).filter((condition) => matchesAll([condition], samples));
    const name = `coordinated-${Math.floor(detectedAt / DETECTED_STEP)}`;
    const facts = { name, category: 'coordinated', severity: SEVERITY, points: POINTS } as const;
    const definition = { ...facts, conditions, detectedAt, ...counts };
    if (flawOf(definition) !== undefined) return undefined;
    if (!fits(definition)) continue;
    return matcherOf(conditions).some(benign) ? undefined : definition;
  }
  return undefined;
}

function commonOf(samples: readonly RequestFacts[], oneAgent: boolean, longest: number): Condition[] {
  const [first] = samples;
  const found = [
    whole('method', samples, ({ method }) => method.toLowerCase(), longest),
    pathOf(first),
    whole('header-order', samples, ({ headerOrder }) => headerOrder.toLowerCase(), longest),
    oneAgent ? agentFamily(first, longest) : ends('user-agent', samples.map(agentOf), longest),
    ends('query', samples.map(queryOf), longest),
    ends('referer', samples.map(refererOf), longest),
  ];
  return found.filter((condition) => condition !== undefined);
}

/** What stands between the digits. */
function agentFamily(facts: RequestFacts, longest: number): Condition | undefined {
  const parts = agentOf(facts)
    .split(/\d+/)
    .filter((part) => part.length >= SHORTEST_PART);
  const literals = parts.slice(0, MAX_LITERALS).map((part) => part.slice(0, longest));
  return literals.length === 0
    ? undefined
    : { fields: ['user-agent'], view: 'text', start: false, end: false, literals };
}

/** The literals between the values of a templated path. */
function pathOf({ path }: RequestFacts): Condition | undefined {
  const template = endpointOf(normalised(path, 'text', false));
  const literals = template
    .split(':v')
    .filter((part) => part !== '')
    .slice(0, 4);
  const start = !template.startsWith(':v');
  return literals.length === 0 ? undefined : { fields: ['path'], view: 'text', start, end: false, literals };
}

function whole(
  field: SignatureField,
  samples: readonly RequestFacts[],
  read: (facts: RequestFacts) => string,
  longest: number,
): Condition | undefined {
  const values = new Set(samples.map(read));
  const [value] = values;
  if (values.size !== 1 || value === '') return undefined;
  const cut = value.slice(0, longest);
  return { fields: [field], view: 'text', start: true, end: cut === value, literals: [cut] };
}

/** What all values begin and end with. */
function ends(field: SignatureField, values: readonly string[], longest: number): Condition | undefined {
  if (values.length < 2) return undefined;
  const [first] = values;
  const shortest = Math.min(...values.map(({ length }) => length));
  let head = 0;
  while (head < shortest && values.every((value) => value[head] === first[head])) head++;
  let tail = 0;
  while (tail < shortest - head && values.every((value) => value.at(-1 - tail) === first.at(-1 - tail))) tail++;
  const pattern = partsOf(first, head, tail, longest);
  return pattern === undefined ? undefined : { fields: [field], view: 'text', ...pattern };
}

function partsOf(value: string, head: number, tail: number, longest: number): Pattern | undefined {
  const wholly = head === value.length && head <= longest;
  const begin = value.slice(0, Math.min(head, longest));
  const finish = tail === 0 ? '' : value.slice(-Math.min(tail, longest));
  const literals = [begin, finish].filter((part) => part.length >= SHORTEST_PART);
  if (literals.length === 0) return undefined;
  return { start: literals[0] === begin, end: wholly || literals.at(-1) === finish, literals };
}

function fits(definition: SignatureDefinition): boolean {
  try {
    return encodeSignature(definition).length <= MAX_SIGNATURE_BYTES;
  } catch (error) {
    if (error instanceof CodecError) return false;
    throw error;
  }
}

function matchesAll(conditions: readonly Condition[], samples: readonly RequestFacts[]): boolean {
  return matcherOf(conditions).every(samples);
}

function matcherOf(conditions: readonly Condition[]): {
  every(requests: readonly RequestFacts[]): boolean;
  some(requests: readonly RequestFacts[]): boolean;
} {
  const facts = { id: '', name: '', category: 'coordinated', severity: SEVERITY, points: POINTS } as const;
  const matcher = new SignatureMatcher([
    { ...facts, conditions, detectedAt: 0, sources: 0, requests: 0, effectiveFrom: 0 },
  ]);
  const matches = (request: RequestFacts): boolean => matcher.match(request).length > 0;
  return { every: (requests) => requests.every(matches), some: (requests) => requests.some(matches) };
}
