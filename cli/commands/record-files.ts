// `wardmesh record attach` and `record download`: files of any size into charts, and records as files. A download that broke
// off goes on where it did.
import { openAsBlob } from 'node:fs';
import { lstat, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { codeOf } from '../../common/errors.ts';
import type { Begun, FetchedFile } from '../../rpc/client/files.ts';
import type { RpcClient } from '../../rpc/client.ts';
import { MAX_ATTACHED } from '../../rpc/schema/file.ts';
import type { ParamsIn, Result } from '../../rpc/schema/methods.ts';
import { withClient } from '../client.ts';
import { CommandError, EXIT } from '../exit.ts';
import { answer, fields, table } from '../output/say.ts';
import { document, lookup, type PatientDocument } from './patient-options.ts';
import { type ReadingOptions, reading, readingOf } from './reading-options.ts';

type Attached = Result<'record_attach'>;
type Category = ParamsIn<'record_attach'>['category'];

interface Outcome {
  readonly files: readonly (Attached['files'][number] & { readonly file: string })[];
  readonly studies: readonly Attached['studies'][number][];
  /** Files of directories that are of no type that is taken. */
  readonly skipped: readonly string[];
}

export function addRecordFiles(record: Command): void {
  lookup(
    record
      .command('attach <patient> <path...>')
      .description('write files into the chart as they are: PDF, images, DICOM; directories as a whole'),
  )
    .requiredOption('--category <name>', 'imaging, labs, notes, ...')
    .option('--title <text>', 'of one file (default: its name)')
    .action(
      async (
        patient: string,
        paths: string[],
        options: PatientDocument & { category: Category; title?: string },
        command: Command,
      ) => {
        const { category, title } = options;
        await withClient(command, async (client, { json }) => {
          const found = await filesIn(paths);
          if (title !== undefined && found.length !== 1) {
            throw new CommandError('--title is for one file', EXIT.usage);
          }
          const outcome = await attach(client, found, title, { patient, ...document(options), category });
          answer(json, outcome, outcomeText);
          if (outcome.files.length === 0) throw new CommandError('no file was taken');
        });
      },
    );

  reading(
    lookup(record.command('download <patient> <record> [file]').description('the content of a record as a file')),
  ).action(
    async (
      patient: string,
      id: string,
      file: string | undefined,
      options: PatientDocument & ReadingOptions,
      command: Command,
    ) => {
      await withClient(command, async (client, { json }) => {
        const about = { patient, ...document(options), record: id, ...readingOf(options) };
        const { download } = await client.call('record_download', about);
        const saved = await save(client, download, file);
        answer(json, saved, (one) => fields(Object.entries(one)));
      });
    },
  );
}

/** Files by themselves must be taken; of directories those that can be. */
async function filesIn(paths: readonly string[]): Promise<{ readonly file: string; readonly alone: boolean }[]> {
  const found: { file: string; alone: boolean }[] = [];
  for (const path of paths) {
    if (!(await stat(path)).isDirectory()) {
      found.push({ file: path, alone: true });
      continue;
    }
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    found.push(...files.sort().map((file) => ({ file, alone: false })));
  }
  return found;
}

/** As many at a time as one call takes: the files of one study in one call, as far as that goes. */
async function attach(
  client: RpcClient,
  found: readonly { readonly file: string; readonly alone: boolean }[],
  title: string | undefined,
  about: Omit<ParamsIn<'record_attach'>, 'files'>,
): Promise<Outcome> {
  const files: Outcome['files'][number][] = [];
  const studies: Attached['studies'][number][] = [];
  const skipped: string[] = [];
  for (let at = 0; at < found.length; at += MAX_ATTACHED) {
    const batch: { readonly file: string; readonly upload: string }[] = [];
    for (const { file, alone } of found.slice(at, at + MAX_ATTACHED)) {
      try {
        batch.push({ file, upload: (await client.upload(await openAsBlob(file))).upload });
      } catch (error) {
        if (alone || codeOf(error) !== 'upload.type') throw error;
        skipped.push(file);
      }
    }
    if (batch.length === 0) continue;
    const made = await client.call('record_attach', {
      ...about,
      files: batch.map(({ file, upload }) => ({ upload, title: title ?? basename(file) })),
    });
    files.push(...made.files.map((one, index) => ({ ...one, file: batch[index].file })));
    studies.push(...made.studies);
  }
  return { files, studies, skipped };
}

/** Beside its place until all of it is there; what is there of an earlier try is not fetched again. */
async function save(client: RpcClient, download: string, wanted: string | undefined) {
  const draft = wanted === undefined ? undefined : resolve(wanted);
  const begun = draft === undefined ? undefined : await begunAt(draft);
  const fetched = await client.download(download, begun).catch((error: unknown) => {
    // All of it came before, and nobody gave it its name.
    if (codeOf(error) === 'download.range') return client.download(download);
    throw error;
  });
  const target = draft ?? resolve(basename(fetched.name) || 'record');
  // Whoever names no file wants none of theirs replaced.
  if (draft === undefined && (await isThere(target))) {
    throw new CommandError(`${target} is there already: name the file to write to`);
  }
  await fill(target, fetched);
  const { mediaType, size } = fetched;
  return { file: target, mediaType, size, ...(fetched.offset > 0 && { continuedAt: fetched.offset }) };
}

async function fill(target: string, { bytes, offset, tag, size }: FetchedFile): Promise<void> {
  const part = partOf(target);
  await writeFile(tagOf(target), tag, { mode: 0o600 });
  const file = await open(part, offset === 0 ? 'w' : 'a', 0o600);
  try {
    for await (const piece of bytes) await file.writeFile(piece);
    await file.sync();
    const { size: written } = await file.stat();
    if (written !== size)
      throw new CommandError(`${part} has ${written} bytes and not ${size}: remove it and try again`);
  } finally {
    await file.close();
  }
  await rename(part, target);
  await rm(tagOf(target), { force: true });
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

async function begunAt(target: string): Promise<Begun | undefined> {
  try {
    const [{ size }, tag] = await Promise.all([stat(partOf(target)), readFile(tagOf(target), 'utf8')]);
    return size === 0 ? undefined : { offset: size, tag };
  } catch {
    return undefined;
  }
}

const partOf = (target: string): string => `${target}.part`;
const tagOf = (target: string): string => `${target}.part.tag`;

function outcomeText({ files, studies, skipped }: Outcome): string {
  const rows = files.map(({ file, record, outcome, mediaType }) => [file, mediaType, outcome, record]);
  const head = table(['File', 'Kind', 'Outcome', 'Record'], rows);
  const made = studies.map(({ study, outcome, record }) => [study, outcome, record]);
  return [
    head,
    ...(made.length === 0 ? [] : ['', table(['Study', 'Outcome', 'Record'], made)]),
    ...(skipped.length === 0 ? [] : ['', `Skipped, of no kind that is taken: ${skipped.join(', ')}`]),
  ].join('\n');
}
