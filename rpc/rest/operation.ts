// What one REST operation is: a verb and a path for a method of the table. Owns no method; paths.ts lists them.

export type Verb = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface RestPath {
  readonly verb: Verb;
  /** Below /api/v1. A segment `{name}` is the parameter of that name. */
  readonly path: string;
  /** Status of success; 200 when absent, 202 for what is queued, 201 for what was made. */
  readonly status?: 201 | 202;
  /** The parameter that takes `next` of the page before. */
  readonly page?: 'after' | 'before';
  /** A segment that stands for one of several parameters: the first one whose schema takes its form. */
  readonly either?: Readonly<Record<string, readonly [string, string]>>;
  /** Says `Idempotency-Key` is refused: a lookup, an answer that sets a cookie, or a secret that is shown once. */
  readonly notReplayed?: true;
}

type Extra = Omit<RestPath, 'verb' | 'path'>;

const of =
  (verb: Verb) =>
  (path: string, extra: Extra = {}): RestPath => ({ verb, path, ...extra });

/** Reads whose parameters may stand in an address. */
export const get = of('GET');
export const post = of('POST');
export const put = of('PUT');
export const patch = of('PATCH');
export const del = of('DELETE');

/** Reads whose parameters are nobody's business on the way: they go in the body. */
export const lookup = (path: string): RestPath => post(path, { notReplayed: true });

export const BASE_PATH = '/api/v1';

/** Whether parameters beside the path go in the body; otherwise in the query, and DELETE has neither. */
export function hasBody(verb: Verb): boolean {
  return verb === 'POST' || verb === 'PUT' || verb === 'PATCH';
}

/** The parameters that stand in a path, as they are written there. */
export function segmentNames(path: string): string[] {
  return [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name);
}

/** Whether `Idempotency-Key` means something here. */
export function takesKey({ verb, notReplayed }: RestPath): boolean {
  return verb !== 'GET' && notReplayed !== true;
}
