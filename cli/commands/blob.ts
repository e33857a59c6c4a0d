// `wardmesh blob`: the ciphertext of records on the disk of a clinic: how much, what is missing, what belongs to nothing.
import { open, rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { withClient } from '../client.ts';
import { answer, fields, table, when } from '../output/say.ts';

export function addBlobCommands(program: Command): void {
  const blob = program.command('blob').description('ciphertext of records on the disk of this clinic');

  blob
    .command('status')
    .description('how much there is, and what the last look over it found')
    .action(async (_options: object, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const status = await client.call('blob_status', {});
        answer(json, status, ({ kept, unfinished, damaged, round }) =>
          fields([
            ['blobs', kept.blobs],
            ['bytes', kept.bytes],
            ['unfinished', unfinished],
            ['damaged', damaged],
            ['looked over', round === null ? 'not yet' : when(round.at)],
            ...(round === null ? [] : ([['missing then', round.lacking]] as const)),
          ]),
        );
      });
    });

  blob
    .command('repair')
    .description('look for what is missing or damaged now, and fetch it from other clinics')
    .action(async (_options: object, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const found = await client.call('blob_repair', {});
        answer(json, found, (one) => fields(Object.entries(one)));
      });
    });

  blob
    .command('gc')
    .description('take away what belongs to no record any more')
    .option('--dry-run', 'name it and leave it')
    .action(async ({ dryRun = false }: { dryRun?: boolean }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const collected = await client.call('blob_collect', { dryRun });
        answer(json, collected, ({ found, blobs, unfinished }) =>
          [
            fields([
              [dryRun ? 'would go' : 'gone', `${found.blobs} blobs, ${found.bytes} bytes`],
              ['unfinished', unfinished.length],
            ]),
            '',
            table(
              ['Blob', 'Bytes'],
              blobs.map(({ cid, size }) => [cid, size]),
              'Everything belongs to a record.',
            ),
          ].join('\n'),
        );
      });
    });

  blob
    .command('export <cid> <file>')
    .description('one blob as a CAR file, which any IPFS node reads; it stays encrypted')
    .action(async (cid: string, file: string, _options: object, command: Command) => {
      const target = resolve(file);
      const draft = `${target}.${process.pid}.new`;
      await withClient(command, async (client, { json }) => {
        let bytes = 0;
        const out = await open(draft, 'wx', 0o600);
        try {
          for await (const part of client.exportBlob(cid)) {
            await out.writeFile(part);
            bytes += part.length;
          }
          await out.sync();
          await out.close();
          await rename(draft, target);
        } catch (error) {
          await out.close().catch(() => undefined);
          await rm(draft, { force: true });
          throw error;
        }
        answer(json, { cid, file: target, bytes }, (one) => fields(Object.entries(one)));
      });
    });
}
