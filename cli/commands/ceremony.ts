// `wardmesh ceremony`: keys that the members make together, and new shares of them.
import type { Command } from 'commander';
import { Option } from 'commander';
import type { Result } from '../../rpc/schema/methods.ts';
import { withClient } from '../client.ts';
import { answer, fields, table } from '../output/say.ts';

type Key = Result<'ceremony_status'>['keys'][number];
type Purpose = 'identifier' | 'emergency';
type Mode = 'generate' | 'reshare';

const STEPS = {
  commit: 'clinics say what they deal',
  deal: 'clinics fetch and check their shares',
  answer: 'complaints are answered',
  made: 'made',
  failed: 'failed',
} as const;

export function addCeremonyCommands(program: Command): void {
  const ceremony = program
    .command('ceremony')
    .description('keys that the members hold in shares: of patient identifiers, and for emergencies');

  ceremony
    .command('status', { isDefault: true })
    .description('who holds shares of which key, and how far a ceremony is')
    .action(async (_options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('ceremony_status', {}), ({ keys }) => keys.map(keyInWords).join('\n\n'));
      });
    });

  ceremony
    .command('begin')
    .description('begin a ceremony for the key of patient identifiers or of emergencies')
    .argument('<purpose>', 'identifier or emergency')
    .addOption(
      new Option('--mode <mode>', 'a new key, or new shares of the one there is; what fits by default').choices([
        'generate',
        'reshare',
      ]),
    )
    .action(async (purpose: Purpose, { mode }: { mode?: Mode }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('ceremony_begin', { purpose, mode }), (begun) =>
          fields([
            ['mode', begun.mode],
            ['statement', begun.statement],
            ['status', begun.status],
            ['next', 'wardmesh ceremony status'],
          ]),
        );
      });
    });
}

function keyInWords({ purpose, key, ceremony: last }: Key): string {
  const named = (clinics: readonly { clinic: number; name: string | null }[]) =>
    clinics.map(({ clinic, name }) => name ?? `clinic ${clinic}`).join(', ');
  const facts = fields([
    ['key', purpose],
    ['generation', key === null ? 'none: begin a ceremony' : key.generation],
    ['shares that make it', key?.threshold ?? '-'],
    ['held by', key === null ? '-' : named(key.holders)],
    ['share of this clinic', key === null ? '-' : key.held ? 'held' : 'none'],
    ['ceremony', last === null ? '-' : `${last.mode} of generation ${last.generation}: ${STEPS[last.step]}`],
  ]);
  if (last === null || last.until === null) return facts;
  const rows = last.clinics.map((clinic) => [
    named([clinic]),
    clinic.committed ? 'yes' : 'no',
    clinic.confirmed ? 'yes' : 'no',
    clinic.blame ?? '-',
  ]);
  return `${facts}\n${table(['clinic', 'dealt', 'has its share', 'left out'], rows)}`;
}
