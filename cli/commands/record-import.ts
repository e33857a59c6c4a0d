// `wardmesh record import`: everything that FHIR files hold of patients.
import type { Command } from 'commander';
import { importRecords, type RecordImportSummary } from '../import/import-records.ts';
import { runImport, waitOption } from './run-import.ts';

export function addRecordImport(record: Command): void {
  record
    .command('import <path>')
    .description('import FHIR records: NDJSON, bundles, single resources, directories of these; also .gz')
    .option('--country <code>', "issuer of numbers that do not say theirs, ISO 3166-1 alpha-2 (default: the network's)")
    .addOption(waitOption('the records stand in blocks', 120_000, '2m'))
    .action(async (path: string, options: { country?: string; wait: number }, command: Command) => {
      await runImport<RecordImportSummary>(command, options.wait, {
        noun: 'record',
        counts: ({ patients, imported, known, shared }) => ({ patients, imported, known, shared }),
        taken: ({ imported, known }) => imported + known,
        skippedTotal: ({ skippedTotal }) => skippedTotal,
        run: async (client, progress, signal) => {
          const country = options.country ?? (await client.call('node_status', {})).defaults.country;
          return importRecords(client, path, country, progress, signal);
        },
      });
    });
}
