// Problem details (RFC 9457) made of a refusal: the same code and metadata as in a JSON-RPC answer.
// Owns their shape; which status a code has is said in status.ts.
import type { RpcError } from '../errors.ts';
import type { Operation } from './operations.ts';
import { statusOf } from './status.ts';

export const PROBLEM_TYPE = 'application/problem+json';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  /** What is wrong with the parameters: where each stands, and a JSON pointer to it there. */
  readonly errors?: readonly {
    readonly in: 'path' | 'query' | 'body';
    readonly pointer: string;
    readonly detail: string;
  }[];
  readonly [metadata: string]: unknown;
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'The request is not as it must be',
  401: 'Nobody is signed in',
  403: 'This is not allowed',
  404: 'There is no such thing',
  405: 'Not with this method',
  406: 'Not in this format',
  409: 'This does not go together with what is there',
  413: 'Too large',
  415: 'Not in this format',
  416: 'There are no such bytes',
  422: 'This cannot be done',
  426: 'This needs a WebSocket',
  429: 'Too many requests',
  500: 'The node failed',
  501: 'Not with this method',
  503: 'The node cannot do this now',
  504: 'This took too long',
  507: 'There is no room',
};

export function problemTitle(status: number): string {
  return TITLES[status] ?? 'Refused';
}

export function problemType(code: string): string {
  return `urn:wardmesh:problem:${code}`;
}

export function problemOf({ code, message, details }: RpcError, operation?: Operation): Problem {
  const status = statusOf(code);
  const { issues, ...metadata } = details as { issues?: readonly { path: string; message: string }[] };
  const own = { type: problemType(code), title: problemTitle(status), status, detail: message, code };
  if (issues === undefined) return { ...metadata, ...own };
  return { ...metadata, ...own, errors: issues.map((issue) => located(issue, operation)) };
}

function located(issue: { path: string; message: string }, operation: Operation | undefined) {
  const names = issue.path === '' ? [] : issue.path.split('.');
  const segment = Object.entries(operation?.either ?? {}).find(([, choice]) => choice.includes(names[0]))?.[0];
  const inPath = operation?.parameters.some((each) => each.in === 'path' && each.name === (segment ?? names[0]));
  const place = inPath === true ? 'path' : operation?.verb === 'GET' ? 'query' : 'body';
  const pointer = names.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  return { in: place, pointer: `#${pointer}`, detail: issue.message } as const;
}
