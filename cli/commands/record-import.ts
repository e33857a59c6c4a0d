// `wardmesh record import`: everything that FHIR files hold of patients.
import cliProgress from 'cli-progress';
import { type Command, Option } from 'commander';
import color from 'picocolors';
import { withClient } from '../client.ts';
import { parseDuration } from '../duration.ts';
import { CommandError } from '../exit.ts';
import { importRecords, type RecordImportProgress, type RecordImportSummary } from '../import/import-records.ts';
import { onInterrupt } from '../interruption.ts';
import { answer, fields } from '../output/say.ts';
import { waitApplied } from '../wait-applied.ts';

export function addRecordImport(record: Command): void {
  record
    .command('import <path>')
    .description('import FHIR records: NDJSON, bundles, single resources, directories of these; also .gz')
    .option('--country <code>', "issuer of numbers that do not say theirs, ISO 3166-1 alpha-2 (default: the network's)")
    .addOption(
      new Option('--wait <time>', 'how long to wait until the records stand in blocks, as 90s, 30m')
        .argParser(parseDuration)
        .default(120_000, '2m'),
    )
    .action(async (path: string, options: { country?: string; wait: number }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const bar = progressBar();
        const { signal, release } = onInterrupt();
        let result: Awaited<ReturnType<typeof importRecords>>;
        try {
          const country = options.country ?? (await client.call('node_status', {})).defaults.country;
          result = await importRecords(client, path, country, bar.progress, signal);
        } finally {
          bar.stop();
        }
        const { summary, statements } = result;
        try {
          if (!signal.aborted) await waitApplied(client, statements, options.wait, signal);
        } catch (error) {
          if (!signal.aborted) throw error;
        } finally {
          release();
          // Also when not all of it came about: what was counted is on the node's disk.
          answer(json, summary, summaryText);
        }
        if (signal.aborted) throw new CommandError(INTERRUPTED);
        if (summary.imported + summary.known === 0 && summary.skippedTotal > 0) {
          throw new CommandError('no record was taken: everything was skipped');
        }
      });
    });
}

const INTERRUPTED =
  'interrupted; what is counted above is on disk and will be sent, and the same command takes up the rest';

function summaryText({ skipped, skippedTotal, interrupted, ...counts }: RecordImportSummary): string {
  const head = fields([...Object.entries(counts), ['skipped', skippedTotal]]);
  if (skipped.length === 0) return head;
  const lines = skipped.map(({ file, line, reason }) => `  ${file}:${line}  ${reason}`);
  const more = skippedTotal - skipped.length;
  return [head, '', color.yellow('Skipped:'), ...lines, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n');
}

function progressBar(): { progress: RecordImportProgress; stop(): void } {
  if (!process.stderr.isTTY) {
    return { progress: { files: () => {}, file: () => {}, counted: () => {} }, stop: () => {} };
  }
  const bar = new cliProgress.SingleBar({
    stream: process.stderr,
    format: '{bar} {value}/{total} files  {patients} patients, {imported} imported, {known} known, {skipped} skipped',
  });
  return {
    progress: {
      files: (total) => bar.start(total, 0, { patients: 0, imported: 0, known: 0, skipped: 0 }),
      file: (index) => bar.update(index),
      counted: ({ patients, imported, known, skippedTotal }) => {
        bar.update({ patients, imported, known, skipped: skippedTotal });
      },
    },
    stop: () => {
      bar.update(bar.getTotal());
      bar.stop();
    },
  };
}
