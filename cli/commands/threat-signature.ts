// `wardmesh threat signature`: list, propose, confirm, retire.
import type { Command } from 'commander';
import { Option } from 'commander';
import {
  RETIRE_REASONS,
  type RetireReason,
  SIGNATURE_CATEGORIES,
  SIGNATURE_FIELDS,
  SIGNATURE_SEVERITIES,
  SIGNATURE_VIEWS,
  type SignatureCategory,
  type SignatureField,
  type SignatureSeverity,
  type SignatureView,
} from '../../common/threat-names.ts';
import type { RpcClient } from '../../rpc/client.ts';
import type { Result } from '../../rpc/schema/methods.ts';
import { parseWhole } from '../arguments.ts';
import { withClient } from '../client.ts';
import { CommandError, EXIT } from '../exit.ts';
import { answer, fields, shortId, table, when } from '../output/say.ts';
import { standing, stood, waitOption } from '../output/standing.ts';

interface Proposal {
  readonly category: SignatureCategory;
  readonly severity: SignatureSeverity;
  readonly points: number;
  readonly field: SignatureField[];
  readonly view: SignatureView;
  readonly wait?: number;
}

const shown = (made: Result<'threat_signaturePropose'>): string =>
  fields([
    ['signature', made.signature],
    ['status', standing(made.status)],
    ['statement', made.statement],
  ]);

export function addSignatureCommands(threat: Command): void {
  const signature = threat.command('signature').description('attack signatures that organisations share');

  signature
    .command('list')
    .description('shared signatures and who stands behind them')
    .option('--starter', 'those that ship with the software instead', false)
    .option('--limit <n>', 'how many', parseWhole, 100)
    .option('--after <cursor>', 'where the page before ended')
    .action(async (options: { starter: boolean; limit: number; after?: string }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const result = await client.call('threat_signatureList', options);
        answer(json, result, ({ signatures, next }) => {
          const rows = signatures.map((row) => [
            row.id.startsWith('starter/') ? row.id : shortId(row.id),
            row.name,
            row.category,
            row.severity,
            row.points,
            row.state,
            row.supporters.length,
            row.effectiveFrom === null ? '' : when(row.effectiveFrom),
            row.conditions.map((one) => `${one.fields.join('|')} ${one.pattern}`).join(' and '),
          ]);
          const head = ['Id', 'Name', 'Category', 'Severity', 'Points', 'State', 'For', 'Counts from', 'Pattern'];
          return table(head, rows, 'No signature.') + (next === null ? '' : `\nmore: --after ${next}`);
        });
      });
    });

  waitOption(signature.command('propose <name> <pattern>'))
    .description('propose a pattern: literals with * between them, ^ and $ as anchors')
    .addOption(new Option('--category <category>', 'what it is').choices(SIGNATURE_CATEGORIES).default('injection'))
    .addOption(new Option('--severity <severity>', 'how grave').choices(SIGNATURE_SEVERITIES).default('medium'))
    .option('--points <n>', 'what a match adds to the score, 1 to 30', parseWhole, 20)
    .addOption(
      new Option('--field <field...>', 'where to look').choices(SIGNATURE_FIELDS).default(['path', 'query', 'body']),
    )
    .addOption(
      new Option('--view <view>', 'shape: numbers as 0, one kind of quote').choices(SIGNATURE_VIEWS).default('text'),
    )
    .action(async (name: string, pattern: string, options: Proposal, command: Command) => {
      const { category, severity, points, field, view } = options;
      await withClient(command, async (client, { json }) => {
        const conditions = [{ fields: field, view, pattern }];
        const said = await client.call('threat_signaturePropose', { name, category, severity, points, conditions });
        const [result] = await stood(client, [said], options.wait);
        answer(json, result, shown);
      });
    });

  waitOption(signature.command('confirm <signature>'))
    .description('confirm a proposed signature for this organisation')
    .action(async (id: string, { wait }: { wait?: number }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const said = await client.call('threat_signatureConfirm', { signature: await wholeSignature(client, id) });
        const [result] = await stood(client, [said], wait);
        answer(json, result, shown);
      });
    });

  waitOption(signature.command('retire <signature>'))
    .description("end this organisation's signature, or speak against another's")
    .addOption(new Option('--reason <reason>', 'why').choices(RETIRE_REASONS).default('outdated'))
    .action(async (id: string, { reason, wait }: { reason: RetireReason; wait?: number }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const signature = await wholeSignature(client, id);
        const said = await client.call('threat_signatureRetire', { signature, reason });
        const [result] = await stood(client, [said], wait);
        answer(json, result, shown);
      });
    });
}

/** From its first digits, also as `list` shows it, as long as only one begins with them. */
async function wholeSignature(client: RpcClient, given: string): Promise<string> {
  if (/^[0-9a-f]{64}$/i.test(given)) return given;
  const [, first, last = ''] = /^([0-9a-f]{6,63})(?:…([0-9a-f]+))?$/.exec(given.toLowerCase()) ?? [];
  if (first === undefined) {
    throw new CommandError(
      `${given} is no signature: give its 64 hex digits, or the first 6 or more of them`,
      EXIT.usage,
    );
  }
  const { signatures } = await client.call('threat_signatureList', { limit: 1_000 });
  const found = signatures.filter(({ id }) => id.startsWith(first) && id.endsWith(last));
  if (found.length === 1) return found[0].id;
  const what = found.length === 0 ? 'there is no signature' : 'there is more than one signature';
  throw new CommandError(`${what} whose id begins with ${given}`, EXIT.notFound);
}
