// `wardmesh wallet`: credits of the clinics.
import type { Command } from 'commander';
import { parseAmount, parseWhole } from '../arguments.ts';
import { withClient } from '../client.ts';
import { answer, fields, table } from '../output/say.ts';
import { waitApplied } from '../wait-applied.ts';

/** How long a transfer may take to stand in a block. */
const WAIT_MS = 60_000;

export function addWalletCommands(program: Command): void {
  const wallet = program.command('wallet').description('credits that mining earned');

  wallet
    .command('list')
    .description('balances of all clinics')
    .action(async (_options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('wallet_list', { limit: 500 }), ({ wallets }) => {
          const rows = wallets.map((row) => [row.name ?? row.clinic, row.balance, row.received, row.sent]);
          return table(['Clinic', 'Balance', 'In', 'Out'], rows);
        });
      });
    });

  wallet
    .command('transfer')
    .argument('<clinic>', 'number of the clinic', parseWhole)
    .argument('<amount>', 'whole credits', parseAmount)
    .description('send credits of this clinic to another clinic, by its number')
    .action(async (clinic: number, amount: string, _options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const made = await client.call('wallet_transfer', { to: clinic, amount });
        await waitApplied(client, [made.statement], WAIT_MS);
        answer(json, { ...made, status: 'applied' }, () =>
          fields([
            ['statement', made.statement],
            ['status', 'applied'],
          ]),
        );
      });
    });
}
