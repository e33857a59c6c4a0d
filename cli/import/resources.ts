// FHIR files on disk as a stream of resource texts: NDJSON by line, bundles by entry, single resources, directories of
// these, each also gzipped. Owns files and their bounds; formats are care/fhir, what a Patient means is the node's.
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { bundleResourceTexts } from '../../care/fhir/bundle-text.ts';
import type { FhirImport, ImportItem, PatientItem } from '../../care/fhir/import.ts';
import { parseJson } from '../../care/fhir/json.ts';
import { ndjsonLines } from '../../care/fhir/ndjson.ts';
import { resourceTypeOf } from '../../care/fhir/patient.ts';
import type { Skip } from '../../care/fhir/skip.ts';

/** One resource by its text, or why there is none. `line` counts lines, or entries with a resource; 1 for a file of one. */
export type FileItem = { readonly file: string; readonly line: number } & (
  | { readonly text: string; readonly type: string | undefined }
  | { readonly reason: string }
);

/** A bundle is parsed as a whole. */
export const MAX_BUNDLE_BYTES = 256 * 1024 * 1024;
const NDJSON = /\.ndjson(\.gz)?$/;
const NAMES = /\.(json|ndjson)(\.gz)?$/;

const REASONS: Readonly<Partial<Record<Skip['code'], string>>> = {
  'fhir.json': 'not JSON',
  'fhir.too-large': 'too large',
  'fhir.too-deep': 'nested too deeply',
  'fhir.key': 'a key that no resource has',
};

/** Files to read below a path, in a stable order. A file is taken whatever its name; a directory by the endings. */
export async function filesBelow(path: string): Promise<string[]> {
  const found = await stat(path);
  if (!found.isDirectory()) return [path];
  const files: string[] = [];
  for (const entry of (await readdir(path, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) files.push(...(await filesBelow(inner)));
    else if (entry.isFile() && NAMES.test(entry.name)) files.push(inner);
  }
  return files;
}

export async function* resourcesOf(file: string): AsyncIterable<FileItem> {
  if (!NDJSON.test(file)) {
    yield* document(file);
    return;
  }
  let last = 0;
  try {
    for await (const line of ndjsonLines(open(file))) {
      last = line.line;
      if ('skip' in line) yield { file, line: line.line, reason: reasonOf(line.skip) };
      else yield item(file, line.line, line.text);
    }
  } catch (error) {
    yield { file, line: last + 1, reason: unreadable(error) };
  }
}

/** The patients of an NDJSON file, before its lines are read for what they are; a Bundle has its own. */
export async function* patientsOf(file: string, reader: FhirImport): AsyncIterable<PatientItem> {
  if (!NDJSON.test(file)) return;
  try {
    for await (const line of ndjsonLines(open(file))) {
      const patient = 'text' in line ? reader.learn(line.text) : undefined;
      if (patient !== undefined) yield patient;
    }
  } catch (error) {
    // Said when its lines are read.
    unreadable(error);
  }
}

/** Everything of a file, whose it is with it. */
export async function* importItems(
  file: string,
  reader: FhirImport,
): AsyncIterable<ImportItem | { readonly line: number; readonly reason: string }> {
  if (!NDJSON.test(file)) {
    const whole = await wholeText(file);
    if ('reason' in whole) yield { line: 1, reason: whole.reason };
    else yield* reader.document(whole.text);
    return;
  }
  let last = 0;
  try {
    for await (const line of ndjsonLines(open(file))) {
      last = line.line;
      if ('skip' in line) yield { line: line.line, reason: reasonOf(line.skip) };
      else yield reader.line(line.text, line.line);
    }
  } catch (error) {
    yield { line: last + 1, reason: unreadable(error) };
  }
}

async function wholeText(file: string): Promise<{ readonly text: string } | { readonly reason: string }> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of open(file)) {
      length += chunk.length;
      if (length > MAX_BUNDLE_BYTES) {
        return { reason: `the file is larger than ${MAX_BUNDLE_BYTES} bytes; NDJSON has no such limit` };
      }
      chunks.push(chunk);
    }
  } catch (error) {
    return { reason: unreadable(error) };
  }
  return { text: Buffer.concat(chunks).toString('utf8') };
}

async function* document(file: string): AsyncIterable<FileItem> {
  const read = await wholeText(file);
  if ('reason' in read) {
    yield { file, line: 1, reason: read.reason };
    return;
  }
  const { text } = read;
  const whole = parseJson(text);
  if ('skip' in whole) {
    yield { file, line: 1, reason: reasonOf(whole.skip) };
    return;
  }
  const texts = resourceTypeOf(whole.json) === 'Bundle' ? (bundleResourceTexts(text) ?? []) : [text];
  for (const [index, resource] of texts.entries()) yield item(file, index + 1, resource);
}

function item(file: string, line: number, text: string): FileItem {
  const parsed = parseJson(text);
  if ('skip' in parsed) return { file, line, reason: reasonOf(parsed.skip) };
  return { file, line, text, type: resourceTypeOf(parsed.json) };
}

/** One file that cannot be read does not end the import of the others. Anything but the disk's or zlib's word passes. */
function unreadable(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return code.startsWith('Z_') ? 'not gzip, or cut off' : `cannot be read (${code})`;
}

function reasonOf(skip: Skip): string {
  return REASONS[skip.code] ?? skip.code;
}

function open(file: string): Readable {
  const input = createReadStream(file);
  if (!file.endsWith('.gz')) return input;
  const unzip = createGunzip();
  input.on('error', (error) => unzip.destroy(error));
  return input.pipe(unzip);
}
