// Which operation a method and a path mean. Paths are compared segment by segment, decoded once and strictly: what
// another reader of the same address could take for another path is no path here.
import { doorError } from '../errors.ts';
import type { Operation } from './operations.ts';

export type Match =
  | { readonly kind: 'operation'; readonly operation: Operation; readonly segments: Readonly<Record<string, string>> }
  /** There is something here, for other verbs. */
  | { readonly kind: 'verb'; readonly allow: readonly string[] }
  | { readonly kind: 'nothing' };

/** Longer paths name nothing; the longest parameter of a path is a passkey's id. */
const MAX_PATH_LENGTH = 2048;

interface Branch {
  readonly fixed: Map<string, Branch>;
  parameter: Branch | undefined;
  readonly operations: Operation[];
}

const newBranch = (): Branch => ({ fixed: new Map(), parameter: undefined, operations: [] });

export class Router {
  private readonly root = newBranch();

  constructor(operations: readonly Operation[]) {
    for (const operation of operations) this.add(operation);
  }

  /** `path` is the raw path below the base, with its slash. Throws RpcError for a path that can be read in two ways. */
  find(verb: string, path: string): Match {
    if (path.length > MAX_PATH_LENGTH) return { kind: 'nothing' };
    const values = path.split('/').slice(1).map(decodeSegment);
    const found = descend(this.root, values, 0);
    if (found === undefined) return { kind: 'nothing' };
    const wanted = verb === 'HEAD' ? 'GET' : verb;
    const operation = found.operations.find((each) => each.verb === wanted);
    if (operation === undefined) return { kind: 'verb', allow: allowed(found.operations) };
    return { kind: 'operation', operation, segments: named(operation, values) };
  }

  private add(operation: Operation): void {
    let branch = this.root;
    for (const segment of operation.segments) {
      if (segment.startsWith('{')) {
        branch.parameter ??= newBranch();
        branch = branch.parameter;
      } else {
        const next = branch.fixed.get(segment) ?? newBranch();
        branch.fixed.set(segment, next);
        branch = next;
      }
    }
    branch.operations.push(operation);
  }
}

/** A fixed segment goes before a parameter; at most two ways at each of a path's few segments. */
function descend(branch: Branch, values: readonly string[], at: number): Branch | undefined {
  if (at === values.length) return branch.operations.length === 0 ? undefined : branch;
  const fixed = branch.fixed.get(values[at]);
  const found = fixed === undefined ? undefined : descend(fixed, values, at + 1);
  if (found !== undefined || branch.parameter === undefined || values[at] === '') return found;
  return descend(branch.parameter, values, at + 1);
}

const ALLOW_ORDER = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

function allowed(operations: readonly Operation[]): string[] {
  const verbs = operations.map(({ verb }) => verb as string);
  const also = verbs.includes('GET') ? ['HEAD', 'OPTIONS'] : ['OPTIONS'];
  return ALLOW_ORDER.filter((verb) => verbs.includes(verb) || also.includes(verb));
}

function named({ segments }: Operation, values: readonly string[]): Readonly<Record<string, string>> {
  const pairs = segments.flatMap((segment, at) =>
    segment.startsWith('{') ? [[segment.slice(1, -1), values[at]]] : [],
  );
  return Object.fromEntries(pairs);
}

/** Slashes, dots as a segment and control characters are refused however they are written. */
function decodeSegment(raw: string): string {
  let text: string;
  try {
    text = decodeURIComponent(raw);
  } catch {
    throw doorError('rpc.bad-request');
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[/\\\u0000-\u001f\u007f]/.test(text) || text === '.' || text === '..') throw doorError('rpc.bad-request');
  return text;
}
