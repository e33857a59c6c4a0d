// Failures of calls as sentences: what happened and what to do. Codes are the node's.
import { RpcError } from '../../../rpc/client.ts';

const SENTENCES: Readonly<Record<string, string>> = {
  'rpc.unreachable':
    "This clinic's node does not answer. It may be starting or stopped; the page tries again by itself.",
  'rpc.timeout': 'The node took too long to answer.',
  'rpc.rate-limited': 'This browser asked for too much at once. Wait a few seconds, then try again.',
  'rpc.unauthorized': 'This clinic keeps its explorer closed. Ask the clinic for access.',
  'rpc.busy': 'The node is busy. Try again in a few seconds.',
  'rpc.stopping': 'The node is stopping. Try again in a minute.',
};

export function failureText(error: unknown): string {
  if (!(error instanceof RpcError)) return 'Something went wrong on this page.';
  return SENTENCES[error.code] ?? `The node could not answer (${error.code}).`;
}

/** What is asked for is not there (yet); trying again at once is no use. */
export function isUnknown(error: unknown): boolean {
  return error instanceof RpcError && error.code.startsWith('chain.unknown-');
}
