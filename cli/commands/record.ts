// `wardmesh record`: write, amend, list, read. Reading is for people with a role and for applications; the operator writes alone.
import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import type { Command } from 'commander';
import type { ParamsIn, Result } from '../../rpc/schema/methods.ts';
import { parseWhole } from '../arguments.ts';
import { withClient } from '../client.ts';
import { CommandError, EXIT } from '../exit.ts';
import { answer, fields, table, when } from '../output/say.ts';
import { document, lookup, type PatientDocument } from './patient-options.ts';
import { type ReadingOptions, reading, readingOf } from './reading-options.ts';
import { addRecordFiles } from './record-files.ts';
import { addRecordImport } from './record-import.ts';

type Content = ParamsIn<'record_write'>['records'][number];
type Category = NonNullable<Extract<Content, { resource: string }>['category']>;
type Purpose = NonNullable<ParamsIn<'record_list'>['purpose']>;
type Chart = Result<'record_list'>['charts'][number];

const MEDIA_TYPES: Readonly<
  Record<string, 'image/png' | 'image/jpeg' | 'application/pdf' | 'application/dicom' | 'text/plain'>
> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.pdf': 'application/pdf',
  '.dcm': 'application/dicom',
  '.txt': 'text/plain',
};

export function addRecordCommands(program: Command): void {
  const record = program.command('record').description('records in the charts of patients');
  addRecordImport(record);
  addRecordFiles(record);

  lookup(record.command('write <patient> <file>').description('write a FHIR resource (.json) or a document'))
    .option('--category <name>', 'labs, notes, imaging, ... (of a resource: what it says by itself)')
    .action(
      async (patient: string, file: string, options: PatientDocument & { category?: Category }, command: Command) => {
        await withClient(command, async (client, { json }) => {
          const content = await contentOf(file, options.category);
          const written = await client.call('record_write', { patient, ...document(options), records: [content] });
          answer(json, written, ({ records: [made] }) => writtenText(made));
        });
      },
    );

  lookup(record.command('amend <patient> <record> <amendment>').description('addendum, correction or entered-in-error'))
    .requiredOption('--record-version <n>', 'the newest version that was read', parseWhole)
    .requiredOption('--reason <text>', 'why')
    .option('--file <path>', 'the new content')
    .option('--clinic <n>', 'whose chart it is in (default: this clinic); others take addenda alone', parseWhole)
    .action(
      async (
        patient: string,
        id: string,
        amendment: 'addendum' | 'correction' | 'entered-in-error',
        options: PatientDocument & { recordVersion: number; reason: string; file?: string; clinic?: number },
        command: Command,
      ) => {
        await withClient(command, async (client, { json }) => {
          const { recordVersion: version, reason, file, clinic } = options;
          const content = file === undefined ? {} : { content: await contentOf(file, undefined) };
          const about = { patient, ...document(options), record: id, clinic, version, amendment, reason };
          const made = await client.call('record_amend', { ...about, ...content });
          answer(json, made, ({ record: amended }) => writtenText(amended));
        });
      },
    );

  lookup(record.command('list <patient>').description('what this clinic and others keep of a patient'))
    .option('--purpose <code>', 'TREAT, HPAYMT, HOPERAT, ...', 'TREAT')
    .option('--containing <words>', 'only records with all of these words')
    .action(
      async (
        patient: string,
        options: PatientDocument & { purpose: Purpose; containing?: string },
        command: Command,
      ) => {
        await withClient(command, async (client, { json }) => {
          const { purpose, containing } = options;
          const found = await client.call('record_list', { patient, ...document(options), purpose, containing });
          const states = new Set(found.charts.map(({ state }) => state));
          if (states.has('refused') && !states.has('open')) process.exitCode = EXIT.refused;
          answer(json, found, ({ charts }) => charts.map(chartText).join('\n\n'));
        });
      },
    );

  reading(lookup(record.command('read <patient> <record>').description('one record with its content'))).action(
    async (patient: string, id: string, options: PatientDocument & ReadingOptions, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const about = { patient, ...document(options), record: id, ...readingOf(options) };
        const read = await client.call('record_read', about);
        answer(json, read, ({ resource, bytes }) => resource ?? Buffer.from(bytes ?? '', 'base64').toString('latin1'));
      });
    },
  );
}

async function contentOf(file: string, category: Category | undefined): Promise<Content> {
  const bytes = await readFile(file);
  const extension = extname(file).toLowerCase();
  if (extension === '.json')
    return { resource: bytes.toString('utf8'), ...(category === undefined ? {} : { category }) };
  const mediaType = MEDIA_TYPES[extension];
  if (mediaType === undefined) throw new CommandError(`${file} is of no type that is taken`, EXIT.usage);
  if (category === undefined || category === 'consent') {
    throw new CommandError('say with --category what the document is about', EXIT.usage);
  }
  return { document: { mediaType, title: basename(file), bytes: bytes.toString('base64') }, category };
}

function writtenText({ record, version, category, status }: Result<'record_write'>['records'][number]): string {
  return fields([
    ['record', record],
    ['version', version],
    ['category', category],
    ['status', status],
  ]);
}

function chartText({ clinic, clinicName, state, reason, by, records }: Chart): string {
  const head = `${clinicName ?? `clinic ${clinic}`}: ${state}${reason === null ? '' : ` (${reason})`}`;
  if (records.length === 0) return by === null || by === clinic ? head : `${head}, by clinic ${by}`;
  const rows = records.map(({ written, category, kind, title, version, standing, signed, record }) => [
    when(written),
    category,
    kind,
    title,
    version,
    standing,
    signed?.state ?? 'by the clinic',
    record,
  ]);
  return `${head}\n${table(['Written', 'Category', 'Kind', 'Title', 'Version', 'Standing', 'Signed', 'Record'], rows)}`;
}
