// `wardmesh member propose`, `approve`, `leave`: decisions of governance, signed by the node or, with --out, elsewhere.
import { readFile, writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { toHex } from '../../common/bytes.ts';
import type { RpcClient } from '../../rpc/client.ts';
import type { ParamsIn } from '../../rpc/schema/methods.ts';
import { parseWhole } from '../arguments.ts';
import { withClient } from '../client.ts';
import { CommandError, EXIT } from '../exit.ts';
import { answer, fields } from '../output/say.ts';
import { waitApplied } from '../wait-applied.ts';

/** How long a statement of governance may take to stand in a block. */
const WAIT_MS = 120_000;

type Change = ParamsIn<'member_propose'>['change'];
type Decision = ParamsIn<'member_prepare'>['decision'];

interface UpdateFlags {
  readonly name?: string;
  readonly address?: string[];
  readonly ownNetwork?: string[];
  readonly keysOf?: string;
}

export function addGoverning(member: Command): void {
  const propose = member.command('propose').description("propose a change, with this clinic's governance key");
  proposal(propose, 'admit <founder-file>', 'admit the clinic of this founder.json', async (file) => ({
    type: 'admit',
    clinic: await readFile(file, 'utf8'),
  }));
  proposal(propose, 'remove <clinic>', 'remove a clinic, by its number', async (clinic) => ({
    type: 'remove-clinic',
    clinic: numberOf(clinic),
  }));
  proposal(
    propose,
    'remove-organisation <organisation>',
    'remove an organisation with all its clinics, by its number',
    async (organisation) => ({ type: 'remove-organisation', organisation: numberOf(organisation) }),
  );
  proposal(
    propose,
    'update <clinic>',
    "change a clinic's name, addresses, networks or keys",
    async (clinic, options: UpdateFlags) => {
      const { name, address: addresses, ownNetwork: networks, keysOf } = options;
      const keys = keysOf === undefined ? undefined : await keysIn(keysOf);
      return { type: 'update', clinic: numberOf(clinic), name, addresses, networks, keys };
    },
    (command) =>
      command
        .option('--name <name>')
        .option('--address <multiaddr...>')
        .option('--own-network <cidr...>')
        .option('--keys-of <founder-file>', 'all keys of this founder.json: for a clinic whose keystore is lost'),
  );

  propose
    .command('activate')
    .argument('<feature>', 'number of the feature')
    .argument('<height>', 'of the first block that it is active for', parseWhole)
    .description('activate a feature of the rules from a height on')
    .addOption(outOption())
    .action(async (feature: string, height: number, { out }: { out?: string }, command: Command) => {
      await decide(
        command,
        { action: 'propose', change: { type: 'activate', feature: numberOf(feature), height } },
        out,
      );
    });

  member
    .command('approve <proposal>')
    .description("approve a proposal with this clinic's governance key")
    .addOption(outOption())
    .action(async (given: string, { out }: { out?: string }, command: Command) => {
      await withClient(command, async (client) => {
        const proposal = await proposalId(client, given);
        await decide(command, { action: 'approve', proposal }, out);
      });
    });

  member
    .command('leave')
    .description('take this clinic out of the network for good')
    .requiredOption('--yes', 'really')
    .addOption(outOption())
    .action(async ({ out }: { out?: string }, command: Command) => {
      await decide(command, { action: 'leave' }, out);
    });

  member
    .command('sign <file>')
    .description('sign what --out wrote, where the governance key is kept; needs no node')
    .option('--keystore <file>', 'the keystore that holds the governance key')
    .option('--data <dir>', "without it: the clinic's data directory", '.wardmesh/clinic')
    .option('--passphrase-file <file>', 'passphrase of the keystore')
    .option('--out <file>', 'write the signed file there instead of in its place')
    .action(
      async (file: string, flags: { data: string; keystore?: string; passphraseFile?: string }, command: Command) => {
        const { signGovernanceFile } = await import('../keystore-file.ts');
        await signGovernanceFile(file, flags, command);
      },
    );

  member
    .command('submit <file>')
    .description('send a decision that was signed elsewhere')
    .action(async (path: string, _options: unknown, command: Command) => {
      const { parseGovernanceFile } = await import('../keystore-file.ts');
      const file = parseGovernanceFile(path, await readFile(path, 'utf8'));
      await withClient(command, async (client, { json }) => {
        const made = await client.call('member_submit', { file });
        await waitApplied(client, [made.statement], WAIT_MS);
        answer(json, { ...made, status: 'applied' }, () => `Sent and in a block: ${file.action}, ${made.summary}.`);
      });
    });
}

function proposal<Flags extends object>(
  propose: Command,
  usage: string,
  description: string,
  changeOf: (argument: string, options: Flags) => Promise<Change>,
  more: (command: Command) => Command = (command) => command,
): void {
  more(propose.command(usage).description(description))
    .addOption(outOption())
    .action(async (argument: string, options: Flags & { out?: string }, command: Command) => {
      await decide(command, { action: 'propose', change: await changeOf(argument, options) }, options.out);
    });
}

function outOption(): Option {
  return new Option('--out <file>', 'send nothing: write what a governance key that is kept elsewhere has to sign');
}

async function decide(command: Command, decision: Decision, out: string | undefined): Promise<void> {
  await withClient(command, async (client, { json }) => {
    if (out !== undefined) {
      const file = await client.call('member_prepare', { decision });
      await writeFile(out, `${JSON.stringify(file, undefined, 2)}\n`, { flag: 'wx' }).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        throw new CommandError(`${out} exists already; name another file`, EXIT.usage);
      });
      answer(json, { file: out, ...file }, () =>
        fields([
          ['to sign', file.summary],
          ['file', out],
          ['next', `wardmesh member sign ${out} --keystore KEYS, then wardmesh member submit ${out} here`],
        ]),
      );
      return;
    }
    switch (decision.action) {
      case 'propose': {
        const made = await client.call('member_propose', { change: decision.change });
        await waitApplied(client, [made.statement], WAIT_MS);
        answer(json, { ...made, status: 'applied' }, () =>
          fields([
            ['proposal', made.proposal],
            ['change', made.summary],
            ['next', `wardmesh member approve ${made.proposal.slice(0, 12)} at the other clinics`],
          ]),
        );
        return;
      }
      case 'approve': {
        const made = await client.call('member_approve', { proposal: decision.proposal });
        await waitApplied(client, [made.statement], WAIT_MS);
        answer(json, { ...made, status: 'applied' }, () => 'Approved.');
        return;
      }
      case 'leave': {
        const made = await client.call('member_leave', {});
        await waitApplied(client, [made.statement], WAIT_MS);
        answer(json, { ...made, status: 'applied' }, () => 'This clinic leaves as soon as that is final.');
      }
    }
  });
}

/** The five public keys of a founder file. */
async function keysIn(path: string): Promise<NonNullable<(Change & { type: 'update' })['keys']>> {
  const { parseFounder } = await import('../../node/genesis/founder-file.ts');
  const founder = parseFounder(await readFile(path, 'utf8'));
  return {
    governance: toHex(founder.governanceKey),
    node: toHex(founder.nodeKey),
    gateway: toHex(founder.gatewayKey),
    vote: toHex(founder.voteKey),
    encryption: toHex(founder.encryptionKey),
  };
}

/** A full id, or the beginning of exactly one. */
async function proposalId(client: RpcClient, given: string): Promise<string> {
  if (/^[0-9a-f]{64}$/i.test(given)) return given;
  const { proposals } = await client.call('member_proposals', {});
  const found = proposals.filter(({ id }) => id.startsWith(given.toLowerCase()));
  if (found.length === 1) return found[0].id;
  throw new CommandError(
    `${found.length === 0 ? 'no proposal' : 'more than one proposal'} begins with ${given}`,
    EXIT.notFound,
  );
}

function numberOf(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 0xffff) return number;
  throw new CommandError(`${text} is no number of a clinic or organisation`, EXIT.usage);
}
