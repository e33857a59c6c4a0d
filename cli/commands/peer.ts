// `wardmesh peers` and `wardmesh peer`: the other members as this node meets them, and whom it keeps away.
import type { Command } from 'commander';
import color from 'picocolors';
import { withClient } from '../client.ts';
import { answer, shortId, table, when } from '../output/say.ts';

export function addPeerCommands(program: Command): void {
  program
    .command('peers')
    .description('the other members: whether they are connected, how they behave, who is banned')
    .action(async (_options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('peer_list', {}), ({ peers }) => {
          const rows = peers.map(({ peerId, clinic, name, connection, head, standing, blames, evidence, banned }) => [
            name ?? clinic ?? '-',
            stateOf(banned !== null, connection),
            connection?.address ?? '-',
            connection?.latencyMs == null ? '-' : `${Math.round(connection.latencyMs)} ms`,
            head?.height ?? '-',
            standing.score,
            evidence.length > 0 ? color.red(`said two things ${evidence.length}x`) : (blames.at(-1)?.code ?? '-'),
            shortId(peerId),
          ]);
          return table(['Clinic', 'State', 'Address', 'Latency', 'Head', 'Score', 'Last blame', 'Peer'], rows);
        });
      });
    });

  const peer = program.command('peer').description('keep a member away from this node, or let it in again');

  peer
    .command('ban <clinic>')
    .description('hang up on a member and keep it out, by its number or PeerId; only here, and until it is unbanned')
    .option('--reason <text>', 'a note for yourself')
    .action(async (clinic: string, options: { reason?: string }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const result = await client.call('peer_ban', { peer: clinic, reason: options.reason });
        answer(json, result, (made) => `${made.clinic ?? made.peerId}: banned ${when(made.banned.since)}`);
      });
    });

  peer
    .command('unban <clinic>')
    .description('let a banned member in again, by its number or PeerId')
    .action(async (clinic: string, _options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('peer_unban', { peer: clinic }), (made) => {
          return `${made.clinic ?? made.peerId}: let in again`;
        });
      });
    });
}

function stateOf(
  banned: boolean,
  connection: { direction: 'inbound' | 'outbound'; relayed: boolean; since: number } | null,
): string {
  if (banned) return color.red('banned');
  if (connection === null) return color.yellow('away');
  return `${connection.relayed ? 'relayed' : connection.direction} ${when(connection.since)}`;
}
