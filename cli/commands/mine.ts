// `wardmesh mine`: the miner of a node, figures of the chain, the leaderboard.
import type { Command } from 'commander';
import { parseWhole } from '../arguments.ts';
import { withClient } from '../client.ts';
import { answer, fields, table, when } from '../output/say.ts';

export function addMineCommands(program: Command): void {
  const mine = program.command('mine').description('mining: this node, the chain, the leaderboard');

  mine
    .command('status')
    .description('the miner of this node')
    .action(async (_options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('mining_status', {}), (status) =>
          fields([
            ['enabled', status.enabled ? 'yes' : 'no'],
            ['kernel', status.kernel],
            ['threads', status.threads],
            ['duty', `${Math.round(status.duty * 100)} %`],
            ['hash rate', rate(status.hashesPerSecond)],
            ['mining height', status.height ?? '-'],
            ['blocks found', status.found],
          ]),
        );
      });
    });

  mine
    .command('stats')
    .description('figures over the last blocks')
    .option('--blocks <n>', 'how many blocks', parseWhole, 100)
    .action(async (options: { blocks: number }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('mining_stats', { blocks: options.blocks }), (stats) =>
          fields([
            ['blocks', stats.blocks],
            ['median interval', `${(stats.medianIntervalMs / 1000).toFixed(1)} s`],
            ['difficulty', `${stats.difficulty} hashes`],
            ['network rate', rate(stats.hashesPerSecond)],
            ['signers', stats.signers],
            ['statements', `${stats.statementsPerSecond.toFixed(1)}/s`],
          ]),
        );
      });
    });

  mine
    .command('leaderboard')
    .description('clinics by the blocks they mined')
    .action(async (_options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('mining_leaderboard', {}), ({ miners, basis, height }) => {
          const rows = miners.map((row) => [
            row.rank,
            row.name ?? row.clinic,
            row.blocks,
            `${(row.share * 100).toFixed(1)} %`,
            row.credits,
            row.lastBlock === null ? '-' : `${row.lastBlock.height} (${when(row.lastBlock.timestamp)})`,
          ]);
          const note = basis === 'final' ? '' : `\nAt height ${height}; not final yet, places may change.`;
          return table(['Rank', 'Clinic', 'Blocks', 'Share', 'Credits', 'Last block'], rows) + note;
        });
      });
    });
}

function rate(hashesPerSecond: number): string {
  if (hashesPerSecond >= 1e6) return `${(hashesPerSecond / 1e6).toFixed(2)} MH/s`;
  return `${(hashesPerSecond / 1e3).toFixed(1)} kH/s`;
}
