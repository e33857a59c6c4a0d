// `wardmesh erasure`: what is to be erased or held at this clinic, and what became of it everywhere. Wishes are answered by persons
// in the portal. Two persons approve an erasure, there or here, each with the key of her own device.
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { fromHex, toHex } from '../../common/bytes.ts';
import { KEYS_ERASE_APPROVE } from '../../consensus/ledger/kinds.ts';
import { signPrepared } from '../../identity/vault/device-statements.ts';
import { deviceKeys, type OpenVault } from '../../identity/vault/vault.ts';
import { submitSigned } from '../../rpc/client/submit-signed.ts';
import type { RpcClient } from '../../rpc/client.ts';
import type { Result } from '../../rpc/schema/methods.ts';
import { parseWhole } from '../arguments.ts';
import { withClient } from '../client.ts';
import { CommandError, EXIT } from '../exit.ts';
import { answer, fields, table, when } from '../output/say.ts';
import { type PersonOptions, personOptions, withPerson } from '../person.ts';
import { waitApplied } from '../wait-applied.ts';

/** How long an approval may take to stand in a block. */
const WAIT_MS = 120_000;

type Erasure = Result<'erasure_list'>['erasures'][number];
type Certificate = Result<'erasure_certificate'>;

interface Asked {
  readonly country?: string;
  readonly type?: string;
  readonly reason: string;
}

export function addErasureCommands(program: Command): void {
  const erasure = program
    .command('erasure')
    .description(
      'erase, or keep from being erased, what this clinic wrote; two persons approve an erasure, here or in the portal, under Erasures',
    );

  asked(erasure.command('request <patient>').description('ask to erase what this clinic wrote of a patient')).action(
    async (patient: string, { reason: text, ...document }: Asked, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('erasure_request', { patient, ...document, text }), oneText);
      });
    },
  );

  asked(erasure.command('hold <patient>').description('keep it from being erased')).action(
    async (patient: string, { reason: text, ...document }: Asked, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('erasure_hold', { patient, ...document, text }), oneText);
      });
    },
  );

  erasure
    .command('release <hold>')
    .description('release a hold')
    .action(async (hold: string, _: object, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('erasure_release', { hold }), oneText);
      });
    });

  personOptions(
    erasure
      .command('approve <erasure>')
      .option('--yes', 'do it; without it the command only says what would be erased')
      .description('approve an erasure as one of two officers; with the second approval it cannot be undone'),
  ).action(async (id: string, options: PersonOptions & { yes?: boolean }, command: Command) => {
    await withPerson(command, options, async (client, open, { json }) => {
      const asked = await oneOf(client, id);
      if (options.yes !== true) throw new CommandError(wouldErase(asked), EXIT.usage);
      const statement = await approve(client, open, id);
      await waitApplied(client, [statement], WAIT_MS);
      const { approvals } = await oneOf(client, id);
      answer(json, { erasure: id, statement, status: 'applied', approvals }, () =>
        fields([
          ['erasure', id],
          ['approvals', `${approvals.length} of 2`],
          ['statement', statement],
          ['status', 'applied'],
        ]),
      );
    });
  });

  erasure
    .command('list')
    .description('erasures and holds of this clinic, newest first')
    .action(async (_: object, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('erasure_list'), ({ erasures }) => listText(erasures));
      });
    });

  erasure
    .command('wishes')
    .description('patients who asked this clinic to erase their records, and what was answered')
    .action(async (_: object, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('erasure_wishes'), ({ wishes }) => wishesText(wishes));
      });
    });

  erasure
    .command('certificate <erasure>')
    .description('what every member has said of an erasure; exit code 1 while somebody has not answered')
    .option('--out <file>', 'write the signed certificate there, as JSON, for wardmesh verify')
    .action(async (id: string, options: { out?: string }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const found = await client.call('erasure_certificate', { erasure: id });
        if (options.out !== undefined) await writeFile(options.out, `${JSON.stringify(found, undefined, 1)}\n`);
        answer(json, found, certificateText);
        if (found.unanswered.length > 0) process.exitCode = EXIT.failed;
      });
    });

  erasure
    .command('challenge <erasure> <clinic>')
    .description('ask a clinic to show, signed, what it has left of it')
    .action(async (id: string, clinic: string, _: object, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const found = await client.call('erasure_challenge', { erasure: id, clinic: parseWhole(clinic) });
        answer(json, found, ({ shredded, removed, left }) =>
          fields([
            ['shredded', shredded === null ? 'not yet' : when(shredded)],
            ['rows shredded', removed],
            ['rows left', left],
          ]),
        );
        if (found.shredded === null || found.left > 0) process.exitCode = EXIT.failed;
      });
    });
}

async function oneOf(client: RpcClient, id: string): Promise<Erasure> {
  const { erasures } = await client.call('erasure_list');
  const found = erasures.find(({ erasure }) => erasure === id.toLowerCase());
  if (found === undefined) throw new CommandError('this clinic has no such erasure', EXIT.notFound);
  return found;
}

function wouldErase({ text, asked: at, approvals }: Erasure): string {
  const after = approvals.length === 0 ? 'another officer has to approve it too' : 'nothing brings it back';
  return `What was asked for on ${when(at)} ("${text}") would be approved, and ${after}. Say --yes`;
}

/** Read before it is signed, as the page does. */
async function approve(client: RpcClient, open: OpenVault, erasure: string): Promise<string> {
  const { seed, publicKey } = deviceKeys(open).signing;
  const { genesis } = await client.call('node_health');
  const prepared = await client.call('erasure_prepare', { erasure, author: toHex(publicKey) });
  const expected = { genesisId: fromHex(genesis), kind: KEYS_ERASE_APPROVE, about: fromHex(erasure) };
  return submitSigned(client, signPrepared(seed, prepared, expected));
}

function asked(command: Command): Command {
  return command
    .option('--country <code>', 'of the identity number')
    .option('--type <type>', 'of the identity number')
    .requiredOption('--reason <text>', 'why; kept at this clinic');
}

function oneText({ erasure, kind, state, approvals, removed }: Erasure): string {
  return fields([
    [kind, erasure],
    ['state', state],
    ['approvals', approvals.length],
    ['rows shredded here', removed],
  ]);
}

function listText(erasures: readonly Erasure[]): string {
  if (erasures.length === 0) return 'none';
  return table(
    ['id', 'kind', 'state', 'asked', 'approvals', 'reason'],
    erasures.map(({ erasure, kind, state, asked: at, approvals, text }) => [
      ...[erasure, kind, state, when(at), String(approvals.length), text],
    ]),
  );
}

function certificateText({ approved, holders, unanswered, approvers }: Certificate): string {
  const rows = holders.map(({ clinic, answered }) => [
    String(clinic),
    answered === null ? 'has not answered' : `${answered.removed} rows on ${when(answered.time)}`,
  ]);
  const summary = fields([
    ['approved', when(approved)],
    ['approved by', approvers.join(', ')],
    ['not answered', unanswered.length === 0 ? 'nobody' : unanswered.join(', ')],
  ]);
  return `${summary}\n${table(['clinic', 'shredded'], rows)}`;
}

function wishesText(wishes: Result<'erasure_wishes'>['wishes']): string {
  return table(
    ['Wish', 'Asked', 'By', 'As', 'State', 'Said', 'Answer'],
    wishes.map(({ wish, asked, name, as, state, text, answer: said }) => [
      ...[wish, when(asked), name ?? '-', as, state, text, said ?? '-'],
    ]),
    'None.',
  );
}
