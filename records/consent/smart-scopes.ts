// SMART App Launch v2 scopes of applications: `patient/Observation.rs?category=laboratory`. Owns what a scope covers;
// whether its consent holds is decide.ts.

import { FHIR_TYPES } from './fhir-types.ts';

/** c create, r read, u update, d delete, s search, in this order. */
const SCOPE = /^(patient|user|system)\/(\*|[A-Z][A-Za-z]{1,63})\.(c?r?u?d?s?)(?:\?([A-Za-z0-9._~:|%/=&-]{1,100}))?$/;

export interface SmartScope {
  readonly context: 'patient' | 'user' | 'system';
  /** A FHIR type, or `*`. */
  readonly type: string;
  readonly actions: string;
  /** Search parameters that narrow it; only `category` is understood, and a scope with another covers nothing. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

/** What an application asks of one resource. */
export interface SmartAccess {
  readonly action: 'c' | 'r' | 'u' | 'd' | 's';
  readonly type: string;
  readonly sections: readonly string[];
}

/** Undefined for anything that is no v2 scope; those of v1 (`.read`, `.write`) among it. */
export function parseScope(text: string): SmartScope | undefined {
  const match = SCOPE.exec(text);
  if (match === null || match[3] === '') return undefined;
  const [, context, type, actions, query] = match;
  const parameters: [string, string][] = [];
  for (const pair of query === undefined ? [] : query.split('&')) {
    const [name, value, ...more] = pair.split('=');
    if (name === '' || value === undefined || value === '' || more.length > 0) return undefined;
    const plain = decoded(value);
    if (plain === undefined) return undefined;
    parameters.push([name, plain]);
  }
  return { context: context as SmartScope['context'], type, actions, parameters };
}

type Context = SmartScope['context'];
/** What a patient gives is about one patient. */
const PATIENT: readonly Context[] = ['patient'];

/** Whether one of the scopes of an application in these contexts covers this. */
export function scopesCover(
  scopes: readonly string[],
  access: SmartAccess,
  contexts: readonly Context[] = PATIENT,
): boolean {
  return parsed(scopes, contexts).some((scope) => covers(scope, access));
}

/** Whether any resource at all could be read under one of them. */
export function scopesReadAnything(scopes: readonly string[], contexts: readonly Context[] = PATIENT): boolean {
  return parsed(scopes, contexts).some(({ actions }) => actions.includes('r'));
}

/** Every action that one of them has for some resource, each once; of one that goes by more than a category none. */
export function scopeActions(scopes: readonly string[]): string {
  const understood = parsed(scopes, ['patient', 'user', 'system']).filter(({ parameters }) =>
    parameters.every(([name]) => name === 'category'),
  );
  return [...'cruds'].filter((action) => understood.some(({ actions }) => actions.includes(action))).join('');
}

/** Whether a key may have it: of a type that FHIR has, and for something that is understood. */
export function isUsableScope(text: string): boolean {
  const scope = parseScope(text);
  return scope !== undefined && (scope.type === '*' || FHIR_TYPES.has(scope.type)) && scopeActions([text]) !== '';
}

/** Whether all that there is of SMART counts for a person alone, in whose name no application acts here. */
export function isForPersonsAlone(scopes: readonly string[]): boolean {
  const smart = scopes.flatMap((text) => parseScope(text) ?? []);
  return smart.length > 0 && smart.every(({ context }) => context === 'user');
}

/** What a patient may give an application that its clinic registered for this: the same, about her alone. */
export function patientScopes(scopes: readonly string[]): string[] {
  const own = scopes.filter((text) => parseScope(text) !== undefined && !text.startsWith('user/'));
  return [...new Set(own.map((text) => text.replace(/^system\//, 'patient/')))].sort();
}

function parsed(scopes: readonly string[], contexts: readonly Context[]): SmartScope[] {
  return scopes.flatMap((text) => parseScope(text) ?? []).filter(({ context }) => contexts.includes(context));
}

function covers({ type, actions, parameters }: SmartScope, access: SmartAccess): boolean {
  if (type !== '*' && type !== typeOf(access)) return false;
  if (!actions.includes(access.action)) return false;
  return parameters.every(([name, value]) => name === 'category' && access.sections.includes(codeOf(value)));
}

/** A document is of FHIR what describes it. */
function typeOf({ type }: SmartAccess): string {
  return type === 'document' ? 'DocumentReference' : type;
}

/** `system|code`, of which the code counts. */
function codeOf(token: string): string {
  return token.slice(token.lastIndexOf('|') + 1);
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
