// `wardmesh chain`: head, blocks, block, tx, statement, search, export.
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { parseWhole, wholeId } from '../arguments.ts';
import { withClient } from '../client.ts';
import { EXIT } from '../exit.ts';
import { answer, fields, shortId, table, when } from '../output/say.ts';
import { addProofCommands } from './proof.ts';

export function addChainCommands(program: Command): void {
  const chain = program.command('chain').description('blocks, transactions and statements');

  chain
    .command('head')
    .description('the head of the chain')
    .action(async (_options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('chain_head', {}), (head) =>
          fields([
            ['height', head.height],
            ['id', head.id],
            ['time', when(head.timestamp)],
            ['mined by', head.height === 0 ? 'nobody (genesis)' : (head.signerName ?? head.signer)],
            ['state root', head.stateRoot],
            ['final', head.final.height === 0 ? 'nothing yet' : head.final.height],
          ]),
        );
      });
    });

  chain
    .command('blocks')
    .description('blocks, newest first')
    .option('--before <height>', 'only below this height', parseWhole)
    .option('--limit <n>', 'how many', parseWhole, 25)
    .action(async (options: { before?: number; limit: number }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('chain_blocks', options), ({ blocks }) =>
          table(
            ['Height', 'Id', 'Status', 'Mined by', 'Statements', 'Size', 'Time'],
            blocks.map((block) => [
              block.height,
              shortId(block.id),
              block.status,
              block.height === 0 ? 'nobody (genesis)' : (block.signerName ?? block.signer),
              block.statementCount,
              block.size,
              when(block.timestamp),
            ]),
          ),
        );
      });
    });

  chain
    .command('block <height-or-id>')
    .description('one block with its transactions, by height, id, or the first digits (6 or more) of an id')
    .action(async (which: string, _options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const params = /^[0-9]{1,15}$/.test(which)
          ? { height: Number(which) }
          : { id: await wholeId(client, 'block', which) };
        answer(json, await client.call('chain_block', params), (block) => {
          const head = fields([
            ['height', block.height],
            ['id', block.id],
            ['parent', block.parent],
            ['status', block.status],
            ['time', when(block.timestamp)],
            ['mined by', block.height === 0 ? 'nobody (genesis)' : (block.signerName ?? block.signer)],
            ['target', block.target],
            ['state root', `${block.stateRoot} (after the parent)`],
          ]);
          const rows = block.transactions.map((transaction) => [
            transaction.index ?? '-',
            transaction.id,
            transaction.clinicName ?? transaction.clinic ?? '-',
            transaction.statements.length,
          ]);
          return `${head}\n\n${table(['#', 'Transaction', 'Sender', 'Statements'], rows, 'No transactions.')}`;
        });
      });
    });

  chain
    .command('tx <id>')
    .description('one transaction with its statements, by its id or the first digits (6 or more) of it')
    .action(async (given: string, _options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const id = await wholeId(client, 'transaction', given);
        answer(json, await client.call('chain_transaction', { id }), (transaction) => {
          const head = fields([
            ['id', transaction.id],
            ['sender', transaction.clinicName ?? transaction.sender],
            ['status', transaction.status],
            ['block', transaction.block?.height ?? '-'],
            ['sequence', transaction.sequence],
            ['valid until', transaction.validUntil],
          ]);
          const rows = transaction.statements.map((statement) => [
            statement.id,
            statement.name,
            statement.outcome?.result ?? statement.status,
            statement.outcome?.message ?? '',
          ]);
          return `${head}\n\n${table(['Statement', 'Kind', 'Outcome', 'Reason'], rows)}`;
        });
      });
    });

  chain
    .command('search <query>')
    .description('find by height, id, or the first digits (6 or more) of an id')
    .action(async (query: string, _options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const found = await client.call('chain_search', { query });
        answer(json, found, ({ matches }) =>
          table(
            ['What', 'Id', 'Height'],
            matches.map((match) => [match.type, match.id, match.height ?? '-']),
            'Nothing found.',
          ),
        );
        if (found.matches.length === 0) process.exitCode = EXIT.notFound;
      });
    });

  addProofCommands(chain);

  chain
    .command('export')
    .description('the whole chain as JSON lines, one block a line')
    .option('--out <file>', 'write to a file instead of the terminal')
    .action(async (options: { out?: string }, command: Command) => {
      await withClient(command, async (client) => {
        const lines = async function* (): AsyncIterable<string> {
          for await (const block of client.exportBlocks()) yield `${JSON.stringify(block)}\n`;
        };
        if (options.out === undefined) await pipeline(lines, process.stdout, { end: false });
        else await pipeline(lines, (await open(options.out, 'w', 0o600)).createWriteStream());
      });
    });
}
