// `wardmesh member checkpoint`: when too few voters will ever be back, governance keys say what is final.
import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { type CheckpointFile, checkpointFile } from '../../rpc/schema/checkpoint.ts';
import { parseWhole } from '../arguments.ts';
import { withClient } from '../client.ts';
import { CommandError, EXIT } from '../exit.ts';
import { answer, fields } from '../output/say.ts';

interface SignOptions {
  readonly height?: number;
  readonly out: string;
  readonly keystore?: string;
  readonly passphraseFile?: string;
  readonly clinic?: number;
}

export function addCheckpointCommands(member: Command): void {
  const checkpoint = member
    .command('checkpoint')
    .description('make blocks final by governance keys, when too few voters will ever be back');

  checkpoint
    .command('sign')
    .description("sign a checkpoint with this clinic's governance key, or with one that no node has")
    .option('--height <height>', 'a multiple of 4; the highest that is deep enough by default', parseWhole)
    .option('--out <file>', 'where the signed file goes', 'checkpoint.json')
    .option(
      '--keystore <file>',
      'sign with the governance key in this keystore; the node only says what there is to sign',
    )
    .option('--passphrase-file <file>', 'passphrase of that keystore')
    .option('--clinic <number>', 'whose key it is; the clinic of the node by default', parseWhole)
    .action(async ({ height, out, keystore, passphraseFile, clinic }: SignOptions, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const asked = await client.call('chain_signCheckpoint', { height });
        let file: CheckpointFile = asked;
        if (keystore !== undefined) {
          const { signCheckpoint } = await import('../keystore-file.ts');
          const { genesis } = await client.call('node_health');
          file = await signCheckpoint(asked, genesis, { clinic, keystore, passphraseFile });
        }
        await writeFile(out, `${JSON.stringify(file, undefined, 2)}\n`);
        answer(json, file, () =>
          fields([
            ['height', file.height],
            ['id', file.id],
            ['file', out],
            ['next', 'collect the files of more than two thirds of governance, and install them at every clinic'],
          ]),
        );
      });
    });

  checkpoint
    .command('install <files...>')
    .description('make the checkpoint final that these files sign; it cannot be taken back')
    .action(async (paths: string[], _options: unknown, command: Command) => {
      const file = merge(await Promise.all(paths.map(read)));
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('chain_installCheckpoint', file), ({ final }) =>
          fields([
            ['final', final.height],
            ['id', final.id ?? '-'],
          ]),
        );
      });
    });
}

async function read(path: string): Promise<CheckpointFile> {
  const parsed = checkpointFile.safeParse(parseJson(await readFile(path, 'utf8')));
  if (!parsed.success) throw new CommandError(`${path} is no checkpoint file`, EXIT.usage);
  return parsed.data;
}

function merge([first, ...others]: readonly CheckpointFile[]): CheckpointFile {
  const signatures = [...first.signatures];
  for (const other of others) {
    if (other.id !== first.id || other.height !== first.height || other.set !== first.set) {
      throw new CommandError('the files sign different checkpoints', EXIT.usage);
    }
    signatures.push(...other.signatures);
  }
  return { ...first, signatures };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
