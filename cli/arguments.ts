// Arguments and options that several commands share: whole numbers, the data directory, ids in their short form.
import { InvalidArgumentError, Option } from 'commander';
import type { RpcClient } from '../rpc/client.ts';
import { CommandError, EXIT } from './exit.ts';

/** Throws what commander shows beside the option or argument. */
export function parseWhole(text: string): number {
  const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError('Expected a whole number.');
  return value;
}

/** As text, since amounts go beyond what a number holds. */
export function parseAmount(text: string): string {
  if (!/^[1-9][0-9]{0,19}$/.test(text)) throw new InvalidArgumentError('Expected a positive whole number.');
  return text;
}

export function dataOption(): Option {
  return new Option('--data <dir>', "the clinic's data directory (WARDMESH_DATA)")
    .env('WARDMESH_DATA')
    .default('.wardmesh/clinic');
}

/**
 * The whole id of a block, transaction or statement: from its first digits (6 or more), also in the form in which tables show it
 * (`3f21c0…9ab4d2`), as long as only one begins with them.
 */
export async function wholeId(
  client: RpcClient,
  type: 'block' | 'transaction' | 'statement',
  given: string,
): Promise<string> {
  if (/^[0-9a-f]{64}$/i.test(given)) return given;
  const [, first, last = ''] = /^([0-9a-f]{6,63})(?:…([0-9a-f]+))?$/.exec(given.toLowerCase()) ?? [];
  if (first === undefined) {
    throw new CommandError(`${given} is no id: give 64 hex digits, or the first 6 or more of them`, EXIT.usage);
  }
  const { matches } = await client.call('chain_search', { query: first, limit: 50 });
  const found = matches.filter((match) => match.type === type && match.id.endsWith(last));
  if (found.length === 1) return found[0].id;
  const what = found.length === 0 ? `there is no ${type}` : `there is more than one ${type}`;
  throw new CommandError(`${what} whose id begins with ${given}`, EXIT.notFound);
}
