// `wardmesh key`: the public halves of a clinic's keys, new keys, and the keystore: a copy of it, another passphrase.
// Secrets leave the keystore only encrypted.
import type { Command } from 'commander';
import type { RpcClient } from '../../rpc/client.ts';
import { keyRole } from '../../rpc/schema/key.ts';
import { withClient } from '../client.ts';
import { CommandError, EXIT } from '../exit.ts';
import type { KeyFlags } from '../keystore-file.ts';
import { answer, fields, table } from '../output/say.ts';
import { waitApplied } from '../wait-applied.ts';

/** How long a proposal may take to stand in a block. */
const WAIT_MS = 120_000;
const DATA = ['--data <dir>', "the clinic's data directory", '.wardmesh/clinic'] as const;

export function addKeyCommand(program: Command): void {
  const key = program
    .command('key')
    .description("public halves of this clinic's keys")
    .action(async (_options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('key_list', {}), ({ keys }) =>
          table(
            ['Role', 'Type', 'Public key'],
            keys.map((each) => [each.role, each.type, each.publicKey]),
          ),
        );
      });
    });

  key
    .command('show')
    .description('the same from a keystore, without a running node')
    .option(...DATA)
    .option('--passphrase-file <path>', 'passphrase of the keystore')
    .action(async (flags: KeyFlags, command: Command) => {
      const { showKeys } = await import('../keystore-file.ts');
      await showKeys(flags, command);
    });

  addRotate(key);

  key
    .command('export')
    .argument('<file>', 'the keystore to write')
    .description('a copy of the keystore, under a passphrase of its own')
    .option(...DATA)
    .option('--passphrase-file <path>', 'passphrase of the keystore')
    .requiredOption('--new-passphrase-file <path>', 'passphrase of the copy')
    .action(async (file: string, flags: KeyFlags, command: Command) => {
      const { exportKeystore } = await import('../keystore-file.ts');
      await exportKeystore(file, flags, command);
    });

  key
    .command('passphrase')
    .description('change the passphrase of a keystore; backups made before keep the old one')
    .option(...DATA)
    .option('--passphrase-file <path>', 'present passphrase of the keystore')
    .requiredOption('--new-passphrase-file <path>', 'its new passphrase')
    .action(async (flags: KeyFlags, command: Command) => {
      const { changePassphrase } = await import('../keystore-file.ts');
      await changePassphrase(flags, command);
    });
}

function addRotate(key: Command): void {
  key
    .command('rotate')
    .argument('<role>', keyRole.options.join(', '))
    .description('make a new key and propose it to the members; it takes the place of the present one when they agree')
    .option('--out <file>', 'governance only: keep the new key in a keystore of its own there, off this node')
    .option('--new-passphrase-file <path>', 'passphrase of that keystore')
    .action(async (given: string, options: { out?: string; newPassphraseFile?: string }, command: Command) => {
      const role = keyRole.safeParse(given).data;
      if (role === undefined)
        throw new CommandError(`there is no key ${given}: ${keyRole.options.join(', ')}`, EXIT.usage);
      if (options.out !== undefined && role !== 'governance') {
        throw new CommandError('only the governance key can be kept off the node', EXIT.usage);
      }
      await withClient(command, async (client, { json }) => {
        const made =
          options.out === undefined
            ? await client.call('key_rotate', { role })
            : await rotateAway(client, options.out, options.newPassphraseFile);
        await waitApplied(client, [made.statement], WAIT_MS);
        answer(json, { ...made, status: 'applied' }, () =>
          fields([
            ['proposal', made.proposal],
            ['change', made.summary],
            ['new key', made.publicKey],
            ['next', `wardmesh member approve ${made.proposal.slice(0, 12)} at the other clinics`],
            ['then', 'this clinic takes the new key up by itself when the change is in force'],
          ]),
        );
      });
    });
}

/** The new governance key goes into a file of its own; the node only hears its public half. */
async function rotateAway(client: RpcClient, out: string, newPassphraseFile: string | undefined) {
  const { createGovernanceKey } = await import('../keystore-file.ts');
  const { clinic } = await client.call('node_status', {});
  const publicKey = await createGovernanceKey(out, newPassphraseFile);
  const change = { type: 'update', clinic: clinic.number, keys: { governance: publicKey } } as const;
  return { role: 'governance', publicKey, ...(await client.call('member_propose', { change })) };
}
