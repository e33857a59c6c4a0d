// Exit codes of the command, and which failure gets which. docs/CLI.md prints this table.
import { codeOf } from '../common/errors.ts';

export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  refused: 4,
  notFound: 5,
  timeout: 6,
  unauthorized: 7,
  unproven: 8,
  outdated: 9,
} as const;

export const EXIT_MEANINGS: Readonly<Record<number, string>> = {
  0: 'done',
  1: 'failed for a reason that the message tells',
  2: 'the command line or a configuration key is wrong',
  3: 'the node cannot be reached',
  4: 'the node refused, or a statement was refused',
  5: 'nothing of that name was found',
  6: 'the time was over before the answer was certain',
  7: 'the node wants another token',
  8: 'what was to be verified does not hold',
  9: 'the network activated a feature that this version lacks: only a newer version helps, no new start',
};

/** A failure whose exit code the command itself decides. */
export class CommandError extends Error {
  readonly exit: number;

  constructor(message: string, exit: number = EXIT.failed) {
    super(message);
    this.name = 'CommandError';
    this.exit = exit;
  }
}

export function exitFor(error: unknown): number {
  if (error instanceof CommandError) return error.exit;
  return exitForCode(codeOf(error) ?? '');
}

/** What was typed is wrong, as the node found: identity numbers, identifiers. */
const MISTYPED = /^identifier\.(?:country|type|issuer|characters|length|format|check-digit|placeholder|pid)$/;

/** Of a coded failure; '' stands for one without a code. */
export function exitForCode(code: string): number {
  if (code === 'rpc.unreachable' || code === 'rpc.aborted') return EXIT.unreachable;
  if (code === 'rpc.unauthorized' || code === 'rpc.bad-token') return EXIT.unauthorized;
  if (code === 'feature.unknown') return EXIT.outdated;
  if (code.startsWith('config.') || code === 'p2p.listen' || code === 'rpc.invalid-params' || MISTYPED.test(code))
    return EXIT.usage;
  if (code.includes('unknown') || code.endsWith('.not-found')) return EXIT.notFound;
  if (code !== '') return EXIT.refused;
  return EXIT.failed;
}
