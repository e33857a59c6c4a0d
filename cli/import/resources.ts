// FHIR files on disk as a stream of resources: NDJSON by line, bundles by entry, single resources, directories of
// these, each also gzipped. Owns reading and bounds; what a Patient means is the node's business.
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** One resource, or why it could not be read. `line` counts lines, entries of a bundle, or is 1. */
export type FileItem =
  | { readonly file: string; readonly line: number; readonly resource: Record<string, unknown> }
  | { readonly file: string; readonly line: number; readonly reason: string };

/** A longer line is skipped, not read into memory. */
export const MAX_LINE_BYTES = 4 * 1024 * 1024;
/** A bundle is parsed as a whole. */
export const MAX_BUNDLE_BYTES = 256 * 1024 * 1024;
const NAMES = /\.(json|ndjson)(\.gz)?$/;

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
  if (/\.ndjson(\.gz)?$/.test(file)) yield* lines(file);
  else yield* document(file);
}

async function* lines(file: string): AsyncIterable<FileItem> {
  let line = 0;
  for await (const text of splitLines(open(file))) {
    line++;
    if (text === undefined) yield { file, line, reason: `the line is longer than ${MAX_LINE_BYTES} bytes` };
    else if (text.trim() !== '') yield parse(file, line, text);
  }
}

async function* document(file: string): AsyncIterable<FileItem> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of open(file)) {
    length += chunk.length;
    if (length > MAX_BUNDLE_BYTES) {
      yield { file, line: 1, reason: `the file is larger than ${MAX_BUNDLE_BYTES} bytes; NDJSON has no such limit` };
      return;
    }
    chunks.push(chunk);
  }
  const item = parse(file, 1, Buffer.concat(chunks).toString('utf8'));
  if (!('resource' in item) || item.resource.resourceType !== 'Bundle') {
    yield item;
    return;
  }
  const entries = Array.isArray(item.resource.entry) ? item.resource.entry : [];
  for (const [index, entry] of entries.entries()) {
    const resource: unknown = entry?.resource;
    if (isObject(resource)) yield { file, line: index + 1, resource };
    else yield { file, line: index + 1, reason: 'the entry has no resource' };
  }
}

function parse(file: string, line: number, text: string): FileItem {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { file, line, reason: 'not JSON' };
  }
  return isObject(value) ? { file, line, resource: value } : { file, line, reason: 'not a JSON object' };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function open(file: string): Readable {
  const input = createReadStream(file);
  if (!file.endsWith('.gz')) return input;
  const unzip = createGunzip();
  input.on('error', (error) => unzip.destroy(error));
  return input.pipe(unzip);
}

/** Lines without their ends; undefined for one that is too long. */
async function* splitLines(input: Readable): AsyncIterable<string | undefined> {
  let parts: Buffer[] = [];
  let length = 0;
  let tooLong = false;
  const take = (): string | undefined => {
    const text = tooLong ? undefined : Buffer.concat(parts).toString('utf8');
    parts = [];
    length = 0;
    tooLong = false;
    return text;
  };
  for await (const chunk of input as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(10, from); end !== -1; end = chunk.indexOf(10, from)) {
      add(chunk.subarray(from, end));
      yield take();
      from = end + 1;
    }
    add(chunk.subarray(from));
  }
  if (length > 0 || tooLong) yield take();

  function add(part: Buffer): void {
    length += part.length;
    if (length > MAX_LINE_BYTES) {
      tooLong = true;
      parts = [];
    } else if (part.length > 0) parts.push(part);
  }
}
