// `wardmesh status`.
import type { Command } from 'commander';
import color from 'picocolors';
import type { Result } from '../../rpc/schema/methods.ts';
import { withClient } from '../client.ts';
import { answer, fields, shortId, when } from '../output/say.ts';

export function addNodeCommands(program: Command): void {
  program
    .command('status')
    .description('the state of a node, and what its network cannot promise')
    .action(async (_options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('node_status', {}), (status) => {
          const lines = fields([
            ['clinic', clinicText(status.clinic)],
            ['network', `${status.network} ${color.dim(shortId(status.genesis))}`],
            ['ready', status.ready ? color.green('yes') : color.yellow(`no: ${status.reasons.join('; ')}`)],
            ['head', `${status.head.height} ${color.dim(shortId(status.head.id))} ${when(status.head.timestamp)}`],
            ['state root', status.head.stateRoot],
            ['final', status.final.height === 0 ? 'nothing yet' : status.final.height],
            ['peers', `${status.peers} of ${status.members - 1}`],
            ...(status.sync.phase === 'idle' ? [] : [['fetching', fetching(status.sync)] as const]),
            ['clock', clockText(status.clock)],
            ['main thread', lateness(status.eventLoop)],
            ['mempool', `${status.mempool.transactions} transactions, ${status.mempool.bytes} bytes`],
            [
              'outbox',
              `${status.outbox.queued} queued, ${status.outbox.pending} pending, ${status.outbox.refused} refused`,
            ],
            ['threat key', threatKeyText(status.threatKey)],
            ['disk', diskText(status.disk)],
            ['certificate', certificateText(status.certificate)],
            ['version', status.version],
          ]);
          const claims = status.claims.map((claim) => `  ${color.yellow('!')} ${claim}`);
          return [lines, ...(claims.length > 0 ? ['', 'This network cannot promise:', ...claims] : [])].join('\n');
        });
      });
    });
}

function fetching({ phase, done, total }: { phase: string; done: number; total: number }): string {
  const part = total === 0 ? '' : ` (${Math.floor((100 * done) / total)} %)`;
  return `${phase}: ${done} of ${total}${part}`;
}

function clockText({ offsetMs, alarm }: { offsetMs: number; alarm: boolean }): string {
  const text = `${Math.abs(offsetMs)} ms ${offsetMs < 0 ? 'ahead of' : 'behind'} the other clinics'`;
  return alarm ? color.red(`${text}: set it right, or no block is made here`) : text;
}

function lateness({ p99Ms, late }: { p99Ms: number; late: boolean }): string {
  const text = `${p99Ms} ms late in one of a hundred looks`;
  return late ? color.yellow(`${text}: peers and people wait`) : text;
}

function diskText({ free, low }: { free: number | null; low: boolean }): string {
  if (free === null) return 'not looked at';
  const text = `${(free / 1024 ** 3).toFixed(1)} GiB free`;
  return low ? color.red(`${text}: nothing new is taken until there is room`) : text;
}

function threatKeyText(key: Result<'node_status'>['threatKey']): string {
  if (key === null) return 'none: an observer reports nothing';
  const { epoch, since, sealing, missing, overdue } = key;
  const text = `epoch ${epoch} since ${when(since)}`;
  if (sealing === null) return color.red(`${text}; this clinic holds none, and can report nothing`);
  const reports = sealing === epoch ? text : `${text}, reports go under ${sealing}`;
  if (missing.length > 0) {
    return color.yellow(
      `${reports}; no member gave this clinic ${missing.join(', ')}: such reports have no effect here`,
    );
  }
  return overdue ? color.yellow(`${reports}; no clinic has made the next one`) : reports;
}

function certificateText(certificate: Result<'node_status'>['certificate']): string {
  if (certificate === null) return 'none: the doors speak plain HTTP';
  const { selfSigned, until, fingerprint } = certificate;
  return `${selfSigned ? 'self-signed, ' : ''}until ${when(until)}, SHA-256 ${fingerprint}`;
}

function clinicText({ number, name, organisationName }: Result<'node_status'>['clinic']): string {
  if (number === 0) return `${name}, an observer`;
  return organisationName === '' ? `${number} ${name}, no member any more` : `${number} ${name} (${organisationName})`;
}
