// Which person an argument of the command names: by user name, or by id.
import { Argument } from 'commander';
import type { RpcClient } from '../rpc/client.ts';
import { CommandError, EXIT } from './exit.ts';

/** The id of whom `given` names: an id, or a user name in full. */
export async function userId(client: RpcClient, given: string): Promise<string> {
  if (/^[0-9a-f]{32}$/i.test(given)) return given.toLowerCase();
  const { users } = await client.call('admin_users', { search: given, limit: 200 });
  const found = users.filter(({ name }) => name.toLowerCase() === given.toLowerCase());
  if (found.length !== 1) throw new CommandError(`there is nobody of the name ${given}`, EXIT.notFound);
  return found[0].user;
}

export function userArgument(): Argument {
  return new Argument('<user>', 'user name, or id of 32 hex digits');
}
